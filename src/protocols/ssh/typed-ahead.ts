import { KeyReader, type Keys } from '../../terminal/key-reader.ts';
import { SendQueue } from './connection/send-queue.ts';

/** Bytes that are told apart at once: each may be a key that ends a line, and keys take far more memory than bytes. */
const READ_BYTES_MAX = 1024;

/** What was typed in a shell and not passed on, as bytes until it is its turn. */
export class TypedAhead {
  readonly #unread = new SendQueue();
  #reader = new KeyReader();
  #parts: readonly Keys[] = [];
  #nextPart = 0;

  /** Bytes that are not told apart yet. */
  get byteCount(): number {
    return this.#unread.byteCount;
  }

  get isEmpty(): boolean {
    return this.#unread.byteCount === 0 && this.#nextPart === this.#parts.length;
  }

  /** Whether a paste has begun and not ended. */
  get isPasting(): boolean {
    return this.#reader.isPasting;
  }

  push(bytes: Buffer): void {
    this.#unread.push(bytes, 'stdout');
  }

  /**
   * Takes the next part; undefined where nothing is left but the beginning of a paste.
   *
   * @param isPasteMarked Whether the program asked for marks around what is pasted.
   */
  shift(isPasteMarked: boolean): Keys | undefined {
    while (this.#nextPart === this.#parts.length) {
      if (!this.#readParts(isPasteMarked)) return undefined;
    }
    this.#nextPart += 1;
    return this.#parts[this.#nextPart - 1];
  }

  /** Forgets what came. What follows belongs to a paste that has begun in it. */
  drop(isPasteMarked: boolean): void {
    while (this.#readParts(isPasteMarked));
    this.#parts = [];
    this.#nextPart = 0;
  }

  /** Forgets what came; what follows begins anew. */
  reset(): void {
    this.#unread.clear();
    this.#reader = new KeyReader();
    this.#parts = [];
    this.#nextPart = 0;
  }

  #readParts(isPasteMarked: boolean): boolean {
    const next = this.#unread.shift(READ_BYTES_MAX);
    if (next === undefined) return false;
    this.#parts = this.#reader.push(next.bytes, isPasteMarked);
    this.#nextPart = 0;
    return true;
  }
}
