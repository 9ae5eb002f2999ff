import type { Identified } from '../access/person.ts';
import type { Decision } from '../policy/decision.ts';
import type { Revelation } from '../policy/reveal.ts';
import type { DrawnScreen } from '../recording/screen-drawer.ts';
import type { GuardedAction } from './guard.ts';

/** Somebody who takes part in another's session. */
export interface Guest extends Identified {
  /** For people to read. */
  readonly name: string;
  readonly rights: GuestRights;
}

/** What a guest may do on the target by itself, at each moment. */
export interface GuestRights {
  /** Changes with policies and grants. */
  readonly key: string;
  /** As `Guard.decide`. */
  decide(key: object, actions: () => readonly GuardedAction[]): Decision;
  /** As `Guard.reveal`. */
  reveal(classNames: ReadonlySet<string>): Revelation;
}

/** Why a guest is not in a session any more. */
export type LeaveReason =
  /** The guest left. */
  | 'left'
  /** The guest's client is gone. */
  | 'disconnected'
  /** The guest may not be there any more. */
  | 'not-permitted'
  /** The guest may see less than the session's principal. */
  | 'sees-less'
  /** The terminal was closed, or the session is over. */
  | 'over';

/** What a guest is shown, and told. */
export type GuestEvent =
  | ({ readonly kind: 'screen' } & DrawnScreen)
  | {
      readonly kind: 'keyboard';
      /** Who has it now. */
      readonly holder: 'you' | 'principal' | 'guest';
      /** Of the holder; "" for the session's principal. */
      readonly name: string;
    }
  | { readonly kind: 'left'; readonly reason: LeaveReason };

/** What becomes of the wish to have the keyboard. */
export type KeyboardOutcome =
  | 'taken'
  | 'given'
  /** A line waits for its decision, or has just been decided. */
  | 'busy'
  /** The guest may not have a shell on this target. */
  | 'refused';

/** Why a guest cannot come in. */
export type NoSeat = 'too-many' | 'sees-less' | 'over';

/** The place of one guest in a terminal. */
export interface Seat {
  /**
   * What has happened since it was asked last, once something has: the last is that the guest left, then nothing.
   * Asked one at a time.
   */
  next(): Promise<readonly GuestEvent[]>;
  /** False if the keys went nowhere: the guest has not got the keyboard, or too many wait. */
  type(bytes: Buffer): boolean;
  /** Tells the guest, and everybody in the terminal, who has the keyboard then. */
  hold(isHeld: boolean): Promise<KeyboardOutcome>;
  leave(reason: LeaveReason): void;
}

/** A terminal of a session in which guests can take part. One types at a time. */
export interface SharedTerminal {
  /** Its number in the recording. */
  readonly channel: number;
  /** @param onLeft Called once. */
  admit(guest: Guest, onLeft: (reason: LeaveReason) => void): Seat | NoSeat;
  /** Everybody leaves, and nobody comes any more. */
  dismiss(): void;
}
