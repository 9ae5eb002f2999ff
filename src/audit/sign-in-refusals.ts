import { logSignInRefused } from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';
import type { LedgerPort } from './ledger-port.ts';

/** A sign-in that was refused. */
export interface SignInRefusal {
  readonly reason: string;
  readonly clientAddress: string;
  /** Where it was tried. */
  readonly via: 'session' | 'api' | 'console' | 'token-exchange';
}

/** Milliseconds in which refusals are counted together. */
const PERIOD_MS = 60_000;
/** Entries of one period that are made at once: of one sort, and of all. */
const SINGLE_PER_SORT_MAX = 5;
const SINGLE_MAX = 100;
/** Sorts (address, reason, way) that are counted apart in one period; the others are counted together. */
const SORTS_MAX = 100;

interface Sort {
  readonly refusal: Readonly<Record<keyof SignInRefusal, string>>;
  entered: number;
  /** Since then not entered by themselves. */
  counted: number;
  firstCountedMs: number;
}

/**
 * Enters refused sign-ins in the ledger and in the log. Anybody can have one refused, as fast as they like, so what is
 * too much to be entered one by one is entered once a minute with how many there were: none is lost, and neither the
 * ledger nor the log grows at the pace of a stranger.
 */
export class SignInRefusals implements Disposable {
  readonly #parts: { readonly ledger: LedgerPort; readonly log: Log; readonly nowMs: () => number };
  readonly #sorts = new Map<string, Sort>();
  #others = createOthers();
  readonly #timer: NodeJS.Timeout;
  #single = 0;

  constructor(parts: {
    readonly ledger: LedgerPort;
    readonly log: Log;
    readonly nowMs: () => number;
  }) {
    this.#parts = parts;
    this.#timer = setInterval(() => this.#endPeriod(), PERIOD_MS);
    this.#timer.unref();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#endPeriod();
  }

  note(refusal: SignInRefusal): void {
    const sort = this.#findSort(refusal);
    if (sort !== this.#others && sort.entered < SINGLE_PER_SORT_MAX && this.#single < SINGLE_MAX) {
      sort.entered += 1;
      this.#single += 1;
      return this.#enter(refusal);
    }
    this.#count(sort, 1, this.#parts.nowMs());
  }

  #count(sort: Sort, count: number, sinceMs: number): void {
    if (sort.counted === 0) sort.firstCountedMs = sinceMs;
    sort.counted += count;
  }

  #findSort(refusal: Sort['refusal']): Sort {
    const { reason, clientAddress, via } = refusal;
    const key = JSON.stringify([reason, clientAddress, via]);
    const known = this.#sorts.get(key);
    if (known !== undefined) return known;
    if (this.#sorts.size === SORTS_MAX) return this.#others;
    const sort = createSort(refusal);
    this.#sorts.set(key, sort);
    return sort;
  }

  #endPeriod(): void {
    const sorts = [...this.#sorts.values(), this.#others];
    this.#sorts.clear();
    this.#others = createOthers();
    this.#single = 0;
    for (const { refusal, counted, firstCountedMs } of sorts) {
      if (counted > 0) this.#enter(refusal, { count: counted, sinceMs: firstCountedMs });
    }
  }

  #enter(
    refusal: Sort['refusal'],
    many?: { readonly count: number; readonly sinceMs: number },
  ): void {
    const { reason, clientAddress, via } = refusal;
    const { ledger, log, nowMs } = this.#parts;
    const { count = 1, sinceMs = nowMs() } = many ?? {};
    const together = many && { count, since: new Date(sinceMs).toISOString() };
    logSignInRefused(log, { clientAddress, reason, ...together });
    const entry = { kind: 'sign-in.refuse', reason, clientAddress, via, ...together } as const;
    ledger.append(entry, 'written', (error) => {
      // It is entered with those of the next minute.
      if (error !== undefined) this.#count(this.#findSort(refusal), count, sinceMs);
    });
  }
}

function createSort(refusal: Sort['refusal']): Sort {
  return { refusal, entered: 0, counted: 0, firstCountedMs: 0 };
}

function createOthers(): Sort {
  return createSort({ reason: 'various', clientAddress: 'various', via: 'various' });
}
