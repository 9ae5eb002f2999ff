/** Bytes gathered before they are handed on. */
const GATHERED_BYTES_MAX = 256 * 1024;

/** One for all sessions: what is gathered is handed on before the next session's turn. */
let memory: Buffer | undefined;

/**
 * Gathers what goes to the client where rows are replaced one by one, so that it is written in large
 * pieces. Whoever adds flushes before the event loop goes on, whatever happens in between.
 */
export class OutputBuffer {
  readonly #show: (buffer: Buffer, start: number, end: number) => void;
  #size = 0;

  /** @param show Takes bytes that are only lent. */
  constructor(show: (buffer: Buffer, start: number, end: number) => void) {
    this.#show = show;
  }

  /** Takes `buffer[start, end)`, only lent. */
  add(buffer: Buffer, start: number, end: number): void {
    const size = end - start;
    if (this.#size + size > GATHERED_BYTES_MAX) this.flush();
    if (size > GATHERED_BYTES_MAX / 2) {
      this.flush();
      this.#show(buffer, start, end);
      return;
    }
    memory ??= Buffer.allocUnsafeSlow(GATHERED_BYTES_MAX);
    buffer.copy(memory, this.#size, start, end);
    this.#size += size;
  }

  flush(): void {
    if (this.#size === 0) return;
    const size = this.#size;
    this.#size = 0;
    this.#show(memory as Buffer, 0, size);
  }
}
