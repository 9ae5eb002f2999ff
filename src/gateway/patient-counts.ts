import { countsOf, fieldsOf, textOf, textsOf } from '../audit/entry-fields.ts';
import { isDayOver } from '../signals/is-day-over.ts';

/** Patients of one principal that are told apart in a day; more are only estimated. */
const TOLD_APART_MAX = 5_000;

interface Count {
  /** Keyed hashes. */
  readonly patients: Set<string>;
  /** Beyond those, of results seen here. */
  estimatedHere: number;
  /** Beyond those, by what the readers of each gateway's ledger made of its results. */
  readonly estimatedAll: Map<string, number>;
}

/** What the readers of one gateway's ledger learned of a principal. */
export interface LearnedPatients {
  readonly gateway: string;
  /** `YYYY-MM-DD` that it is about. */
  readonly day: string;
  /** Keyed hashes, as in evidence: `key:hash`. */
  readonly patients: readonly string[];
  /** Beyond those, about. */
  readonly estimated: number;
}

/** Stands for a number that is not known. */
const UNKNOWN = Number.MAX_SAFE_INTEGER;

/** How many different patients each principal was shown today, about: what budgets in policies go by. */
export class PatientCounts {
  readonly #nowMs: () => number;
  #day = '';
  #isCurrent = true;
  readonly #counts = new Map<string, Count>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Today is that of UTC. Never too low by what this process saw. */
  count(principalId: string): number {
    if (!this.#isCurrent) return UNKNOWN;
    this.#turnDay();
    const count = this.#counts.get(principalId);
    if (count === undefined) return 0;
    let estimatedAll = 0;
    for (const estimated of count.estimatedAll.values()) estimatedAll += estimated;
    return count.patients.size + Math.max(count.estimatedHere, estimatedAll);
  }

  /** Counts more than any budget has while it is not known what others show. */
  setCurrent(isCurrent: boolean): void {
    this.#isCurrent = isCurrent;
  }

  /** @param evidence The fields of a `result` entry. */
  add(principalId: string, evidence: Readonly<Record<string, unknown>>): void {
    this.#turnDay();
    // Whom only the statement's conditions name can have been shown: a budget that left them out could be gone around.
    for (const field of ['patients', 'pseudonyms', 'named']) {
      const set = fieldsOf(evidence[field]);
      const key = textOf(set['key']) ?? '';
      const count = this.#countOf(principalId);
      for (const hash of textsOf(set['hashes'])) {
        if (!addPatient(count, `${key}:${hash}`)) count.estimatedHere += 1;
      }
      for (const [name, about] of countsOf(set)) {
        if (name === 'about') count.estimatedHere += about;
      }
    }
  }

  /**
   * Takes over what was learned from the ledger: results of other processes, and of before a restart.
   *
   */
  merge(principalId: string, { gateway, day, patients, estimated }: LearnedPatients): void {
    this.#turnDay();
    if (day !== this.#day) return;
    const count = this.#countOf(principalId);
    const untold = patients.filter((patient) => !addPatient(count, patient)).length;
    count.estimatedAll.set(gateway, estimated + untold);
  }

  #turnDay(): void {
    const day = new Date(this.#nowMs()).toISOString().slice(0, 'YYYY-MM-DD'.length);
    if (!isDayOver(this.#day, day)) return;
    this.#day = day;
    this.#counts.clear();
  }

  #countOf(principalId: string): Count {
    let count = this.#counts.get(principalId);
    if (count === undefined) {
      count = { patients: new Set(), estimatedHere: 0, estimatedAll: new Map() };
      this.#counts.set(principalId, count);
    }
    return count;
  }
}

function addPatient({ patients }: Count, patient: string): boolean {
  if (patients.size >= TOLD_APART_MAX && !patients.has(patient)) return false;
  patients.add(patient);
  return true;
}
