/** What a channel is told about an access request. */
export type DeliveryOccasion =
  /** It waits for a review. */
  | 'opened'
  /** It does not any more. */
  | 'ended'
  /** Break-glass was taken. */
  | 'alert';

/** What a channel is to be told, once, of a request. */
export interface WantedDelivery {
  readonly channel: string;
  readonly occasion: DeliveryOccasion;
  readonly requestId: string;
}

/** What a channel is told, once, of what a rule over the ledger found. It waits from when the alert is kept. */
interface AlertDelivery {
  readonly channel: string;
  readonly occasion: 'signal';
  readonly alertId: string;
}

/** A message that waits to be sent. */
export type Delivery = (WantedDelivery | AlertDelivery) & {
  readonly id: string;
  /** Times that it has been tried, this one included. */
  readonly attempts: number;
  readonly createdAtMs: number;
  /** What the channel answered to an earlier message about the same request, to go on from. */
  readonly receipt: string | undefined;
};

/** Where messages to channels wait, so that none is lost and none is sent twice without need. */
export interface DeliveryStore {
  /** Does nothing for what is there already: several gateways hear of the same change. */
  add(wanted: readonly WantedDelivery[], nowMs: number): Promise<void>;
  /** Adds the message about the end of every request that a channel was told of since, and that ended while nobody listened. */
  addMissedEnds(sinceMs: number, nowMs: number): Promise<void>;
  /** Takes what is due for one channel; nobody else gets it until `againAtMs`. */
  take(channel: string, times: DeliveryTimes): Promise<readonly Delivery[]>;
  /** @param receipt Kept for later messages about the same request. */
  finish(id: string, receipt: string | undefined, nowMs: number): Promise<void>;
  postpone(id: string, againAtMs: number): Promise<void>;
  /** Gives one up. */
  fail(id: string, nowMs: number): Promise<void>;
}

/** Milliseconds since the Unix epoch. */
export interface DeliveryTimes {
  readonly nowMs: number;
  readonly againAtMs: number;
}
