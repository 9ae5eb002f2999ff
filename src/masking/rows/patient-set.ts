import { BloomFilter } from './bloom-filter.ts';
import { HyperLogLog } from './hyper-log-log.ts';
import type { PatientHasher } from './patient-hasher.ts';
import type { PatientIdReader } from './patient-id.ts';

/** Different patients of one result that are kept one by one: as many hashes take 24 KB of an entry's 64. */
export const EXACT_PATIENTS_MAX = 1000;
/** Enough digits to tell rates apart. */
const RATE_DIGITS = 3;

/** A set of patients as the ledger keeps it. See docs/evidence.md. */
export type PatientsFields =
  | {
      readonly form: 'exact';
      /** Of the key of the hashes. */
      readonly key: string;
      /** In base64url, 16 bytes each. */
      readonly hashes: readonly string[];
    }
  | {
      readonly form: 'sketch';
      readonly key: string;
      /** About how many different patients; the standard error is 1.6 %. */
      readonly about: number;
      /** HyperLogLog, in base64url. */
      readonly registers: string;
      /** Bloom filter, in base64url. */
      readonly filter: string;
      /** How often the filter says "maybe" of a patient who is not among them, from 0 to 1. */
      readonly falsePositives: number;
    };

/** The different patients of one result: their hashes while they are few, a sketch of them after that. */
export class PatientSet {
  readonly #hasher: PatientHasher;
  #lastHigh = 0;
  #lastLow = 0;
  #isEmpty = true;
  /** By 53 bits of their short hash. */
  readonly #seen = new Set<number>();
  readonly #hashes: string[] = [];
  /** Both halves of each short hash, until the sketch has them. */
  #halves: number[] = [];
  #counter: HyperLogLog | undefined;
  #filter: BloomFilter | undefined;

  constructor(hasher: PatientHasher) {
    this.#hasher = hasher;
  }

  /** Adds whom the reader has just read. */
  add({ bytes, start, end }: PatientIdReader): void {
    const { sip } = this.#hasher;
    sip.update(bytes, start, end);
    const { high, low } = sip;
    // Rows of one patient often follow each other.
    if (high === this.#lastHigh && low === this.#lastLow && !this.#isEmpty) return;
    this.#lastHigh = high;
    this.#lastLow = low;
    this.#isEmpty = false;
    if (this.#filter !== undefined) {
      this.#filter.add(high, low);
      this.#counter?.add(high, low);
      return;
    }
    const key = (high & 0x1f_ffff) * 0x1_0000_0000 + (low >>> 0);
    if (this.#seen.has(key)) return;
    this.#halves.push(high, low);
    if (this.#seen.size === EXACT_PATIENTS_MAX) return this.#sketch();
    this.#seen.add(key);
    this.#hashes.push(this.#hasher.digest(bytes, start, end));
  }

  /** @param filterBytesMax Of a sketch. Default: as many as keep it well below an entry's limit if there is no other. */
  toFields(filterBytesMax?: number): PatientsFields {
    const key = this.#hasher.keyId;
    if (this.#filter === undefined || this.#counter === undefined) {
      // Sorted, so that their order says nothing of the rows'.
      return { form: 'exact', key, hashes: this.#hashes.toSorted() };
    }
    this.#filter.fold(filterBytesMax);
    return {
      form: 'sketch',
      key,
      about: this.#counter.estimate(),
      registers: this.#counter.registers.toString('base64url'),
      filter: this.#filter.bytes.toString('base64url'),
      falsePositives: Number(this.#filter.falsePositives().toPrecision(RATE_DIGITS)),
    };
  }

  #sketch(): void {
    const counter = new HyperLogLog();
    const filter = new BloomFilter();
    for (let index = 0; index < this.#halves.length; index += 2) {
      const [high = 0, low = 0] = [this.#halves[index], this.#halves[index + 1]];
      counter.add(high, low);
      filter.add(high, low);
    }
    this.#counter = counter;
    this.#filter = filter;
    this.#halves = [];
  }
}
