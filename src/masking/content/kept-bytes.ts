const NO_BYTES: Buffer = Buffer.alloc(0);
/** Room that is kept for what comes next. */
const ROOM_BYTES_MAX = 64 * 1024;

/**
 * Bytes of what streams by that cannot be read before more has come. Room doubles: what comes in many pieces costs no more than
 * its length, and not its length with each piece.
 */
export class KeptBytes {
  #room: Buffer = NO_BYTES;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** What is kept, with `bytes` behind it. To be read until the next call: what comes then is written over it. */
  join(bytes: Buffer): Buffer {
    if (this.#length === 0) return bytes;
    const length = this.#length + bytes.length;
    if (length > this.#room.length) {
      const grown = Buffer.allocUnsafe(2 * length);
      this.#room.copy(grown, 0, 0, this.#length);
      this.#room = grown;
    }
    bytes.copy(this.#room, this.#length);
    this.#length = length;
    return this.#room.subarray(0, length);
  }

  /** Keeps what `all`, which `join` gave last, has from `start` on, and nothing else. */
  keep(all: Buffer, start: number): void {
    if (this.#length > 0 && start === 0) return;
    const rest = all.length - start;
    if (rest > this.#room.length || this.#room.length > ROOM_BYTES_MAX) {
      this.#room = rest === 0 ? NO_BYTES : Buffer.from(all.subarray(start));
    } else {
      // Within the room, too: what overlaps is moved as it was.
      all.copy(this.#room, 0, start);
    }
    this.#length = rest;
  }
}
