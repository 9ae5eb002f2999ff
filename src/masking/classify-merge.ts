import type { ClassifiedColumn } from './classification.ts';

/**
 * What a column is that may hold values of any of the given ones, unchanged: the same where they agree, otherwise of all their
 * classes and redacted.
 *
 * @param columns At least one.
 */
export function mergeColumns(
  columns: readonly ClassifiedColumn[],
  name: string,
  because: string,
): ClassifiedColumn {
  const [first, ...more] = columns;
  if (first !== undefined && more.every((column) => isAlike(first, column))) {
    return { ...first, name, because };
  }
  return deriveColumn(columns, name, because);
}

/** What a column is that is computed from the given ones: of all their classes, and redacted. */
export function deriveColumn(
  columns: readonly ClassifiedColumn[],
  name: string,
  because: string,
): ClassifiedColumn {
  const classes = new Set(columns.flatMap((column) => column.classes));
  return redactColumn(name, [...classes].toSorted(), because);
}

/** A column of which nothing is shown. */
export function redactColumn(
  name: string,
  classes: readonly string[],
  because: string,
): ClassifiedColumn {
  return { name, classes, mask: { kind: 'redact' }, content: 'value', paths: [], because };
}

/** Whether a principal sees the same of both. */
function isAlike(one: ClassifiedColumn, other: ClassifiedColumn): boolean {
  if (one === other) return true;
  const seen = ({ classes, mask, content, paths }: ClassifiedColumn): string =>
    JSON.stringify([classes, mask, content, paths]);
  return seen(one) === seen(other);
}
