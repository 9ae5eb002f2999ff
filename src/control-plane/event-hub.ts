import type { AccessEvent, AccessService, Actor, SharedReading } from '../access/access-service.ts';
import { isInForce } from '../access/grant.ts';
import type { LiveEvent } from '../api/live-event.ts';
import { WorkQueue } from '../gateway/work-queue.ts';
import type { SessionIndex, SessionRecord } from '../recording/session-index.ts';
import { logUnexpectedError } from '../telemetry/events.ts';
import { actorOf } from './access/actor.ts';
import { describeBreakGlassAlert } from './alerts.ts';
import { type Answer, answerTooMany } from './answer.ts';
import { EventStream } from './event-stream.ts';
import type { SignedInCall } from './handler.ts';
import type { ControlPlaneServices } from './services.ts';

/** Streams of one process, and of one principal. */
const STREAMS_MAX = 1_000;
const STREAMS_PER_PRINCIPAL_MAX = 20;
/** Changes that nobody has been told of: each has to be looked up first, and the store may be slow. */
const UNTOLD_MAX = 200;
/** Milliseconds of telling after which others get their turn: with a thousand pages it is work. */
const TURN_MS = 2;
/** Milliseconds between looks at the list of sessions, while somebody listens. */
const SESSIONS_INTERVAL_MS = 2_000;
/** Milliseconds by which the clocks of gateways may differ. */
const OVERLAP_MS = 5_000;

interface Listener {
  readonly actor: Actor;
  readonly stream: EventStream;
}

/** What is asked to tell what happens. */
export interface EventHubServices
  extends Pick<ControlPlaneServices, 'authorize' | 'nowMs' | 'log'> {
  readonly access: Pick<AccessService, 'shareReading' | 'subscribe'>;
  readonly sessions: Pick<SessionIndex, 'listChanged'>;
}

/** Tells everybody who listens what changed, each only what they may see: nothing is passed on unasked. */
export class EventHub {
  readonly #services: EventHubServices;
  readonly #listeners = new Set<Listener>();
  /** One change after the other, to one listener after the other. */
  readonly #telling = new WorkQueue(1);
  #untold = 0;
  #turnBeganMs = 0;
  #unsubscribe: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Session and state, of those told lately. */
  #toldSessions = new Map<string, string>();
  #lookedAtMs = 0;

  constructor(services: EventHubServices) {
    this.#services = services;
  }

  /** Answers a request for events, which lasts until the client goes away or its sign-in ends. */
  async serve(call: SignedInCall): Promise<Answer> {
    const { principal, signal, isStillSignedIn } = call;
    const own = [...this.#listeners].filter(({ actor }) => actor.principal.id === principal.id);
    if (this.#listeners.size >= STREAMS_MAX || own.length >= STREAMS_PER_PRINCIPAL_MAX) {
      return answerTooMany('too many pages listen for events');
    }
    const stream = new EventStream({ isStillEntitled: isStillSignedIn, signal });
    const listener: Listener = { actor: actorOf(call), stream };
    this.#listeners.add(listener);
    stream.signal.addEventListener('abort', () => this.#remove(listener), { once: true });
    if (stream.signal.aborted) this.#remove(listener);
    else this.#begin();
    return { kind: 'stream', messages: stream, release: () => stream.end() };
  }

  #begin(): void {
    if (this.#timer !== undefined) return;
    this.#unsubscribe = this.#services.access.subscribe((event) => this.#hear(event));
    this.#lookedAtMs = this.#services.nowMs();
    this.#timer = setInterval(() => void this.#lookAtSessions(), SESSIONS_INTERVAL_MS);
    this.#timer.unref();
  }

  #remove(listener: Listener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0) return;
    this.#unsubscribe?.();
    clearInterval(this.#timer);
    this.#unsubscribe = undefined;
    this.#timer = undefined;
  }

  #hear(event: AccessEvent): void {
    if (event.kind === 'delegation.changed') return;
    const reading = this.#services.access.shareReading();
    this.#tellAll(({ actor }) => this.#describe(event, actor, reading));
  }

  #tellAll(describe: (listener: Listener) => Promise<LiveEvent | undefined>): void {
    if (this.#untold >= UNTOLD_MAX) {
      // Listening anew, they read everything anew.
      for (const { stream } of this.#listeners) stream.end();
      return;
    }
    this.#untold += 1;
    const listeners = [...this.#listeners];
    this.#telling.add(async () => {
      this.#untold -= 1;
      for (const listener of listeners) {
        await this.#takeTurns();
        if (!listener.stream.signal.aborted) await this.#tell(listener, describe);
      }
    });
  }

  async #tell(
    listener: Listener,
    describe: (listener: Listener) => Promise<LiveEvent | undefined>,
  ): Promise<void> {
    try {
      const event = await describe(listener);
      if (event !== undefined) listener.stream.push(event.kind, event);
    } catch (error) {
      logUnexpectedError(this.#services.log, 'events', error);
      listener.stream.push('reset', { kind: 'reset' });
    }
  }

  /** Lets everything else of the process go on now and then. */
  async #takeTurns(): Promise<void> {
    if (performance.now() - this.#turnBeganMs < TURN_MS) return;
    await new Promise((resolve) => setImmediate(resolve));
    this.#turnBeganMs = performance.now();
  }

  /** For each listener, by the same rules as when it would ask by itself. */
  async #describe(
    event: Exclude<AccessEvent, { kind: 'delegation.changed' }>,
    actor: Actor,
    reading: SharedReading,
  ): Promise<LiveEvent | undefined> {
    switch (event.kind) {
      case 'request.opened':
      case 'request.changed': {
        const request = await reading.findRequest(actor, event.requestId);
        if (request === undefined) return undefined;
        const { id, kind, state, target } = request;
        return { kind: 'request.changed', id, requestKind: kind, state, target };
      }
      case 'grant.changed': {
        const grant = await reading.findGrant(actor, event.grantId);
        if (grant === undefined) return undefined;
        const state = isInForce(grant, this.#services.nowMs()) ? 'active' : 'ended';
        return { kind: 'grant.changed', id: grant.id, state, target: grant.target };
      }
      case 'alert': {
        const request = await reading.findRequest(actor, event.requestId);
        return request && { kind: 'alert', alert: describeBreakGlassAlert(request) };
      }
      case 'resync':
        return { kind: 'reset' };
    }
  }

  async #lookAtSessions(): Promise<void> {
    const { sessions, nowMs, log } = this.#services;
    const sinceMs = this.#lookedAtMs - OVERLAP_MS;
    this.#lookedAtMs = nowMs();
    try {
      const told = new Map<string, string>();
      for (const session of await sessions.listChanged(sinceMs)) {
        const state = session.end === undefined ? 'live' : 'ended';
        told.set(session.id, state);
        if (this.#toldSessions.get(session.id) !== state) this.#tellSession(session, state);
      }
      this.#toldSessions = told;
    } catch (error) {
      logUnexpectedError(log, 'events', error);
    }
  }

  #tellSession({ id, target, principalId }: SessionRecord, state: 'live' | 'ended'): void {
    this.#tellAll(async ({ actor: { principal } }) => {
      const question = { action: 'session.list', principal, target, owner: principalId } as const;
      const decision = this.#services.authorize(question);
      return decision.kind === 'allow' ? { kind: 'session.changed', id, state, target } : undefined;
    });
  }
}
