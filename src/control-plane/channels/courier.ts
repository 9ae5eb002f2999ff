import type { AccessRequest } from '../../access/access-request.ts';
import type { AccessEvent } from '../../access/access-service.ts';
import type { Delivery, DeliveryStore, WantedDelivery } from '../../access/delivery.ts';
import type { Alert } from '../../signals/alert-store.ts';
import { logChannelFailed, logUnexpectedError } from '../../telemetry/events.ts';
import type { Log } from '../../telemetry/log.ts';
import { type Channel, ChannelError } from './channel.ts';
import { composeNotice } from './notice.ts';
import { composeWarning } from './warning.ts';

/** What carries messages to channels. */
export interface CourierParts {
  readonly channels: readonly Channel[];
  readonly deliveries: DeliveryStore;
  readonly findRequest: (id: string) => Promise<AccessRequest | undefined>;
  readonly findAlert: (id: string) => Promise<Alert | undefined>;
  /** Those that wait, for what was missed. */
  readonly listWaiting: () => Promise<readonly AccessRequest[]>;
  readonly subscribe: (listener: (event: AccessEvent) => void) => () => void;
  readonly consoleUrl: () => string | undefined;
  readonly nowMs: () => number;
  readonly log: Log;
}

/** Milliseconds between two looks at what is due. */
const LOOK_MS = 5_000;
/** Milliseconds that one message may take, and until somebody else may try it. */
const SEND_MS_MAX = 15_000;
const TAKEN_MS = 10 * SEND_MS_MAX;
/** Milliseconds until a message is tried again: doubled each time. */
const AGAIN_MS = 5_000;
const AGAIN_MS_MAX = 10 * 60_000;
/** Milliseconds after which nobody wants to hear of it any more. */
const AGE_MS_MAX = 24 * 3_600_000;

/**
 * Carries messages to every channel, each by itself: one that is down delays no other, and no verdict.
 * What waits is in the store, so nothing is lost with a process, and one of several gateways sends it.
 */
export class Courier implements AsyncDisposable {
  readonly #parts: CourierParts;
  readonly #stopping = new AbortController();
  readonly #rounds = new Map<string, Promise<void>>();
  readonly #again = new Set<string>();
  readonly #unsubscribe: () => void;
  readonly #timer: NodeJS.Timeout;

  constructor(parts: CourierParts) {
    this.#parts = parts;
    this.#unsubscribe = parts.subscribe((event) => void this.#hear(event));
    this.#timer = setInterval(() => this.#lookAll(), LOOK_MS);
    this.#timer.unref();
    void this.#hear({ kind: 'resync' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unsubscribe();
    clearInterval(this.#timer);
    this.#stopping.abort();
    await Promise.all(this.#rounds.values());
  }

  async #hear(event: AccessEvent): Promise<void> {
    const { deliveries, nowMs, log } = this.#parts;
    try {
      const wanted = await this.#wantedFor(event);
      if (event.kind === 'resync') {
        // A gateway that stops, or is started again, withdraws what it held before it listens here.
        await deliveries.addMissedEnds(nowMs() - AGE_MS_MAX, nowMs());
        this.#lookAll();
      }
      if (wanted.length === 0) return;
      await deliveries.add(wanted, nowMs());
      for (const name of new Set(wanted.map(({ channel }) => channel))) this.#look(name);
    } catch (error) {
      // What waits is found by the next resync.
      logUnexpectedError(log, 'channels', error);
    }
  }

  async #wantedFor(event: AccessEvent): Promise<readonly WantedDelivery[]> {
    const { channels, findRequest, listWaiting } = this.#parts;
    if (channels.length === 0) return [];
    switch (event.kind) {
      case 'request.opened':
      case 'request.changed': {
        const request = await findRequest(event.requestId);
        return request === undefined ? [] : this.#tellInterested(request);
      }
      case 'alert':
        return channels
          .filter(({ name }) => event.channels.includes(name))
          .map(({ name }) => ({
            channel: name,
            requestId: event.requestId,
            occasion: 'alert',
          }));
      case 'resync':
        return (await listWaiting()).flatMap((request) => this.#tellInterested(request));
      case 'grant.changed':
      case 'delegation.changed':
        return [];
    }
  }

  #tellInterested(request: AccessRequest): readonly WantedDelivery[] {
    const occasion = isWaiting(request) ? 'opened' : 'ended';
    return this.#parts.channels
      .filter((channel) => isInterested(channel, request))
      .map(({ name }) => ({ channel: name, requestId: request.id, occasion }));
  }

