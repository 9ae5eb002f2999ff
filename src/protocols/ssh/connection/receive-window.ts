import { ProtocolError } from '../../../wire/protocol-error.ts';

/** Bytes that a peer may send in a channel at first. */
export const WINDOW_BYTES_AT_FIRST: number = 32 * 1024;
/** Bytes of the largest window of a channel. */
const WINDOW_BYTES_MAX = 2 * 1024 * 1024;

/** What the windows of a connection may have beyond their first size, together. */
export class WindowBudget {
  #bytesLeft: number;

  constructor(bytesMax: number) {
    this.#bytesLeft = bytesMax;
  }

  take(bytes: number): boolean {
    if (bytes > this.#bytesLeft) return false;
    this.#bytesLeft -= bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.#bytesLeft += bytes;
  }
}

/**
 * What a peer may still send in one channel.
 *
 * Credit and what waits to be passed on are at most the window together, so a channel never keeps more
 * than that. The window grows while what comes is passed on at once.
 */
export class ReceiveWindow {
  readonly #budget: WindowBudget;
  #bytesMax = WINDOW_BYTES_AT_FIRST;
  #credit = WINDOW_BYTES_AT_FIRST;

  constructor(budget: WindowBudget) {
    this.#budget = budget;
  }

  /**
   * Bytes came.
   *
   * @throws {ProtocolError} If they are more than the peer was allowed.
   */
  spend(byteCount: number): void {
    if (byteCount > this.#credit) throw new ProtocolError('CHANNEL_DATA', 'exceeds the window');
    this.#credit -= byteCount;
  }

  /**
   * How much more the peer may be told to send; 0 if that is not worth a message.
   *
   * @param waitingBytes What came and was not passed on.
   */
  renew(waitingBytes: number): number {
    if (this.#credit + waitingBytes > this.#bytesMax / 2) return 0;
    if (waitingBytes === 0) this.#grow();
    const byteCount = this.#bytesMax - this.#credit - waitingBytes;
    this.#credit += byteCount;
    return byteCount;
  }

  close(): void {
    this.#budget.giveBack(this.#bytesMax - WINDOW_BYTES_AT_FIRST);
    this.#bytesMax = WINDOW_BYTES_AT_FIRST;
  }

  #grow(): void {
    const grown = Math.min(this.#bytesMax * 2, WINDOW_BYTES_MAX);
    if (this.#budget.take(grown - this.#bytesMax)) this.#bytesMax = grown;
  }
}
