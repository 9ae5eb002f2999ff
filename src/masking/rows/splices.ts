/** Replacements of ranges of one buffer, collected in the order of their offsets. */
export class Splices {
  readonly #bounds: number[] = [];
  readonly #replacements: Buffer[] = [];
  #growth = 0;

  get isEmpty(): boolean {
    return this.#replacements.length === 0;
  }

  /** Bytes that the result has more than the original; negative where it is shorter. */
  get growth(): number {
    return this.#growth;
  }

  /** Ranges neither overlap nor go back. */
  add(start: number, end: number, replacement: Buffer): void {
    this.#bounds.push(start, end);
    this.#replacements.push(replacement);
    this.#growth += replacement.length - (end - start);
  }

  /** A copy of `bytes[start, end)` with the replacements in it. */
  apply(bytes: Buffer, start: number, end: number): Buffer {
    const result = Buffer.allocUnsafe(end - start + this.#growth);
    let read = start;
    let written = 0;
    for (const [index, replacement] of this.#replacements.entries()) {
      const from = this.#bounds[2 * index] as number;
      written += bytes.copy(result, written, read, from);
      written += replacement.copy(result, written);
      read = this.#bounds[2 * index + 1] as number;
    }
    bytes.copy(result, written, read, end);
    return result;
  }
}
