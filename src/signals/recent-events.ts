import { type EntryReference, REFERENCES_MAX } from './signal.ts';

interface Recent {
  /** Milliseconds since the Unix epoch, oldest first. */
  readonly times: number[];
  readonly entries: EntryReference[];
  /** Nothing more is said until then. */
  quietUntilMs: number;
}

/** Keys whose events are counted; the longest unused is forgotten. */
const KEYS_MAX = 50_000;
/** How long after a signal the same is not said again. */
const QUIET_MS = 3_600_000;

/** Counts what happens again and again within a while, by key. */
export class RecentEvents {
  readonly #byKey = new Map<string, Recent>();
  readonly #countMax: number;
  readonly #windowMs: number;

  /** @param countMax How often something may happen within `windowMs`. */
  constructor(countMax: number, windowMs: number) {
    this.#countMax = countMax;
    this.#windowMs = windowMs;
  }

  /** Notes an event, or several at once. Answers with the entries behind them when there were too many. */
  note(
    key: string,
    atMs: number,
    entry: EntryReference,
    count = 1,
  ): readonly EntryReference[] | undefined {
    const recent = this.#byKey.get(key) ?? { times: [], entries: [], quietUntilMs: 0 };
    this.#byKey.delete(key);
    this.#byKey.set(key, recent);
    if (this.#byKey.size > KEYS_MAX) this.#forgetOldest();

    const noted = Math.min(count, this.#countMax + 1);
    for (let i = 0; i < noted; i++) recent.times.push(atMs);
    recent.entries.push(entry);
    if (recent.entries.length > REFERENCES_MAX) recent.entries.shift();
    while ((recent.times[0] ?? atMs) < atMs - this.#windowMs) recent.times.shift();
    const quietMs = recent.quietUntilMs - atMs;
    // More than that is the doing of a clock that was wrong.
    const isQuiet = quietMs > 0 && quietMs <= QUIET_MS;
    if (recent.times.length <= this.#countMax || isQuiet) {
      // More than it takes need not be remembered.
      recent.times.splice(0, recent.times.length - this.#countMax);
      return undefined;
    }
    recent.quietUntilMs = atMs + QUIET_MS;
    recent.times.length = 0;
    return recent.entries.slice(-Math.min(REFERENCES_MAX, this.#countMax + 1));
  }

  #forgetOldest(): void {
    const [oldest] = this.#byKey.keys();
    if (oldest !== undefined) this.#byKey.delete(oldest);
  }
}
