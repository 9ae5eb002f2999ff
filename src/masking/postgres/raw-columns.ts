import type { SelectStmt } from 'libpg-query';
import type { QueryLevel } from './query-levels.ts';
import type { StatementState } from './statement-state.ts';

/** Shows free text raw where it is a plain output column. */
export function offerRawColumns(
  statement: StatementState,
  select: SelectStmt,
  level: QueryLevel,
): void {
  void statement;
  void select;
  void level;
}
