import type { Catalog } from '../../sql/postgres/catalog.ts';

/** What a target database's catalog costs and how old it may get. */
export interface CatalogCacheOptions {
  /** Reads the catalog through the gateway's own connection. An equal one may be `known` itself. */
  readonly read: (known: Catalog | undefined) => Promise<Catalog>;
  /** Told when reading in the background failed; the last catalog stays. */
  readonly onError: (error: unknown) => void;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
  /** Milliseconds between readings that nobody asked for. */
  readonly ageMaxMs: number;
}

/** Changes come in rows: a reading that began at once would be waited for by who needs the next. */
const SOON_MIN_MS = 20;
const SOON_MAX_MS = 200;
/** How many times as long as the last reading took the next one waits, if nobody waits for it. */
const PAUSE_PER_READING = 2;

/**
 * The catalog of one target database, shared by its sessions.
 *
 * It is read when a session meets a name it does not know, after a session changed something, and
 * when it is old. Readings never overlap: whoever asks while one is running gets the next.
 */
export class CatalogCache {
  readonly #options: CatalogCacheOptions;
  #current: Catalog | undefined;
  #running: Promise<Catalog> | undefined;
  #next: Promise<Catalog> | undefined;
  /** A reading is to begin. */
  #soon: NodeJS.Timeout | undefined;
  #begun = 0;
  #completed = 0;
  /** Milliseconds that the last reading took. */
  #tookMs = 0;
  /** When the last reading began. */
  #readAtMs = Number.NEGATIVE_INFINITY;
  /** When the reading began that the current catalog is from. */
  #currentAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: CatalogCacheOptions) {
    this.#options = options;
  }

  get current(): Catalog | undefined {
    return this.#current;
  }

  /** Number of the next reading to begin: once `completed` has reached it, its content is newer than now. */
  get nextReading(): number {
    return this.#begun + 1;
  }

  get completed(): number {
    return this.#completed;
  }

  /** A catalog that was read after this call. */
  refresh(): Promise<Catalog> {
    const running = this.#running;
    if (running === undefined) return this.#begin();
    this.#next ??= this.#after(running);
    return this.#next;
  }

  /** The reading with that number, or a later one; see {@link nextReading}. */
  reach(number: number): Promise<Catalog> {
    const running = this.#running;
    return running !== undefined && this.#begun >= number ? running : this.refresh();
  }

  /** Reads in the background if the catalog is old. Cheap; call it often. */
  refreshIfOld(): void {
    if (this.#running !== undefined) return;
    if (this.#options.nowMs() - this.#readAtMs < this.#options.ageMaxMs) return;
    this.#readInBackground();
  }

  /**
   * Whether the catalog is so old that a statement should rather wait for a reading. False while the
   * target does not let it be read: what is known then has to do, until the next attempt is due.
   */
  get isTooOld(): boolean {
    const { nowMs, ageMaxMs } = this.#options;
    if (nowMs() - this.#currentAtMs < 2 * ageMaxMs) return false;
    return this.#running !== undefined || nowMs() - this.#readAtMs >= ageMaxMs;
  }

  /** Something changed: read again soon, in the background. Whoever cannot wait so long asks for it. */
  invalidate(): void {
    const delayMs = Math.min(SOON_MAX_MS, SOON_MIN_MS + PAUSE_PER_READING * this.#tookMs);
    this.#soon ??= setTimeout(() => this.#readInBackground(), delayMs).unref();
  }

  #readInBackground(): void {
    this.refresh().catch(this.#options.onError);
  }

  async #after(running: Promise<Catalog>): Promise<Catalog> {
    await running.catch(() => undefined);
    this.#next = undefined;
    return this.#begin();
  }

  #begin(): Promise<Catalog> {
    clearTimeout(this.#soon);
    this.#soon = undefined;
    this.#begun += 1;
    const number = this.#begun;
    // Old even if it fails, so that a target that is away is not asked at every statement.
    const beganAtMs = this.#options.nowMs();
    this.#readAtMs = beganAtMs;
    this.#running = this.#options
      .read(this.#current)
      .then((catalog) => {
        // An equal catalog stays the same object: analyses made with it stay valid.
        if (this.#current?.version !== catalog.version) this.#current = catalog;
        this.#completed = number;
        this.#currentAtMs = beganAtMs;
        return this.#current ?? catalog;
      })
      .finally(() => {
        this.#tookMs = this.#options.nowMs() - beganAtMs;
        this.#running = undefined;
      });
    return this.#running;
  }
}
