/** Looks for a value in bytes as they come, wherever they are cut. */
export class ByteSearch {
  readonly #wanted: Buffer;
  #tail: Buffer = Buffer.alloc(0);

  constructor(wanted: string) {
    this.#wanted = Buffer.from(wanted);
  }

  /** Answers whether the value ends in these bytes. */
  add(chunk: Buffer): boolean {
    const bytes = Buffer.concat([this.#tail, chunk]);
    this.#tail = bytes.subarray(Math.max(0, bytes.length - this.#wanted.length + 1));
    return bytes.includes(this.#wanted);
  }
}
