/** Bytes gathered before they are handed on. */
const GATHERED_BYTES_MAX = 256 * 1024;

/** One for all sessions: what is gathered is handed on before the next session's turn. */
let memory: Buffer | undefined;

/**
 * Gathers what goes to the client where rows are replaced one by one, so that it is written in large
 * pieces. Whoever adds flushes before the event loop goes on, whatever happens in between.
 *
 * Where nothing is replaced, one piece of what was read is all there is, and it is never copied.
 */
export class OutputBuffer {
  readonly #show: (buffer: Buffer, start: number, end: number) => void;
  /** Stays as it is until the flush. */
  #read: Buffer | undefined;
  /** The piece of it that comes before what is gathered; empty for none. */
  #readStart = 0;
  #readEnd = 0;
  #size = 0;

  /** @param show Takes bytes that are only lent. */
  constructor(show: (buffer: Buffer, start: number, end: number) => void) {
    this.#show = show;
  }

  /** What comes from `read` stays as it is until {@link flush}. */
  begin(read: Buffer): void {
    this.#read = read;
  }

  /** Takes `buffer[start, end)`, only lent. */
  add(buffer: Buffer, start: number, end: number): void {
    if (this.#size === 0 && this.#readEnd === 0 && buffer === this.#read) {
      this.#readStart = start;
      this.#readEnd = end;
      return;
    }
    if (this.#readEnd > 0) this.#gatherRead();
    this.#gather(buffer, start, end);
  }

  flush(): void {
    if (this.#readEnd > 0) this.#showRead();
    this.#read = undefined;
    this.#showGathered();
  }

  #gatherRead(): void {
    const [read, end] = [this.#read as Buffer, this.#readEnd];
    this.#readEnd = 0;
    this.#gather(read, this.#readStart, end);
  }

  #showRead(): void {
    const [read, end] = [this.#read as Buffer, this.#readEnd];
    this.#readEnd = 0;
    this.#show(read, this.#readStart, end);
  }

  #gather(buffer: Buffer, start: number, end: number): void {
    const size = end - start;
    if (this.#size + size > GATHERED_BYTES_MAX) this.#showGathered();
    if (size > GATHERED_BYTES_MAX / 2) {
      this.#showGathered();
      this.#show(buffer, start, end);
      return;
    }
    memory ??= Buffer.allocUnsafeSlow(GATHERED_BYTES_MAX);
    buffer.copy(memory, this.#size, start, end);
    this.#size += size;
  }

  #showGathered(): void {
    if (this.#size === 0) return;
    const size = this.#size;
    this.#size = 0;
    this.#show(memory as Buffer, 0, size);
  }
}
