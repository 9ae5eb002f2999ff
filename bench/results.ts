import { type Spread, spreadOf } from './spread.ts';

/** What `npm run bench` measures, in the order of the table, and how many digits of it mean something. */
export const MEASURES = {
  'simple, 1 client: queries/s': 0,
  'simple, 1 client: p50 µs': 0,
  'simple, 1 client: p99 µs': 0,
  'simple, 16 clients: queries/s': 0,
  'simple, 16 clients: p50 µs': 0,
  'simple, 16 clients: p99 µs': 0,
  'prepared, 1 client: queries/s': 0,
  'prepared, 1 client: p50 µs': 0,
  'prepared, 1 client: p99 µs': 0,
  'prepared, 16 clients: queries/s': 0,
  'prepared, 16 clients: p50 µs': 0,
  'prepared, 16 clients: p99 µs': 0,
  'processor per query, 16 clients: µs': 1,
  'large result: MB/s': 0,
  'COPY out: MB/s': 0,
  'COPY in: MB/s': 0,
  'processor per large result: s/GB': 2,
  'memory idle: MB': 1,
  'memory under load, highest: MB': 1,
  'idle connections: logins/s': 0,
  'memory per idle connection: KB': 1,
  'simple, 1 client beside idle ones: p50 µs': 0,
} as const;

/** The name of something that `npm run bench` measures. */
export type Measure = keyof typeof MEASURES;

/** All measurements of one run, by the measure's name and contestant. */
export class Results<Name extends string = Measure> {
  readonly #values = new Map<string, number[]>();

  /** Adds the measurement of one round. */
  add(contestant: string, measure: Name, value: number): void {
    const key = keyOf(contestant, measure);
    const values = this.#values.get(key) ?? [];
    values.push(value);
    this.#values.set(key, values);
  }

  /** The rounds so far, or nothing if it was not measured: a direct connection has no middle. */
  find(contestant: string, measure: Name): Spread | undefined {
    const values = this.#values.get(keyOf(contestant, measure));
    return values === undefined ? undefined : spreadOf(values);
  }

  /**
   * How often a contestant's figure holds the reference's: of each round by itself, for what else the machine did met both alike;
   * of the rounds the middle one. Nothing if they were not measured side by side, or the reference's is nothing.
   */
  findRatio(contestant: string, reference: string, measure: Name): number | undefined {
    const values = this.#values.get(keyOf(contestant, measure)) ?? [];
    const references = this.#values.get(keyOf(reference, measure)) ?? [];
    if (values.length === 0 || values.length !== references.length) return undefined;
    const ratios = values.map((value, round) => value / (references[round] ?? Number.NaN));
    return ratios.every(Number.isFinite) ? spreadOf(ratios).median : undefined;
  }
}

function keyOf(contestant: string, measure: string): string {
  return `${contestant}\n${measure}`;
}
