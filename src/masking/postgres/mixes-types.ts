import { constantInteger, type Node } from '../../sql/postgres/tree.ts';

/** Statements and their parts in which no value meets one of another type: what they convert, they name the type of. */
const UNMIXED: ReadonlySet<string> = new Set(
  `TransactionStmt VariableSetStmt VariableShowStmt ListenStmt NotifyStmt UnlistenStmt ClosePortalStmt DeallocateStmt DiscardStmt
  ConstraintsSetStmt CheckPointStmt LockStmt TruncateStmt VacuumStmt VacuumRelation FetchStmt ExecuteStmt ExplainStmt PrepareStmt
  DeclareCursorStmt CopyStmt DropStmt DefElem SelectStmt ResTarget ColumnRef A_Star A_Const TypeCast TypeName RangeVar RangeSubselect
  CommonTableExpr SortBy LockingClause List String Integer Float Boolean`.split(/\s+/),
);

/** Fields in which types meet: arms of UNION, conditions, rows of VALUES. */
const MIXING: ReadonlySet<string> = new Set(
  'larg rarg whereClause havingClause valuesLists windowClause cycle_clause'.split(' '),
);

/**
 * Whether values may become of another type in a statement that it does not name. False only where columns and constants are shown as they
 * are, or as of a type that is written beside them.
 */
export function mixesTypes(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, child]) => {
    if (key === 'limitCount' || key === 'limitOffset')
      return constantInteger(child as Node) === undefined;
    const isKind = /^[A-Z]/u.test(key);
    return MIXING.has(key) || (isKind && !UNMIXED.has(key)) || mixesTypes(child);
  });
}
