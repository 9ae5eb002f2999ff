/** Bytes that are handed on at once at most. */
const GATHERED_BYTES_MAX = 256 * 1024;

/** One for all streams: what is in it is only lent, and nobody is handed anything within a hand-over. */
let memory: Buffer | undefined;

/**
 * Gathers the pieces that a stream brings within one turn of the event loop. TLS and HTTP/2 cut what is large into some
 * 8 KiB each, and whatever is done for a piece, down to a write, costs more than the copy.
 */
export class GatheredChunks {
  readonly #handOn: (buffer: Buffer, start: number, end: number) => void;
  readonly #endTurn: () => void;
  #pieces: Buffer[] = [];
  #size = 0;
  #isTurnEnding = false;
  #isHeld = false;

  /** @param handOn Takes bytes that are only lent. */
  constructor(handOn: (buffer: Buffer, start: number, end: number) => void) {
    this.#handOn = handOn;
    this.#endTurn = () => {
      this.#isTurnEnding = false;
      if (!this.#isHeld) this.flush();
    };
  }

  /** Whether nothing waits for the end of the turn. */
  get isEmpty(): boolean {
    return this.#size === 0;
  }

  /** Takes a piece that nobody changes any more. */
  add(piece: Buffer): void {
    if (this.#size + piece.length > GATHERED_BYTES_MAX && !this.#isHeld) this.flush();
    this.#pieces.push(piece);
    this.#size += piece.length;
    this.#flushSoon();
  }

  /** Hands nothing on until {@link release} or {@link flush}. */
  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    if (this.#size > 0) this.#flushSoon();
  }

  /** Hands on what there is. */
  flush(): void {
    const pieces = this.#pieces;
    const [first] = pieces;
    if (first === undefined) return;
    const size = this.#size;
    this.#pieces = [];
    this.#size = 0;
    if (pieces.length === 1 || size > GATHERED_BYTES_MAX) {
      for (const piece of pieces) this.#handOn(piece, 0, piece.length);
      return;
    }
    memory ??= Buffer.allocUnsafeSlow(GATHERED_BYTES_MAX);
    let at = 0;
    for (const piece of pieces) at += piece.copy(memory, at);
    this.#handOn(memory, 0, size);
  }

  /** Forgets what there is. */
  drop(): void {
    this.#pieces = [];
    this.#size = 0;
  }

  #flushSoon(): void {
    if (this.#isTurnEnding) return;
    this.#isTurnEnding = true;
    setImmediate(this.#endTurn);
  }
}
