/** The bytes of a content that streams by, some of them changed. */
export class ChangedBytes {
  #pieces: Buffer[] = [];
  /** Up to where the bytes at hand were taken over. */
  #takenTo = 0;

  /** Puts others in the place of `bytes[start, end)`: behind those that were replaced before. */
  replace(
    bytes: Buffer,
    { start, end }: { readonly start: number; readonly end: number },
    others: Buffer,
  ): void {
    this.#pieces.push(bytes.subarray(this.#takenTo, start), others);
    this.#takenTo = end;
  }

  /** What has become of `bytes[0, end)`. Those that come next have offsets of their own. */
  take(bytes: Buffer, end: number): Buffer {
    this.#pieces.push(bytes.subarray(this.#takenTo, end));
    const changed = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#takenTo = 0;
    return changed;
  }
}
