import { alternativeLineage, type LineageColumn } from './classify-lineage.ts';
import { UnresolvedError } from './classify-scope.ts';

/** The columns of a query of two parts, of which each row is one of either. */
export function mergeColumns(
  left: readonly LineageColumn[],
  right: readonly LineageColumn[],
): readonly LineageColumn[] {
  if (left.length !== right.length) {
    throw new UnresolvedError('Cannot read query: its parts have different columns');
  }
  return left.map(({ name, lineage }, index) => {
    const other = right[index]?.lineage ?? lineage;
    return { name, lineage: alternativeLineage([lineage, other]) };
  });
}

/** The same where rows of one part stand for a row of one thing: so do those of both. */
export function mergeArms(
  left: readonly LineageColumn[],
  right: readonly LineageColumn[],
  nextRow: () => number,
): readonly LineageColumn[] {
  const merged = mergeColumns(left, right);
  if (countRows(left) > 1 || countRows(right) > 1) return merged;
  const row = nextRow();
  return renumberRows(merged, () => row);
}

function countRows(columns: readonly LineageColumn[]): number {
  return new Set(columns.flatMap(({ lineage }) => [...lineage.rows])).size;
}

/** The same columns of other rows: those that were of one row still are. */
export function renumberRows(
  columns: readonly LineageColumn[],
  nextRow: () => number,
): readonly LineageColumn[] {
  const numbers = new Map<number, number>();
  const renumber = (row: number): number => {
    const number = numbers.get(row) ?? nextRow();
    numbers.set(row, number);
    return number;
  };
  return columns.map(({ name, lineage }) => {
    return { name, lineage: { ...lineage, rows: new Set([...lineage.rows].map(renumber)) } };
  });
}

/** Grows with every source and function, and with every column that is no longer plain. */
export function measure(columns: readonly LineageColumn[]): number {
  return columns.reduce((sum, { lineage: { sources, builtIns, functions, isPlain } }) => {
    return sum + sources.size + builtIns.size + functions.size + (isPlain ? 0 : 1);
  }, 0);
}
