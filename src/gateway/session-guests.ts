import type { LedgerPort } from '../audit/ledger-port.ts';
import { SealError, seal } from '../audit/seal.ts';
import type { Principal } from '../identity/principal.ts';
import type {
  Guest,
  GuestEvent,
  KeyboardOutcome,
  LeaveReason,
  NoSeat,
  Seat,
} from '../protocols/guests.ts';
import type { GatewaySession } from './gateway-session.ts';
import type { GrantsInForce } from './grants-in-force.ts';
import { OwnRights } from './own-rights.ts';
import type { Policies } from './policies.ts';
import type { SessionRegistry } from './session-registry.ts';

/**
 * What the control plane asks of the process that serves a session. JSON, as it may go from one process to another.
 * Each is answered once.
 */
export type GuestQuestion =
  | {
      readonly kind: 'join';
      /** Names the guest's place from then on; unguessable. */
      readonly join: string;
      readonly session: string;
      readonly principal: Principal;
      /** Without port. */
      readonly clientAddress: string;
      /** Number of the channel. Default: the terminal that was opened last. */
      readonly channel: number | undefined;
      /** Whether the process will say so while the guest stays. Default false: processes of before do not. */
      readonly saysStaying?: boolean;
    }
  /** The guest's client is there still. Whose process said that it would say so, and does not, is taken for gone. */
  | { readonly kind: 'stay'; readonly join: string }
  /** Answered when something has happened. */
  | { readonly kind: 'next'; readonly join: string }
  /** `bytes`: base64. */
  | { readonly kind: 'type'; readonly join: string; readonly bytes: string }
  | { readonly kind: 'hold'; readonly join: string; readonly isHeld: boolean }
  | { readonly kind: 'leave'; readonly join: string; readonly reason: LeaveReason };

/** What the process answers; JSON, too. */
export type GuestAnswer =
  | { readonly kind: 'joined'; readonly channel: number }
  | { readonly kind: 'refused'; readonly reason: JoinRefusal }
  /** Empty once the guest has left. */
  | { readonly kind: 'events'; readonly events: readonly GuestEvent[] }
  | { readonly kind: 'typed'; readonly isTaken: boolean }
  | { readonly kind: 'held'; readonly outcome: KeyboardOutcome }
  | { readonly kind: 'stays' }
  /** Nobody has this place, or nobody has it any more. */
  | { readonly kind: 'gone' };

/** Why somebody cannot join. */
export type JoinRefusal =
  | NoSeat
  /** It has no terminal that can be joined, or not that one. */
  | 'no-terminal'
  /** The ledger does not take it. */
  | 'unavailable';

/** Who answers them. */
export interface GuestService {
  ask(question: GuestQuestion): Promise<GuestAnswer>;
}

/** What guests are let in with. */
export interface SessionGuestsParts {
  readonly registry: Pick<SessionRegistry, 'find'>;
  readonly policies: Policies;
  readonly grants: Pick<GrantsInForce, 'find'>;
  readonly ledger: LedgerPort;
  readonly nowMs: () => number;
}

const GONE: GuestAnswer = { kind: 'gone' };
/** Milliseconds between two looks for guests who are gone, and how long nothing is heard of one of them. */
const LOOK_MS = 5_000;
const SILENT_MAX_MS = 30_000;

/** A guest's place, as another process may have taken it. */
interface Place {
  readonly seat: Seat;
  /** Milliseconds since the Unix epoch; undefined if nobody will say that the guest stays. */
  heardAtMs: number | undefined;
}

/** The guests in the sessions of one process. */
export class SessionGuests implements GuestService {
  readonly #parts: SessionGuestsParts;
  readonly #places = new Map<string, Place>();
  /** Runs while there are guests. */
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: SessionGuestsParts) {
    this.#parts = parts;
  }

  async ask(question: GuestQuestion): Promise<GuestAnswer> {
    if (question.kind === 'join') return this.#join(question);
    const place = this.#places.get(question.join);
    if (place === undefined) return GONE;
    const { seat } = place;
    if (place.heardAtMs !== undefined) place.heardAtMs = this.#parts.nowMs();
    switch (question.kind) {
      case 'stay':
        return { kind: 'stays' };
      case 'next':
        return { kind: 'events', events: await seat.next() };
      case 'type':
        return { kind: 'typed', isTaken: seat.type(Buffer.from(question.bytes, 'base64')) };
      case 'hold':
        return { kind: 'held', outcome: await seat.hold(question.isHeld) };
      case 'leave':
        this.#leave(question.join, question.reason);
        return GONE;
    }
  }

  #leave(join: string, reason: LeaveReason): void {
    this.#places.get(join)?.seat.leave(reason);
    this.#places.delete(join);
    if (this.#places.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Whoever let a guest in may be killed, or cut off: then nobody says that the guest has left, or may not stay. */
  #lookForSilent(): void {
    const nowMs = this.#parts.nowMs();
    for (const [join, { heardAtMs = nowMs }] of this.#places) {
      if (nowMs - heardAtMs >= SILENT_MAX_MS) this.#leave(join, 'disconnected');
    }
  }

  /** That somebody joins is in the ledger before the guest sees anything. */
  async #join(question: GuestQuestion & { readonly kind: 'join' }): Promise<GuestAnswer> {
    const { registry, ledger } = this.#parts;
    const { join, principal, clientAddress, channel: wanted, saysStaying } = question;
    const session = registry.find(question.session);
    if (session === undefined) return refuse('over');
    const terminal = session.terminals.findLast(({ channel }) => channel === (wanted ?? channel));
    if (terminal === undefined) return refuse('no-terminal');
    const { id, displayName: name, groups, signIn } = principal;
    const { channel } = terminal;
    try {
      await seal(ledger, {
        kind: 'session.join',
        session: session.id,
        principal: id,
        ...{ name, groups, signIn },
        owner: session.principal.id,
        target: session.target.name,
        channel,
        client: clientAddress,
      });
    } catch (error) {
      if (error instanceof SealError) return refuse('unavailable');
      throw error;
    }
    const onLeft = (reason: LeaveReason): void => this.#noteLeft(session, { id, channel, reason });
    const seat = terminal.admit(this.#describe(session, question), onLeft);
    if (typeof seat === 'string') {
      this.#noteLeft(session, { id, channel, reason: seat });
      return refuse(seat);
    }
    const heardAtMs = saysStaying === true ? this.#parts.nowMs() : undefined;
    this.#places.set(join, { seat, heardAtMs });
    this.#timer ??= setInterval(() => this.#lookForSilent(), LOOK_MS).unref();
    return { kind: 'joined', channel };
  }

  #noteLeft(
    session: GatewaySession,
    { id, ...rest }: { readonly id: string; readonly channel: number; readonly reason: string },
  ): void {
    // Behind its end nothing is entered of a session.
    if (this.#parts.registry.find(session.id) === undefined) return;
    const entry = { kind: 'session.leave', session: session.id, principal: id, ...rest } as const;
    this.#parts.ledger.append(entry, 'sealed', () => undefined);
  }

  #describe(
    session: GatewaySession,
    { principal, clientAddress }: GuestQuestion & { readonly kind: 'join' },
  ): Guest {
    const rights = new OwnRights(session, principal, { ...this.#parts, clientAddress });
    const { id, person, displayName: name } = principal;
    return { id, person, name, rights };
  }
}

function refuse(reason: JoinRefusal): GuestAnswer {
  return { kind: 'refused', reason };
}
