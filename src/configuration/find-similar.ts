/** Characters of a name beyond which nothing is taken for similar to it. */
const LENGTH_COMPARED = 64;

/** The name that was probably meant, of those that there are: one letter off, or a third of all. */
export function findSimilar(wanted: string, known: readonly string[]): string | undefined {
  const [nearest] = known
    .map((name) => ({ name, distance: countEdits(wanted.toLowerCase(), name.toLowerCase()) }))
    .toSorted((a, b) => a.distance - b.distance);
  if (nearest === undefined) return undefined;
  return nearest.distance <= Math.max(1, wanted.length / 3) ? nearest.name : undefined;
}

/** Levenshtein's distance. */
function countEdits(from: string, to: string): number {
  if (from.length > LENGTH_COMPARED) return from.length;
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
