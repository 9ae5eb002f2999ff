import { EchoQueue } from '../../terminal/echo-queue.ts';
import { INTERRUPT, type Keys, mayRun } from '../../terminal/key-reader.ts';
import { LineReader, type TypedLine } from '../../terminal/line-reader.ts';
import { redrawLine } from '../../terminal/redraw-line.ts';
import type { PendingClearance } from '../operation-clearance.ts';
import type {
  ChannelContext,
  ChannelEnds,
  ChannelHandler,
  OutputStream,
  TerminalSize,
} from './channel-handler.ts';
import { type PossibleCommand, refuseHiddenFile } from './plan-output.ts';
import { phrase } from './refusal.ts';
import { ShellGuests } from './shell-guests.ts';
import { TerminalResults } from './terminal-results.ts';
import { TypedAhead } from './typed-ahead.ts';
import { TypedInput } from './typed-input.ts';
import { describeTypedLine } from './typed-line-operation.ts';

/**
 * To the end of the line, and all before it away. Ctrl-G first ends keys that were begun: behind Ctrl-X or ESC, Ctrl-E would have
 * the line run.
 */
const KILL_LINE: Buffer = Buffer.from('\x07\x05\x15');
const PASTE_END: Buffer = Buffer.from('\x1b[201~');
const SUBSTITUTION = /\$\(|`/;
/** What is typed while a line is decided waits; more than this is not taken from the client. */
const QUEUED_BYTES_MAX = 64 * 1024;

/** How often it is looked whether the screen has settled. */
const LOOK_MS = 10;
/** Output after the last key that nothing follows for so long is all of its echo. */
const QUIET_MS = 15;
/** Output that comes so long after the answer to a key is none. */
const ANSWER_MS = 50;
/** Keys that show nothing: so long after them nothing more is awaited. */
const SILENT_MS = 60;
/** Characters that are not shown after so long are not shown at all. */
const UNSEEN_MS = 400;
/** Whatever the screen does, the line is read after so long. */
const SETTLE_MAX_MS = 1_500;
/** Lines that were sent at once follow each other when there is a prompt again, or after so long. */
const NEXT_LINE_MAX_MS = 200;

type Paste = Extract<Keys, { readonly kind: 'paste' }>;

type State =
  | { readonly kind: 'open' }
  /** A key or a paste that runs something waits for the echo of what was typed before. */
  | { readonly kind: 'settling'; readonly keys: Keys; readonly sinceMs: number }
  | {
      readonly kind: 'deciding';
      pending: PendingClearance | undefined;
      readonly text: string;
      readonly clear: () => void;
    }
  /** More was sent behind a line, and waits for what the line does. */
  | { readonly kind: 'between-lines'; readonly sinceMs: number };

/** What is done with a line once it is decided. */
interface Outcomes {
  readonly pass: () => void;
  readonly clear: () => void;
}

/**
 * A shell with a terminal. Reads each line from the screen when Enter is pressed, and passes the key on once the line is
 * allowed; what the principal may not see of the output is shown as stars.
 */
export class ShellChannel implements ChannelHandler {
  readonly recording = 'output';
  readonly #context: ChannelContext;
  readonly #ends: ChannelEnds;
  readonly #echo = new EchoQueue();
  readonly #reader = new LineReader(this.#echo);
  readonly #input: TypedInput;
  readonly #results: TerminalResults;
  readonly #guests: ShellGuests;
  #state: State = { kind: 'open' };
  /** What the client sent, which waits where an Enter before it is not decided. */
  readonly #ahead = new TypedAhead();
  /** The rights under which the keys for the program that has the screen now were allowed; undefined if they were not. */
  #fullScreenRights: string | undefined;
  #isClientHeld = false;
  #isClientAtEnd = false;
  #lastInputMs = 0;
  #lastOutputMs = 0;
  #stopLooking: () => void = () => undefined;

  constructor(context: ChannelContext, size: TerminalSize, ends: ChannelEnds) {
    this.#context = context;
    this.#ends = ends;
    this.#input = new TypedInput(context.frames, this.#echo);
    this.#results = new TerminalResults({
      context,
      size,
      ends,
      echo: this.#echo,
      onDrawn: () => this.#input.shown(),
      onShown: () => this.#guests.changed(),
    });
    this.#guests = new ShellGuests(context, {
      findShown: () => (this.#results.isHolding ? undefined : this.#results.screen),
      isOpen: () => this.#isOpen(),
      take: (bytes) => this.#takeFromGuest(bytes),
      clearTyped: () => this.#clearTyped(),
      tell: (message) => this.#tell(message),
    });
  }

  receive(bytes: Buffer): void {
    const own = this.#guests.takeFromClient(bytes);
    if (own !== undefined) this.#receive(own);
  }

  #takeFromGuest(bytes: Buffer): boolean {
    const isTooMuch = this.#ahead.byteCount + bytes.length > QUEUED_BYTES_MAX;
    if (isTooMuch || !this.#ends.isTargetTaking) return false;
    this.#receive(bytes);
    return true;
  }

  #receive(bytes: Buffer): void {
    if (this.#state.kind === 'deciding' && bytes.includes(INTERRUPT)) return this.#giveUp();
    if (this.#isAgain(bytes)) {
      this.#input.add(bytes);
      this.#input.endLine();
      return this.#ends.toTarget(bytes);
    }
    this.#ahead.push(bytes);
    this.#takeKeys();
    if (!this.#isOpen() && !this.#isClientHeld && this.#ahead.byteCount > QUEUED_BYTES_MAX) {
      this.#isClientHeld = true;
      this.#ends.holdClient();
    }
  }

  receiveEnd(): void {
    this.#isClientAtEnd = true;
    if (this.#isOpen()) this.#ends.endTarget();
  }

  deliver(bytes: Buffer, _stream: OutputStream): void {
    const nowMs = this.#context.nowMs();
    const isAnswered = this.#lastOutputMs >= this.#lastInputMs;
    if (this.#reader.isTyping && isAnswered && nowMs - this.#lastOutputMs >= ANSWER_MS) {
      this.#reader.doubt(this.#results.screen);
    }
    this.#lastOutputMs = nowMs;
    this.#results.deliver(bytes);
  }

  deliverEnd(): void {
    this.#results.end();
    this.#ends.endClient();
  }

  resize(size: TerminalSize): void {
    this.#results.resize(size);
  }

  close(): void {
    this.#guests.close();
    this.#stopLooking();
    this.#results.close();
    this.#input.endLine();
    if (this.#state.kind === 'deciding') this.#state.pending?.withdraw('disconnected');
  }

  /** Passes on what was typed, up to the end of a line. */
  #takeKeys(): void {
    while (this.#isOpen()) {
      const keys = this.#ahead.shift(this.#results.screen.isBracketedPaste);
      if (keys === undefined) return;
      if (!this.#passesUndecided(keys)) {
        this.#state = { kind: 'settling', keys, sinceMs: this.#context.nowMs() };
      }
      if (!this.#isOpen()) return this.#look();
    }
  }

  /** Passes on keys that give no line to a shell. */
  #passesUndecided(keys: Keys): boolean {
    const { kind, bytes } = keys;
    const { screen } = this.#results;
    if (!screen.isAlternate) this.#fullScreenRights = undefined;
    if (this.#reader.isFullScreen(screen)) {
      // One decision for all keys that a program gets while it has the screen.
      const isAllowed = this.#fullScreenRights === this.#context.session.guard.rights;
      if (kind !== 'keys' && kind !== 'complete' && !isAllowed) return false;
      this.#input.add(bytes);
      this.#input.passThrough();
      this.#ends.toTarget(bytes);
      return true;
    }
    if (!this.#isText(keys)) return false;
    this.#pass(bytes);
    return true;
  }

  /** Whether keys only change the line. */
  #isText(keys: Keys): boolean {
    if (keys.kind === 'keys') return true;
    const shown = this.#reader.textOf(this.#results.screen);
    if (keys.kind === 'complete') return !SUBSTITUTION.test(shown);
    return keys.kind === 'paste' && !mayRun(keys.bytes, SUBSTITUTION.test(shown + keys.text));
  }

  #pass(bytes: Buffer): void {
    if (!this.#reader.isTyping) this.#reader.beginTyping(this.#results.screen);
    this.#reader.type(bytes);
    this.#input.add(bytes);
    this.#lastInputMs = this.#context.nowMs();
    this.#ends.toTarget(bytes);
    if (!bytes.includes(INTERRUPT)) return;
    this.#input.endLine();
    this.#reader.cancel(this.#results.screen);
    this.#state = { kind: 'between-lines', sinceMs: this.#lastInputMs };
  }

  /** Decides once the screen shows all that was typed. */
  #look(): void {
    const state = this.#state;
    const isReady =
      state.kind === 'settling'
        ? this.#hasSettled(state.sinceMs)
        : state.kind === 'between-lines' && this.#isNextLineDue(state.sinceMs);
    if (!isReady) {
      this.#stopLooking = this.#context.schedule(LOOK_MS, () => this.#look());
    } else if (state.kind !== 'settling') this.#replay();
    else if (state.keys.kind === 'paste') this.#decidePaste(state.keys);
    else this.#decideLine(state.keys);
  }

  #isNextLineDue(sinceMs: number): boolean {
    const nowMs = this.#context.nowMs();
    if (nowMs - sinceMs >= NEXT_LINE_MAX_MS) return true;
    const isQuiet = this.#lastOutputMs >= sinceMs && nowMs - this.#lastOutputMs >= QUIET_MS;
    return isQuiet && this.#reader.isAtPrompt(this.#results.screen);
  }

  #hasSettled(sinceMs: number): boolean {
    const nowMs = this.#context.nowMs();
    if (!this.#reader.isTyping || nowMs - sinceMs >= SETTLE_MAX_MS) return true;
    const sinceInput = nowMs - this.#lastInputMs;
    const sinceOutput = nowMs - this.#lastOutputMs;
    if (this.#echo.isWaiting) return sinceInput >= UNSEEN_MS && sinceOutput >= QUIET_MS;
    const isAnswered = this.#lastOutputMs >= this.#lastInputMs;
    return isAnswered ? sinceOutput >= QUIET_MS : sinceInput >= SILENT_MS;
  }

  #decideLine({ kind, bytes: enter }: Keys): void {
    const read = this.#reader.read(this.#results.screen);
    // Only line editors make an Enter of other keys.
    const line = kind === 'enter' ? read : withoutComment(read);
    const { rights } = this.#context.session.guard;
    this.#decide(line, {
      pass: () => {
        if (line.kind === 'full-screen') this.#fullScreenRights = rights;
        this.#passEnter(line, enter);
      },
      clear: () => this.#clearLine(line.kind === 'line' ? Buffer.of(INTERRUPT) : KILL_LINE),
    });
  }

  /**
   * A line editor takes line breaks within a paste as text; but what asked for marks around it need not be one. So such
   * a text is decided when it is pasted, behind what stands in the line, too, and again, as the screen shows it, with Enter.
   */
  #decidePaste({ bytes, text }: Paste): void {
    const line = behind(this.#reader.read(this.#results.screen), text);
    this.#decide(line, {
      pass: () => {
        this.#pass(bytes);
        this.#resume();
      },
      clear: () => this.#clearLine(Buffer.concat([PASTE_END, Buffer.of(INTERRUPT)])),
    });
  }

  #decide(line: TypedLine, { pass, clear }: Outcomes): void {
    const { frames } = this.#context;
    const operation = describeTypedLine(line, this.#context);
    if (operation === undefined) return pass();
    const { text } = operation;
    const state: State = { kind: 'deciding', pending: undefined, text, clear };
    this.#state = state;
    const pending = this.#guests.clearance.clear(operation, {
      onWaiting: (message) => this.#say(message),
      onVerdict: (verdict) => {
        // It was given up while the ledger took it. An Enter now would run whatever has been typed since.
        if (this.#state !== state) return;
        const refusal =
          verdict.kind === 'refused'
            ? verdict.message
            : refuseHiddenFile(listTexts(line), this.#context);
        frames.command({ text, decision: refusal === undefined ? 'allow' : 'deny' });
        if (refusal === undefined) return pass();
        this.#say(refusal);
        clear();
      },
    });
    if (this.#state === state) state.pending = pending;
  }

  #passEnter(line: TypedLine, enter: Buffer): void {
    this.#input.endLine();
    this.#context.frames.input(enter);
    this.#reader.endLine(line);
    this.#guests.endLine();
    this.#ends.toTarget(enter);
    this.#resume();
  }

  /** What was typed behind the line was meant to follow it, and goes with it. */
  #clearLine(keys: Buffer): void {
    this.#ahead.drop(this.#results.screen.isBracketedPaste);
    this.#input.endLine();
    this.#reader.cancel(this.#results.screen);
    this.#guests.endLine();
    this.#ends.toTarget(keys);
    this.#state = { kind: 'between-lines', sinceMs: this.#context.nowMs() };
    this.#look();
  }

  /**
   * Another types from now on. What was typed so far is cleared as far as the shell obeys; what it leaves is read from the
   * screen with the next line, as ever.
   */
  #clearTyped(): boolean {
    const state = this.#state;
    if (state.kind === 'deciding') {
      state.pending?.withdraw('cancelled');
      this.#context.frames.command({ text: state.text, decision: 'review' });
    }
    this.#stopLooking();
    this.#fullScreenRights = undefined;
    if (this.#ahead.isPasting) this.#ends.toTarget(PASTE_END);
    this.#ahead.reset();
    if (!this.#reader.isTyping) {
      this.#open();
      return false;
    }
    const line = this.#reader.read(this.#results.screen);
    // Ctrl-C would end a program that has not asked for a line.
    const isCommand = line.kind === 'line' && line.isCertain;
    this.#ends.toTarget(isCommand ? Buffer.of(INTERRUPT) : KILL_LINE);
    this.#input.endLine();
    this.#reader.cancel(this.#results.screen);
    // The next line begins behind the prompt that follows.
    this.#state = { kind: 'between-lines', sinceMs: this.#context.nowMs() };
    this.#look();
    return true;
  }

  #giveUp(): void {
    if (this.#state.kind !== 'deciding') return;
    const { pending, text, clear } = this.#state;
    pending?.withdraw('cancelled');
    this.#context.frames.command({ text, decision: 'review' });
    this.#say(phrase('given up; nothing was run'));
    clear();
  }

  #resume(): void {
    if (this.#state.kind === 'between-lines') return this.#look();
    if (this.#ahead.isEmpty) return this.#open();
    this.#state = { kind: 'between-lines', sinceMs: this.#context.nowMs() };
    this.#look();
  }

  #open(): void {
    this.#state = { kind: 'open' };
    if (this.#isClientHeld) {
      this.#isClientHeld = false;
      this.#ends.releaseClient();
    }
    if (this.#isClientAtEnd) this.#ends.endTarget();
  }

  #replay(): void {
    this.#state = { kind: 'open' };
    this.#takeKeys();
    if (this.#isOpen()) this.#open();
  }

  /** Who presses Ctrl-C again does not wait for an answer to the first. */
  #isAgain(bytes: Buffer): boolean {
    const isAlone = this.#state.kind === 'between-lines' && this.#ahead.isEmpty;
    return isAlone && !this.#ahead.isPasting && bytes.every(isInterrupt);
  }

  #isOpen(): boolean {
    return this.#state.kind === 'open';
  }

  /** Says what answers no line: the line that stands there stands below it again. */
  #tell(message: string): void {
    this.#results.flush();
    const { screen } = this.#results;
    // A program that has the screen draws its first row again some time.
    const text = screen.isAlternate
      ? `\x1b7\x1b[H\x1b[2K${message.split('\n')[0] ?? ''}\x1b8`
      : `\r\n${message.replaceAll('\n', '\r\n')}\r\n${redrawLine(screen)}`;
    this.#results.insert(Buffer.from(text));
  }

  #say(message: string): void {
    this.#results.insert(Buffer.from(`\r\n${message.replaceAll('\n', '\r\n')}\r\n`));
  }
}

function isInterrupt(byte: number): boolean {
  return byte === INTERRUPT;
}

/** All that a line may be, shown or not. */
function listTexts(line: TypedLine): readonly PossibleCommand[] {
  switch (line.kind) {
    case 'full-screen':
      return [];
    case 'unseen':
      return listDoubtful([line.typed]);
    case 'line': {
      const { text, otherTexts, unseen, isCertain } = line;
      return [{ text, isCommand: isCertain }, ...listDoubtful([...otherTexts, unseen])];
    }
  }
}

function listDoubtful(texts: readonly (string | undefined)[]): readonly PossibleCommand[] {
  return texts.flatMap((text) => (text === undefined ? [] : [{ text, isCommand: false }]));
}

/** What is pasted, alone and behind what was typed. */
function behind(typed: TypedLine, text: string): TypedLine {
  switch (typed.kind) {
    case 'full-screen':
      return { kind: 'line', text, otherTexts: [], isCertain: true };
    case 'unseen': {
      const unseen = `${typed.typed ?? ''}${text}`;
      return { kind: 'line', text, otherTexts: [], isCertain: false, unseen };
    }
    case 'line': {
      const shown = [typed.text, ...typed.otherTexts].filter((one) => one.trim() !== '');
      const unseen = typed.unseen === undefined ? {} : { unseen: `${typed.unseen}${text}` };
      const isCertain = shown.length === 0 || typed.isCertain;
      return {
        kind: 'line',
        text,
        otherTexts: shown.map((one) => one + text),
        isCertain,
        ...unseen,
      };
    }
  }
}

/** What a key may make of a line that takes off the sign of a comment before it gives the line to the shell. */
function withoutComment(line: TypedLine): TypedLine {
  if (line.kind !== 'line') return line;
  const bare = [line.text, ...line.otherTexts].map((text) => text.replace(/^\s*#/, ''));
  return { ...line, otherTexts: [...line.otherTexts, ...bare], isCertain: false };
}
