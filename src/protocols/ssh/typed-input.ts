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
    if (this.#waitingBytes > WAITING_BYTES_MAX) this.takeDown();
  }

  /** Something was shown: what was typed is no secret if it was. */
  shown(): void {
    if (!this.#echo.isWaiting) this.takeDown();
  }

  /** Takes down what was typed as it is. */
  takeDown(): void {
    for (const bytes of this.#waiting.splice(0)) this.#frames.input(bytes);
    this.#waitingBytes = 0;
  }

  /** The line ended without being shown. */
  conceal(): void {
    for (const bytes of this.#waiting.splice(0)) this.#frames.input(bytes.map(starFor) as Buffer);
    this.#waitingBytes = 0;
  }
}

function starFor(byte: number): number {
  return byte < SPACE || byte === DELETE ? byte : STAR;
}
