/** In a turn that brings many entries, the first are not to wait for the last: so many share a write. */
const ENTRIES_PER_WRITE = 4;
/** What comes behind these waits for the turn's end, and the event loop goes on whatever callbacks append. */
const ENTRIES_EARLY_MAX = 256;

/** Says when what was appended in a turn of the event loop is to be written: in small lots, and at its end. */
export class TurnPacing {
  readonly #writeEarly: () => void;
  readonly #endTurn: () => void;
  #entries = 0;

  /**
   * @param writeEarly Called in a turn that is not over yet, once what runs has returned.
   * @param endTurn Called after all sockets that were ready in the turn.
   */
  constructor(writeEarly: () => void, endTurn: () => void) {
    this.#writeEarly = writeEarly;
    this.#endTurn = endTurn;
  }

  /** An entry was appended. */
  added(): void {
    this.#entries += 1;
    if (this.#entries === 1) setImmediate(this.#end);
    const isLot = this.#entries % ENTRIES_PER_WRITE === 0;
    if (isLot && this.#entries <= ENTRIES_EARLY_MAX) process.nextTick(this.#writeEarly);
  }

  readonly #end = (): void => {
    this.#entries = 0;
    this.#endTurn();
  };
}
