import type { Entry } from './decode-entry.ts';

/** First and last sequence number. */
export type SeqRange = readonly [number, number];

/** So that a `ledger.resume` entry stays far below the limit of an entry. */
const RANGES_PER_ENTRY_MAX = 1_000;

/**
 * Joins neighbours, so that `[1, 2, 3, 7]` becomes `[[1, 3], [7, 7]]`, and splits the ranges into as
 * many lists as entries are needed for them: at least one, even for nothing.
 */
export function refusedRanges(seqs: readonly number[]): readonly (readonly SeqRange[])[] {
  const ranges: [number, number][] = [];
  for (const seq of seqs.toSorted((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === seq - 1) last[1] = seq;
    else ranges.push([seq, seq]);
  }
  const lists: SeqRange[][] = [ranges.slice(0, RANGES_PER_ENTRY_MAX)];
  for (let at = RANGES_PER_ENTRY_MAX; at < ranges.length; at += RANGES_PER_ENTRY_MAX) {
    lists.push(ranges.slice(at, at + RANGES_PER_ENTRY_MAX));
  }
  return lists;
}

/** Which entries of its log an entry says were refused to their callers: what they announce did not happen. */
export function readRefused({ kind, refused }: Entry): (seq: number) => boolean {
  const ranges = kind === 'ledger.resume' && Array.isArray(refused) ? refused.filter(isRange) : [];
  return (seq) => ranges.some(([first, last]) => first <= seq && seq <= last);
}

function isRange(value: unknown): value is SeqRange {
  return Array.isArray(value) && value.length === 2 && value.every(Number.isSafeInteger);
}
