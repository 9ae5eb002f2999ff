import type { LogPlace } from '../audit/entry-source.ts';
import type { Signal, SignalRuleName } from './signal.ts';
import type { WatchState } from './signal-watch.ts';

/** A signal that waits for somebody to look at it, or that somebody looked at. */
export interface Alert extends Signal {
  /** The same for the same signal, however often its entries are read. */
  readonly id: string;
  readonly state: 'open' | 'dismissed' | 'confirmed';
  /** Absent while it is open. */
  readonly closing?: AlertClosing;
}

/** What somebody made of an alert. */
export interface AlertClosing {
  readonly by: string;
  readonly reason: string;
  /** Milliseconds since the Unix epoch. */
  readonly atMs: number;
}

/** What was learned up to where the logs were read. */
export interface LearnedState extends WatchState {
  readonly places: ReadonlyMap<string, LogPlace>;
}

/** Which alerts are wanted. */
export interface AlertQuery {
  readonly state?: Alert['state'] | undefined;
  readonly rule?: SignalRuleName | undefined;
  readonly principalId?: string | undefined;
  readonly limit: number;
  /** From an earlier page. */
  readonly cursor?: string | undefined;
}

/** One page, newest first. */
export interface AlertPage {
  readonly alerts: readonly Alert[];
  readonly nextCursor: string | undefined;
}

/** How many alerts of one rule there are, by what became of them. */
export interface AlertCount {
  readonly rule: SignalRuleName;
  readonly state: Alert['state'];
  readonly count: number;
}

/** Whose rows a principal was shown on one day. */
export interface ShownPatients {
  readonly principalId: string;
  /** Keyed hashes. */
  readonly patients: readonly string[];
  /** Beyond those, about. */
  readonly estimated: number;
  /** Whose logs say so. */
  readonly gateway: string;
}

/** What became known of one day. */
export interface ShownPatientsPage {
  readonly shown: readonly ShownPatients[];
  /** Up to which change of each gateway it was read: to go on from. */
  readonly last: ReadonlyMap<string, string>;
}

/** Where alerts lie, and what the rules learned. */
export interface AlertStore {
  /** What the rules of a gateway learned so far. */
  load(gateway: string): Promise<LearnedState>;
  /**
   * Keeps new alerts and what was learned with them, all or nothing. Alerts that are there stay as they are.
   *
   * @param learned Histories that changed; all sessions that run; all places.
   * @param channels Names of those to which a message about each alert waits from then on. Default: none.
   */
  save(
    gateway: string,
    alerts: readonly Alert[],
    learned: LearnedState,
    channels?: readonly string[],
  ): Promise<void>;
  /**
   * Whose rows principals were shown on a day, as far as the logs of all gateways were read.
   *
   * @param after Only what changed since: `last` of an earlier answer. Default: all of the day.
   */
  listPatients(day: string, after?: ReadonlyMap<string, string>): Promise<ShownPatientsPage>;
  find(id: string): Promise<Alert | undefined>;
  list(query: AlertQuery): Promise<AlertPage>;
  count(): Promise<readonly AlertCount[]>;
  /** Undefined if it is not open any more. */
  close(
    id: string,
    state: 'dismissed' | 'confirmed',
    closing: AlertClosing,
  ): Promise<Alert | undefined>;
}
