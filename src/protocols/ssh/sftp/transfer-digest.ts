import { createHash, type Hash } from 'node:crypto';

/** Counts the bytes of a file that go by in one direction, and digests them as long as they come in order. */
export class TransferDigest {
  #hash: Hash | undefined = createHash('sha256');
  #next = 0;
  #bytes = 0;

  /** Bytes that went by, some perhaps more than once. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether all came in order from the start of the file. */
  get isInOrder(): boolean {
    return this.#hash !== undefined;
  }

  /** The next bytes are those at this offset of the file. */
  add(offset: number, bytes: Buffer): void {
    this.#bytes += bytes.length;
    if (this.#hash === undefined || bytes.length === 0) return;
    if (offset !== this.#next) {
      this.#hash = undefined;
      return;
    }
    this.#hash.update(bytes);
    this.#next += bytes.length;
  }

  /** Some of the bytes did not arrive after all. */
  spoil(): void {
    this.#hash = undefined;
  }

  /** Hex SHA-256 of the file from its start on; undefined if its bytes did not come in order. */
  finish(): string | undefined {
    return this.#hash?.digest('hex');
  }
}
