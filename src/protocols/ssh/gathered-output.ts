import { ByteWriter } from '../../wire/byte-writer.ts';
import type { ChannelContext } from './channel-handler.ts';

/** Bytes that wait at most: all of them are taken in one go. */
const WAITING_BYTES_MAX = 64 * 1024;

/**
 * Output of which the pieces that come at once are taken as two at most: the first as it comes, all others together, once as much
 * time has passed as the piece before took. A mask looks again at what stands on the screen with each: a program that writes
 * byte by byte would have the gateway do nothing else.
 */
export class GatheredOutput {
  readonly #clock: Pick<ChannelContext, 'nowMs' | 'schedule'>;
  readonly #take: (bytes: Buffer) => void;
  #waiting = new ByteWriter();
  #stopWaiting: (() => void) | undefined;

  /** @param take Takes bytes that are valid during the call only. */
  constructor(clock: Pick<ChannelContext, 'nowMs' | 'schedule'>, take: (bytes: Buffer) => void) {
    this.#clock = clock;
    this.#take = take;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Takes bytes that are valid during the call only. */
  push(bytes: Buffer): void {
    if (this.#stopWaiting === undefined) return this.#hand(bytes);
    this.#waiting.bytes(bytes);
    if (this.#waiting.length > WAITING_BYTES_MAX) this.flush();
  }

  /** Hands on what waits. */
  flush(): void {
    if (this.isEmpty) return;
    const bytes = this.#waiting.toBuffer();
    this.#waiting = new ByteWriter();
    this.#take(bytes);
  }

  close(): void {
    this.#stopWaiting?.();
    this.#waiting = new ByteWriter();
  }

  #hand(bytes: Buffer): void {
    const startMs = this.#clock.nowMs();
    this.#take(bytes);
    this.#stopWaiting = this.#clock.schedule(this.#clock.nowMs() - startMs, () => {
      this.#stopWaiting = undefined;
      if (this.isEmpty) return;
      const others = this.#waiting.toBuffer();
      this.#waiting = new ByteWriter();
      this.#hand(others);
    });
  }
}