  #lookAll(): void {
    for (const { name } of this.#parts.channels) this.#look(name);
  }

  /** One round at a time for a channel; asked for during a round, another one follows. */
  #look(name: string): void {
    if (this.#stopping.signal.aborted) return;
    if (this.#rounds.has(name)) {
      this.#again.add(name);
      return;
    }
    const channel = this.#parts.channels.find((each) => each.name === name);
    if (channel === undefined) return;
    const round = this.#round(channel)
      .catch((error: unknown) => logUnexpectedError(this.#parts.log, 'channels', error))
      .finally(() => {
        this.#rounds.delete(name);
        if (this.#again.delete(name)) this.#look(name);
      });
    this.#rounds.set(name, round);
  }

  async #round(channel: Channel): Promise<void> {
    const { deliveries, nowMs } = this.#parts;
    const times = { nowMs: nowMs(), againAtMs: nowMs() + TAKEN_MS };
    const due = await deliveries.take(channel.name, times);
    for (const delivery of due) {
      if (this.#stopping.signal.aborted) return;
      await this.#send(channel, delivery);
    }
    if (due.length > 0) this.#again.add(channel.name);
  }

  async #send(channel: Channel, delivery: Delivery): Promise<void> {
    const { deliveries, nowMs, log } = this.#parts;
    const { id } = delivery;
    try {
      const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(SEND_MS_MAX)]);
      await deliveries.finish(id, await this.#tell(channel, delivery, signal), nowMs());
    } catch (error) {
      if (!(error instanceof ChannelError)) throw error;
      logChannelFailed(log, { channel: channel.name, attempts: delivery.attempts });
      const isTooOld = nowMs() - delivery.createdAtMs > AGE_MS_MAX;
      if (isTooOld) return deliveries.fail(id, nowMs());
      const waitMs = Math.max(waitAfter(delivery.attempts), error.againAfterMs);
      await deliveries.postpone(id, nowMs() + Math.min(waitMs, AGAIN_MS_MAX));
    }
  }

  /** Resolves with the channel's receipt; at once for what nobody has to hear of any more. */
  async #tell(
    channel: Channel,
    delivery: Delivery,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const { findRequest, findAlert, consoleUrl } = this.#parts;
    if (delivery.occasion === 'signal') {
      const alert = await findAlert(delivery.alertId);
      if (alert?.state === 'open') await channel.warn(composeWarning(alert, consoleUrl()), signal);
      return undefined;
    }
    const { occasion, requestId, receipt } = delivery;
    const request = await findRequest(requestId);
    // Nobody has to hear that something waits which does not any more.
    const isOver = occasion === 'opened' && request !== undefined && !isWaiting(request);
    if (request === undefined || isOver) return undefined;
    return channel.deliver(composeNotice(request, occasion, consoleUrl()), receipt, signal);
  }
}

function waitAfter(attempts: number): number {
  return Math.min(AGAIN_MS * 2 ** Math.min(attempts - 1, 20), AGAIN_MS_MAX);
}

function isWaiting({ state }: AccessRequest): boolean {
  return state === 'pending' || state === 'unreviewed';
}

function isInterested({ groups }: Channel, { rules }: AccessRequest): boolean {
  if (groups.length === 0) return true;
  return rules.some((rule) => rule.groups.some((group) => groups.includes(group)));
}
