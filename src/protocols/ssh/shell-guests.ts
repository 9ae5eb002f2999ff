import { ScreenDrawer } from '../../recording/screen-drawer.ts';
import type { Screen } from '../../terminal/screen.ts';
import type { GuardedAction } from '../guard.ts';
import { GuestGuard } from '../guest-guard.ts';
import type {
  Guest,
  GuestEvent,
  KeyboardOutcome,
  LeaveReason,
  NoSeat,
  Seat,
  SharedTerminal,
} from '../guests.ts';
import type { OperationClearance } from '../operation-clearance.ts';
import type { ChannelContext } from './channel-handler.ts';
import { phrase } from './refusal.ts';

/** Guests of one terminal. */
const GUESTS_MAX = 8;
/** Milliseconds between two screens that a guest is shown. */
const FRAME_MS = 40;
const INTERRUPT = 0x03;
const ESCAPE = 0x1b;

/** What a shell does for its guests. */
export interface GuestsShell {
  /** What the client sees; undefined while some of it is held back. */
  findShown(): Screen | undefined;
  /** Whether no line waits for anything. */
  isOpen(): boolean;
  /** Takes keys of whoever has the keyboard. False if too many wait. */
  take(bytes: Buffer): boolean;
  /**
   * Gives up a line that waits, drops what was typed behind it, and has what was typed so far cleared.
   *
   * @returns Whether any was: the program may have left some of it.
   */
  clearTyped(): boolean;
  /** Tells everybody in the terminal. */
  tell(message: string): void;
}

/**
 * Who takes part in a shell beside its client, and whose turn it is to type.
 *
 * One has the keyboard at a time, and each time it changes hands what was typed is cleared: so a line, a paste and an
 * escape sequence are one typist's, and keys of two never meet. A line runs only if the session's principal may run
 * it, and so may each guest who typed since the line before ended.
 */
export class ShellGuests implements SharedTerminal {
  readonly #context: ChannelContext;
  readonly #shell: GuestsShell;
  readonly #seats = new Set<ShellSeat>();
  /** Undefined: the client. */
  #holder: ShellSeat | undefined;
  /** Of the guest who has the keyboard, when it was taken. */
  #holderRights = '';
  /** Classes that the client could see so far: what it was shown may still be on the screen. */
  readonly #shownClasses = new Set<string>();
  /** By which these were found last. */
  #shown: ReadonlyMap<string, unknown> | undefined;
  /** The guests whose keys may be in the line. */
  #typists = new Set<Guest>();
  readonly #unshare: () => void;
  #isOver = false;

  constructor(context: ChannelContext, shell: GuestsShell) {
    this.#context = context;
    this.#shell = shell;
    this.#unshare = context.session.share(this);
    this.#noteShown();
  }

  get channel(): number {
    return this.#context.channel;
  }

