import { isIncomplete } from '../../shell/incomplete-text.ts';
import type { PendingClearance } from '../operation-clearance.ts';
import type {
  ChannelContext,
  ChannelEnds,
  ChannelHandler,
  OutputStream,
} from './channel-handler.ts';
import { SendQueue } from './connection/send-queue.ts';
import { ExecChannel } from './exec-channel.ts';
import { refuseHiddenFile } from './plan-output.ts';
import { describeTypedLine } from './typed-line-operation.ts';

const LINE_FEED = 0x0a;
const REFUSED_STATUS = 1;
/** A command of more lines than these bytes is decided in pieces, none of which is certain. */
const COMMAND_BYTES_MAX = 16 * 1024;
/** A command of fewer bytes is parsed with each line that comes. */
const PARSED_BYTES_MIN = 512;
/** What waits for the decision on the lines before it; more is not taken from the client. */
const QUEUED_BYTES_MAX = 256 * 1024;

/**
 * A shell without a terminal, which reads commands from what the client sends. Each command is decided, and passed on once
 * it is allowed and whole; with the first that is refused the shell ends.
 */
export class ScriptChannel implements ChannelHandler {
  readonly #context: ChannelContext;
  readonly #ends: ChannelEnds;
  readonly #exec: ExecChannel;
  /** What waits while a command is decided: put together with each packet, it would be copied again and again. */
  readonly #waiting = new SendQueue();
  /** What was not looked at yet. */
  #unread: Buffer = Buffer.alloc(0);
  /** Lines that make no whole command yet. */
  #command: Buffer = Buffer.alloc(0);
  /** Bytes up to which it is not parsed again while lines are waiting: each time takes as long as the command. */
  #parsedAgainAt = 0;
  #isDeciding = false;
  #pending: PendingClearance | undefined;
  #isClientHeld = false;
  #isAtEnd = false;
  #isRefused = false;
  #isOver = false;

  constructor(context: ChannelContext, ends: ChannelEnds) {
    this.#context = context;
    this.#ends = ends;
    this.#exec = new ExecChannel(undefined, context, ends);
  }

  receive(bytes: Buffer): void {
    if (this.#isOver) return;
    this.#waiting.push(bytes, 'stdout');
    this.#read();
    if (this.#queuedBytes > QUEUED_BYTES_MAX && !this.#isClientHeld) {
      this.#isClientHeld = true;
      this.#ends.holdClient();
    }
  }

  receiveEnd(): void {
    this.#isAtEnd = true;
    if (!this.#isOver) this.#read();
  }

  deliver(bytes: Buffer, stream: OutputStream): void {
    this.#exec.deliver(bytes, stream);
  }

  deliverEnd(): void {
    this.#exec.deliverEnd();
    if (this.#isRefused) this.#ends.exit(REFUSED_STATUS);
  }

  resize(): void {}

  close(): void {
    this.#isOver = true;
    this.#pending?.withdraw('disconnected');
    this.#exec.close();
  }

  get #queuedBytes(): number {
    return this.#unread.length + this.#waiting.byteCount;
  }

  #read(): void {
    if (!this.#isDeciding) this.#takeWaiting();
    while (!this.#isDeciding && !this.#isOver) {
      const line = this.#takeLine();
      if (line === undefined) break;
      this.#command = Buffer.concat([this.#command, line]);
      if (this.#isWhole()) this.#decide();
    }
    if (this.#isDeciding || this.#isOver) return;
    if (this.#isClientHeld) {
      this.#isClientHeld = false;
      this.#ends.releaseClient();
    }
    if (this.#isAtEndOfInput()) this.#ends.endTarget();
  }

  #takeWaiting(): void {
    const { byteCount } = this.#waiting;
    if (byteCount === 0) return;
    const all = Buffer.alloc(this.#unread.length + byteCount);
    let end = this.#unread.copy(all);
    for (;;) {
      const next = this.#waiting.shift(byteCount);
      if (next === undefined) break;
      end += next.bytes.copy(all, end);
    }
    this.#unread = all;
  }

  #isWhole(): boolean {
    const { length } = this.#command;
    if (this.#isAtEndOfInput() || length >= COMMAND_BYTES_MAX) return true;
    if (length < this.#parsedAgainAt && this.#unread.includes(LINE_FEED)) return false;
    this.#parsedAgainAt = length < PARSED_BYTES_MIN ? 0 : 2 * length;
    return !isIncomplete(textOf(this.#command));
  }

  #isAtEndOfInput(): boolean {
    return this.#isAtEnd && this.#queuedBytes === 0;
  }

  #takeLine(): Buffer | undefined {
    const end = this.#unread.indexOf(LINE_FEED) + 1 || (this.#isLast() ? this.#unread.length : 0);
    if (end === 0) return undefined;
    const line = this.#unread.subarray(0, end);
    this.#unread = this.#unread.subarray(end);
    return line;
  }

  /** Whether what is left counts as a line without its end. */
  #isLast(): boolean {
    return this.#isAtEnd || this.#unread.length >= COMMAND_BYTES_MAX;
  }

  #decide(): void {
    const { clearance, frames } = this.#context;
    const command = this.#command;
    this.#command = Buffer.alloc(0);
    this.#parsedAgainAt = 0;
    const text = textOf(command);
    const isCertain = command.length < COMMAND_BYTES_MAX;
    const line = { kind: 'line', text, otherTexts: [], isCertain } as const;
    const operation = describeTypedLine(line, this.#context);
    if (operation === undefined) return this.#ends.toTarget(command);
    this.#isDeciding = true;
    let isSettled = false;
    const pending = clearance.clear(operation, {
      onWaiting: (message) => this.#ends.toClient(Buffer.from(`${message}\n`), 'stderr'),
      onVerdict: (verdict) => {
        isSettled = true;
        this.#isDeciding = false;
        this.#pending = undefined;
        if (this.#isOver) return;
        const refusal =
          verdict.kind === 'refused'
            ? verdict.message
            : refuseHiddenFile([{ text, isCommand: true }], this.#context);
        frames.command({ text, decision: refusal === undefined ? 'allow' : 'deny' });
        if (refusal !== undefined) return this.#stop(refusal);
        this.#ends.toTarget(command);
        this.#read();
      },
    });
    if (!isSettled) this.#pending = pending;
  }

  /** What was passed on before goes on to its end. */
  #stop(message: string): void {
    this.#isRefused = true;
    this.#isOver = true;
    this.#unread = Buffer.alloc(0);
    this.#waiting.clear();
    this.#ends.toClient(Buffer.from(`${message}\n`), 'stderr');
    this.#ends.endTarget();
  }
}

function textOf(command: Buffer): string {
  return command.toString('utf8').replace(/\n$/, '');
}
