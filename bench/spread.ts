import assert from 'node:assert/strict';

/** Several measurements of one thing: the middle one, and how far they spread. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Summarises at least one measurement. With an even number, the median lies between the middle two. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const low = sorted[Math.ceil(sorted.length / 2) - 1];
  const high = sorted[Math.floor(sorted.length / 2)];
  const [min] = sorted;
  const max = sorted.at(-1);
  assert(low !== undefined && high !== undefined && min !== undefined && max !== undefined);
  return { median: (low + high) / 2, min, max };
}

/**
 * The smallest value that at least this share of `sorted` does not exceed (nearest rank).
 *
 * @param share Between 0 and 1: 0.99 for p99.
 */
export function percentile(sorted: Float64Array, share: number): number {
  const value = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
  assert(value !== undefined);
  return value;
}
