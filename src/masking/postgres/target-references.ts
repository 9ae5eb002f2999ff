import type { ColumnRef } from 'libpg-query';
import { findMeanings, type QueryLevel } from './query-levels.ts';
import { RewriteRefusal } from './rewrite-refusal.ts';
import type { StatementState } from './statement-state.ts';

/** A reference with what it may mean. */
export interface PlacedReference {
  readonly reference: ColumnRef;
  readonly fields: readonly string[];
  readonly level: QueryLevel;
}

/** Refuses a reference that may read a masked column of the relation that the statement writes. */
export function noteTargetReference(
  _statement: StatementState,
  { fields, level }: PlacedReference,
): boolean {
  for (const { entry, column } of findMeanings(level, fields)) {
    if (entry.target === undefined) continue;
    const { columns, relation } = entry.target.relation;
    if (column !== '*' && !columns.has(column) && relation.columns.includes(column)) continue;
    throw new RewriteRefusal(
      `the statement reads masked columns of ${relation.schema}.${relation.name}, which it writes`,
    );
  }
  return false;
}
