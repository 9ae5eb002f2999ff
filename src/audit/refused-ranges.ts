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
