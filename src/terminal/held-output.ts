import { starOf } from './repaint.ts';

/** Output that was not sent yet, and which of its characters are to be sent as stars. */
export class HeldOutput {
  #bytes: Buffer = Buffer.allocUnsafe(4_096);
  /** Where the first byte that is held stands in the whole output. */
  #start = 0;
  #length = 0;
  /** By where a character begins: its columns. */
  readonly #stars = new Map<number, 1 | 2>();

  /** Where the next byte will stand in the whole output. */
  get end(): number {
    return this.#start + this.#length;
  }

  /** Where the first byte that is held stands. */
  get start(): number {
    return this.#start;
  }

  get length(): number {
    return this.#length;
  }

  isHeld(origin: number): boolean {
    return origin >= this.#start;
  }

  append(bytes: Uint8Array, start: number = 0, end: number = bytes.length): void {
    this.#reserve(end - start);
    this.#bytes.set(bytes.subarray(start, end), this.#length);
    this.#length += end - start;
  }

  appendText(text: string): void {
    this.append(Buffer.from(text));
  }

  star(origin: number, width: 1 | 2): void {
    this.#stars.set(origin, width);
  }

  unstar(origin: number): void {
    this.#stars.delete(origin);
  }

  /** Takes out what stands before `origin`. */
  release(origin: number): Buffer {
    const count = Math.min(origin - this.#start, this.#length);
    if (count <= 0) return Buffer.alloc(0);
    const parts: Buffer[] = [];
    let from = 0;
    for (const [place, width] of this.#takeStars(this.#start + count)) {
      const at = place - this.#start;
      parts.push(this.#bytes.subarray(from, at), Buffer.from(starOf(width)));
      from = at + characterBytes(this.#bytes[at] as number);
    }
    parts.push(this.#bytes.subarray(from, count));
    const released = Buffer.concat(parts);
    this.#bytes.copyWithin(0, count, this.#length);
    this.#start += count;
    this.#length -= count;
    return released;
  }

  #takeStars(before: number): [number, 1 | 2][] {
    const stars = [...this.#stars].filter(([origin]) => origin < before);
    for (const [origin] of stars) this.#stars.delete(origin);
    return stars.sort(([left], [right]) => left - right);
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const bytes = Buffer.allocUnsafe(2 * (this.#length + count));
    this.#bytes.copy(bytes, 0, 0, this.#length);
    this.#bytes = bytes;
  }
}

/** Of UTF-8, by the first byte. */
function characterBytes(first: number): number {
  if (first < 0x80) return 1;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}