  /** Who decides about the line. */
  get clearance(): OperationClearance {
    if (this.#typists.size === 0) return this.#context.clearance;
    return this.#context.clearFor([...this.#typists]);
  }

  admit(guest: Guest, onLeft: (reason: LeaveReason) => void): Seat | NoSeat {
    if (this.#isOver) return 'over';
    if (this.#seats.size >= GUESTS_MAX) return 'too-many';
    if (!this.maySeeAll(guest)) return 'sees-less';
    const seat = new ShellSeat(guest, this, this.#context, (reason) => {
      this.#remove(seat);
      onLeft(reason);
    });
    this.#seats.add(seat);
    this.#context.frames.guest({ id: guest.id, name: guest.name, what: 'joined' });
    this.#shell.tell(phrase(`${guest.name} has joined, and sees this terminal`));
    return seat;
  }

  dismiss(): void {
    this.#isOver = true;
    for (const seat of this.#seats) seat.leave('over');
  }

  /** The terminal is over. */
  close(): void {
    this.#unshare();
    this.dismiss();
  }

  /** What the client sees has changed. */
  changed(): void {
    this.#noteShown();
    for (const seat of this.#seats) seat.changed();
  }

  get shown(): Screen | undefined {
    return this.#shell.findShown();
  }

  /** Whether a guest may see what the session's principal may, or could before: nothing is masked for the guest alone. */
  maySeeAll(guest: Guest): boolean {
    const host = this.#context.masking();
    if (host === undefined) return true;
    this.#noteShown();
    const { shown } = guest.rights.reveal(host.files.classNames);
    return [...this.#shownClasses].every((name) => shown.has(name));
  }

  #noteShown(): void {
    const host = this.#context.masking();
    if (host === undefined) return;
    const { shown } = this.#context.session.guard.reveal(host.files.classNames);
    if (shown === this.#shown) return;
    this.#shown = shown;
    for (const name of shown.keys()) this.#shownClasses.add(name);
  }

  /** A line ended, or was given up. What waits behind it is of who has the keyboard. */
  endLine(): void {
    this.#typists = new Set(this.#holder === undefined ? [] : [this.#holder.guest]);
  }

  /**
   * What of the client's bytes counts. While a guest has the keyboard, any key takes it back and does nothing more, but for
   * Ctrl-C; sequences do not: they may be reports of the client's terminal.
   */
  takeFromClient(bytes: Buffer): Buffer | undefined {
    if (this.#holder === undefined) return bytes;
    if (bytes.length > 1 && bytes[0] === ESCAPE) return undefined;
    this.#changeHands(undefined);
    return bytes.includes(INTERRUPT) ? Buffer.of(INTERRUPT) : undefined;
  }

  takeFromGuest(seat: ShellSeat, bytes: Buffer): boolean {
    if (this.#holder !== seat || bytes.length === 0) return false;
    if (seat.guest.rights.key !== this.#holderRights) {
      // Keys for a program that has the screen are not decided one by one.
      this.#changeHands(undefined);
      return false;
    }
    this.#typists.add(seat.guest);
    return this.#shell.take(bytes);
  }

  async hold(seat: ShellSeat, isHeld: boolean): Promise<KeyboardOutcome> {
    seat.wantsKeyboard = isHeld;
    if (!isHeld) {
      if (this.#holder === seat) this.#changeHands(undefined);
      return 'given';
    }
    if (this.#holder === seat) return 'taken';
    if (!this.#shell.isOpen()) return 'busy';
    const mayType = await Promise.race([this.#mayType(seat.guest), seat.over]);
    if (!mayType) return 'refused';
    // Meanwhile the guest may have changed its mind, or had it by another wish of the same kind,
    if (!seat.wantsKeyboard) return 'given';
    if (this.#holder === seat) return 'taken';
    // a line may have been typed, or the guest left.
    if (!this.#shell.isOpen() || !this.#seats.has(seat)) return 'busy';
    this.#changeHands(seat);
    return 'taken';
  }

  holderFor(seat: ShellSeat): GuestEvent {
    const holder = this.#holder;
    if (holder === undefined) return { kind: 'keyboard', holder: 'principal', name: '' };
    const { name } = holder.guest;
    return { kind: 'keyboard', holder: holder === seat ? 'you' : 'guest', name };
  }

  /** Typing in a shell is having one: it is asked for, and in the ledger, before the first key. */
  #mayType(guest: Guest): Promise<boolean> {
    const { session, shell } = this.#context;
    const actions: readonly GuardedAction[] = [shell.have()];
    const decision = new GuestGuard(session.guard, guest).decide(actions, () => actions);
    // People are asked about what is done in a shell; whether there is one is no question for a guest.
    if (decision.kind === 'review') return Promise.resolve(false);
    return new Promise((resolve) => {
      const operation = { key: actions, actions, text: '' };
      this.#context.clearFor([guest]).clear(operation, {
        onVerdict: ({ kind }) => resolve(kind === 'allowed'),
      });
    });
  }

  #changeHands(seat: ShellSeat | undefined): void {
    const before = this.#holder;
    // What is left of a line is of those who typed it, until it ends.
    if (!this.#shell.clearTyped()) this.#typists.clear();
    this.#holder = seat;
    if (seat !== undefined) {
      this.#typists.add(seat.guest);
      this.#holderRights = seat.guest.rights.key;
    }
    const { frames } = this.#context;
    if (before !== undefined) frames.guest({ ...nameOf(before), what: 'gave' });
    if (seat !== undefined) frames.guest({ ...nameOf(seat), what: 'took' });
    this.#shell.tell(
      seat === undefined
        ? phrase('the keyboard is yours again')
        : phrase(`${seat.guest.name} has the keyboard; press a key to take it back`),
    );
    for (const one of this.#seats) one.tellKeyboard();
  }

  #remove(seat: ShellSeat): void {
    this.#seats.delete(seat);
    if (this.#isOver) return;
    if (this.#holder === seat) this.#changeHands(undefined);
    this.#context.frames.guest({ ...nameOf(seat), what: 'left' });
    this.#shell.tell(phrase(`${seat.guest.name} has left`));
  }
}

function nameOf({ guest: { id, name } }: ShellSeat): {
  readonly id: string;
  readonly name: string;
} {
  return { id, name };
}

/** One guest: what there is to tell waits until it is asked for, and is no more than one screen. */
class ShellSeat implements Seat {
  readonly guest: Guest;
  /** What it asked for last. */
  wantsKeyboard = false;
  readonly #guests: ShellGuests;
  readonly #context: Pick<ChannelContext, 'schedule' | 'nowMs'>;
  readonly #onLeft: (reason: LeaveReason) => void;
  readonly #drawer = new ScreenDrawer();
  #asked: ((events: readonly GuestEvent[]) => void) | undefined;
  #isScreenNew = true;
  #isKeyboardNew = true;
  #drawnAtMs = Number.NEGATIVE_INFINITY;
  #stopWaiting: (() => void) | undefined;
  #left: LeaveReason | undefined;
  #isToldLeft = false;
  readonly #over = Promise.withResolvers<false>();

  constructor(
    guest: Guest,
    guests: ShellGuests,
    context: ChannelContext,
    onLeft: (reason: LeaveReason) => void,
  ) {
    this.guest = guest;
    this.#guests = guests;
    this.#context = context;
    this.#onLeft = onLeft;
  }

  /** Resolves once the guest has left. */
  get over(): Promise<false> {
    return this.#over.promise;
  }

  next(): Promise<readonly GuestEvent[]> {
    return new Promise((resolve) => {
      this.#asked?.([]);
      this.#asked = resolve;
      this.#offer();
    });
  }

  type(bytes: Buffer): boolean {
    return this.#left === undefined && this.#guests.takeFromGuest(this, bytes);
  }

  hold(isHeld: boolean): Promise<KeyboardOutcome> {
    return this.#guests.hold(this, isHeld);
  }

  leave(reason: LeaveReason): void {
    if (this.#left !== undefined) return;
    this.#left = reason;
    this.#stopWaiting?.();
    this.#over.resolve(false);
    this.#onLeft(reason);
    this.#offer();
  }

  changed(): void {
    this.#isScreenNew = true;
    this.#offer();
  }

  tellKeyboard(): void {
    this.#isKeyboardNew = true;
    this.#offer();
  }

  #offer(): void {
    const asked = this.#asked;
    if (asked === undefined) return;
    const events = this.#left === undefined ? this.#gather() : this.#takeLeave(this.#left);
    if (events === undefined) return;
    this.#asked = undefined;
    asked(events);
  }

  #takeLeave(reason: LeaveReason): readonly GuestEvent[] {
    if (this.#isToldLeft) return [];
    this.#isToldLeft = true;
    return [{ kind: 'left', reason }];
  }

  /** Undefined while there is nothing to tell. */
  #gather(): readonly GuestEvent[] | undefined {
    const events: GuestEvent[] = [];
    if (this.#isKeyboardNew) events.push(this.#guests.holderFor(this));
    this.#isKeyboardNew = false;
    const screen = this.#draw();
    if (this.#left !== undefined) return this.#takeLeave(this.#left);
    if (screen !== undefined) events.push(screen);
    return events.length === 0 ? undefined : events;
  }

  #draw(): GuestEvent | undefined {
    const screen = this.#guests.shown;
    // What is held back is told once it is shown.
    if (!this.#isScreenNew || screen === undefined) return undefined;
    const waitMs = this.#drawnAtMs + FRAME_MS - this.#context.nowMs();
    if (waitMs > 0) {
      this.#stopWaiting ??= this.#context.schedule(waitMs, () => {
        this.#stopWaiting = undefined;
        this.#offer();
      });
      return undefined;
    }
    if (!this.#guests.maySeeAll(this.guest)) {
      this.leave('sees-less');
      return undefined;
    }
    this.#isScreenNew = false;
    this.#drawnAtMs = this.#context.nowMs();
    return { kind: 'screen', ...this.#drawer.draw(screen) };
  }
}
