/** Puts together what is written while one piece of input is worked through: each write becomes a message of its own. */
export class OutputBatch {
  readonly #write: (bytes: Buffer) => void;
  #parts: Buffer[] = [];
  #isOpen = false;

  /** @param write Takes the bytes at once: they may be part of the input. */
  constructor(write: (bytes: Buffer) => void) {
    this.#write = write;
  }

  /** From now on output waits for `flush`. */
  begin(): void {
    this.#isOpen = true;
  }

  write(bytes: Buffer): void {
    if (this.#isOpen) this.#parts.push(bytes);
    else this.#write(bytes);
  }

  flush(): void {
    this.#isOpen = false;
    const parts = this.#parts;
    if (parts.length === 0) return;
    this.#parts = [];
    this.#write(parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts));
  }
}
