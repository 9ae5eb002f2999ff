/** Statements that read, or write a relation by its name. */
export const WRITES: ReadonlySet<string> = new Set([
  'InsertStmt',
  'UpdateStmt',
  'DeleteStmt',
  'MergeStmt',
]);

/** Statements that may name a relation with masked columns, since they show and test nothing that it holds. */
export const HARMLESS_TO_NAMED: ReadonlySet<string> = new Set([
  'LockStmt',
  'TruncateStmt',
  'VacuumStmt',
]);

/** Statements of the session that name no relation. */
const OF_SESSION = `VariableSetStmt VariableShowStmt TransactionStmt ListenStmt NotifyStmt UnlistenStmt DiscardStmt DeallocateStmt
  FetchStmt ClosePortalStmt ConstraintsSetStmt CheckPointStmt`;

/** Definitions that store no code, as long as they name no relation with masked columns. */
const DEFINITIONS = `CreateStmt IndexStmt CreateSeqStmt AlterSeqStmt CreateSchemaStmt DropStmt AlterTableStmt RenameStmt CommentStmt
  AlterObjectSchemaStmt AlterOwnerStmt GrantStmt GrantRoleStmt AlterDefaultPrivilegesStmt CreateEnumStmt AlterEnumStmt
  CompositeTypeStmt CreateDomainStmt AlterDomainStmt CreateRoleStmt AlterRoleStmt DropRoleStmt ReindexStmt ClusterStmt
  RefreshMatViewStmt DropOwnedStmt ReassignOwnedStmt`;

/** Whatever is not here is refused: it stores code, loads it, or nobody has thought about it. */
export const UNDERSTOOD: ReadonlySet<string> = new Set(`${OF_SESSION} ${DEFINITIONS}`.split(/\s+/));

/** Fields whose names are of columns, types, functions or operators, never of relations. */
export const NOT_OF_RELATIONS: ReadonlySet<string> = new Set(
  `fields funcname attlist fk_attrs pk_attrs fk_del_set_cols keys including colnames usingClause names name opclass collname
  columns access_method indirection operName opname cols`.split(/\s+/),
);
