import { isDayOver } from './is-day-over.ts';
import { EMPTY_HISTORY, type PrincipalHistory, turnDay } from './principal-history.ts';
import { type EntryReference, REFERENCES_MAX, type SignalRuleName } from './signal.ts';

/** Pairs of target and patient that are told apart in a day; more are only estimated. */
const PAIRS_MAX = 5_000;

/** What is known of one principal, while its entries come. */
export class PrincipalRecord {
  #history: PrincipalHistory;
  /** Targets on which a patient's rows were shown today, by the patient's hash. */
  readonly #targets = new Map<string, Set<string>>();
  #pairs = 0;
  #patientsEstimated: number;
  #rowsToday: number;
  readonly #said: Set<SignalRuleName>;
  readonly #results: EntryReference[] = [];

  constructor(history: PrincipalHistory = EMPTY_HISTORY) {
    this.#history = history;
    this.#patientsEstimated = history.patientsEstimated;
    this.#rowsToday = history.rowsToday;
    this.#said = new Set(history.saidToday);
    for (const pair of history.patientsToday) {
      const gap = pair.indexOf(' ');
      this.addPatient(pair.slice(0, gap), pair.slice(gap + 1));
    }
  }

  /** As plain data, to be kept. */
  get history(): PrincipalHistory {
    return {
      ...this.#history,
      rowsToday: this.#rowsToday,
      saidToday: [...this.#said],
      patientsEstimated: this.#patientsEstimated,
      patientsToday: [...this.#targets].flatMap(([hash, targets]) =>
        [...targets].map((target) => `${target} ${hash}`),
      ),
    };
  }

  /** Without what is counted today. */
  get past(): PrincipalHistory {
    return this.#history;
  }

  get rowsToday(): number {
    return this.#rowsToday;
  }

  /** Different patients today, about. */
  get patientsToday(): number {
    return this.#targets.size + this.#patientsEstimated;
  }

  /** The last results of today. */
  get results(): readonly EntryReference[] {
    return this.#results;
  }

  /** Closes the day if another has begun. */
  turnDay(day: string): void {
    // Asked at each entry: what a day has, up to thousands of patients, is put together once.
    if (!isDayOver(this.#history.day, day)) return;
    this.#history = turnDay(this.history, day);
    this.#targets.clear();
    this.#pairs = 0;
    this.#patientsEstimated = 0;
    this.#rowsToday = 0;
    this.#said.clear();
    this.#results.length = 0;
  }

  addSession(atMs: number, network: string): void {
    const hour = new Date(atMs).getUTCHours();
    const { hoursToday, networksToday } = this.#history;
    this.#history = {
      ...this.#history,
      hoursToday: [...new Set([...hoursToday, hour])],
      networksToday: [...new Set([...networksToday, network])],
      lastSessionAtMs: atMs,
    };
  }

  addResult(rows: number, entry: EntryReference): void {
    this.#rowsToday += rows;
    this.#results.push(entry);
    if (this.#results.length > REFERENCES_MAX) this.#results.shift();
  }

  /** Answers on how many targets the patient's rows were shown today. */
  addPatient(target: string, hash: string): number {
    const targets = this.#targets.get(hash);
    if (targets?.has(target) === true) return targets.size;
    if (this.#pairs >= PAIRS_MAX) {
      this.#patientsEstimated += 1;
      return 0;
    }
    this.#pairs += 1;
    if (targets === undefined) this.#targets.set(hash, new Set([target]));
    else targets.add(target);
    return this.#targets.get(hash)?.size ?? 0;
  }

  /** Patients of a result that only tells how many they were. */
  addEstimate(patients: number): void {
    this.#patientsEstimated += patients;
  }

  /** Whether a rule speaks for the first time today. */
  isFirst(rule: SignalRuleName): boolean {
    if (this.#said.has(rule)) return false;
    this.#said.add(rule);
    return true;
  }
}
