import type { EntryBatch } from './entry-batch.ts';

/** In a turn that brings many entries, the first are not to wait for the last: so many share a write. */
const ENTRIES_PER_WRITE = 4;
/** What comes behind these waits for the turn's end, and the event loop goes on whatever callbacks append. */
const ENTRIES_EARLY_MAX = 256;
/** Turns for which a sync waits for company, where the last one had some: it costs as much for many as for one. */
const GATHERING_TURNS_MAX = 4;
/** Milliseconds that an entry may wait for others. */
const GATHERING_MS_MAX = 1;

/**
 * Says when what was appended in a turn of the event loop is to be written: in small lots, and at its end; and when
 * it is to be synced. Whoever is alone with an entry does not wait for others.
 */
export class TurnPacing {
  readonly #writeEarly: () => void;
  readonly #endTurn: () => void;
  #entries = 0;
  #isTurnEnding = false;
  /** Entries that the last sync was for. */
  #lastSynced = 0;
  #turnsGathered = 0;

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
    this.#expectEnd();
    const isLot = this.#entries % ENTRIES_PER_WRITE === 0;
    if (isLot && this.#entries <= ENTRIES_EARLY_MAX) process.nextTick(this.#writeEarly);
  }

  /** Whether the sync of a batch had better wait: until the end of a turn is told again. */
  putsOffSync({ firstAtMs }: Pick<EntryBatch, 'firstAtMs'>): boolean {
    const isAlone = this.#lastSynced < 2;
    if (isAlone || this.#turnsGathered === GATHERING_TURNS_MAX) return false;
    if (performance.now() - firstAtMs > GATHERING_MS_MAX) return false;
    this.#turnsGathered += 1;
    this.#expectEnd();
    return true;
  }

  /** A sync begins. */
  syncs({ waitingCount }: Pick<EntryBatch, 'waitingCount'>): void {
    this.#lastSynced = waitingCount;
    this.#turnsGathered = 0;
  }

  #expectEnd(): void {
    if (this.#isTurnEnding) return;
    this.#isTurnEnding = true;
    setImmediate(this.#end);
  }

  readonly #end = (): void => {
    this.#isTurnEnding = false;
    this.#entries = 0;
    this.#endTurn();
  };
}
