import type { EchoQueue } from '../../terminal/echo-queue.ts';
import type { ChannelFrames } from './recorded-frame.ts';

/** Keys that wait to be shown are kept no longer than these many bytes. */
const WAITING_BYTES_MAX = 4_096;
const SPACE = 0x20;
const DELETE = 0x7f;
const STAR = 0x2a;

/** Takes down what somebody types, and stars for what the terminal does not show: passwords. */
export class TypedInput {
  readonly #frames: ChannelFrames;
  readonly #echo: EchoQueue;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;

  constructor(frames: ChannelFrames, echo: EchoQueue) {
    this.#frames = frames;
    this.#echo = echo;
  }

  add(bytes: Buffer): void {
    this.#waiting.push(Buffer.from(bytes));
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes > WAITING_BYTES_MAX) this.endLine();
  }

  /** Something was shown: keys whose echo it is are no secret. */
  shown(): void {
    if (this.#echo.shownCount > 0 && !this.#echo.isWaiting) this.#takeDown();
  }

  /** What a program with a screen of its own gets need not be shown. */
  passThrough(): void {
    this.#takeDown();
  }

  /** The line ended. If none of its characters was shown, none is kept. */
  endLine(): void {
    const isSecret = this.#echo.typedCount > 0 && this.#echo.shownCount === 0;
    this.#takeDown(isSecret ? conceal : undefined);
  }

  #takeDown(change: (bytes: Buffer) => Buffer = (bytes) => bytes): void {
    for (const bytes of this.#waiting.splice(0)) this.#frames.input(change(bytes));
    this.#waitingBytes = 0;
  }
}

function conceal(bytes: Buffer): Buffer {
  return Buffer.from(bytes.map((byte) => (byte < SPACE || byte === DELETE ? byte : STAR)));
}
