import type { CopyStmt, ExplainStmt, Node, RangeVar } from 'libpg-query';
import { noteFunctionCall } from './functions.ts';
import type { OperationBuilder, StatementBuilder } from './statement-builder.ts';
import type { StatementHandlers, StatementWalk } from './statement-walk.ts';
import { splitName, stringsOf } from './tree.ts';

/** Statements that carry, run, lock or maintain. */
export const utilityStatements: StatementHandlers = {
  CopyStmt: noteCopy,
  ExplainStmt: noteExplain,
  CallStmt: ({ funccall }, { builder, queries }) => {
    const operation = builder.operation('sql.call', 'CALL');
    const { schema, name } = splitName(stringsOf(funccall?.funcname));
    if (funccall !== undefined) noteFunctionCall(builder, operation, funccall);
    const resolved = builder.names.function(schema, name);
    // PostgreSQL has no procedures of its own: an unknown one is user code that we have not seen.
    operation.opaque = !resolved.names.every((candidate) => builder.names.isAllowed(candidate));
    queries.walkExpressions(funccall?.args, operation);
  },
  DoStmt: (_, { builder }) => {
    builder.operation('sql.do', 'DO').opaque = true;
  },
  LockStmt: ({ relations = [] }, { builder }) => {
    const operation = builder.operation('sql.lock', 'LOCK TABLE', 'table');
    for (const range of rangeVars(relations)) noteRelation(builder, operation, 'reads', range);
  },
  TruncateStmt: ({ relations = [], behavior }, { builder }) => {
    const operation = builder.operation('sql.truncate', 'TRUNCATE TABLE');
    operation.bulk = true;
    // The relations that reference them are emptied too, and are not named.
    if (behavior === 'DROP_CASCADE') operation.ambiguous = true;
    for (const range of rangeVars(relations)) noteRelation(builder, operation, 'writes', range);
  },
  VacuumStmt: ({ is_vacuumcmd: isVacuum, rels = [] }, { builder }) => {
    const operation = builder.operation(
      'sql.maintenance',
      isVacuum === true ? 'VACUUM' : 'ANALYZE',
    );
    for (const node of rels) {
      const range = 'VacuumRelation' in node ? node.VacuumRelation.relation : undefined;
      if (range !== undefined) noteRelation(builder, operation, 'writes', range);
    }
  },
  ClusterStmt: ({ relation }, { builder }) => {
    const operation = builder.operation('sql.maintenance', 'CLUSTER');
    if (relation !== undefined) noteRelation(builder, operation, 'writes', relation);
  },
  ReindexStmt: ({ relation, name, kind = '' }, { builder }) => {
    const operation = builder.operation(
      'sql.maintenance',
      'REINDEX',
      kind.replace('REINDEX_OBJECT_', '').toLowerCase(),
    );
    if (relation !== undefined) noteRelation(builder, operation, 'writes', relation);
    if (name !== undefined) operation.objects.add(name);
  },
  RefreshMatViewStmt: ({ relation }, { builder }) => {
    const operation = builder.operation(
      'sql.maintenance',
      'REFRESH MATERIALIZED VIEW',
      'materialized view',
    );
    if (relation !== undefined) noteRelation(builder, operation, 'writes', relation);
  },
  CheckPointStmt: (_, { builder }) => {
    builder.operation('sql.system', 'CHECKPOINT');
  },
  LoadStmt: ({ filename = '' }, { builder }) => {
    const operation = builder.operation('sql.system', 'LOAD');
    operation.objects.add(filename);
    operation.opaque = true;
  },
  AlterSystemStmt: ({ setstmt }, { builder }) => {
    const operation = builder.operation('sql.system', 'ALTER SYSTEM');
    operation.objects.add(setstmt?.name?.toLowerCase() ?? 'all');
    operation.opaque = true;
  },
};

/** Resolves a named relation and adds it to the operation, as an object too. */
export function noteRelation(
  builder: StatementBuilder,
  operation: OperationBuilder,
  into: 'reads' | 'writes',
  range: RangeVar,
): void {
  const resolved = builder.resolve(operation, range.schemaname, range.relname ?? '');
  builder.use(operation, into, resolved, range.inh === true);
  for (const name of resolved.names) operation.objects.add(name);
}

/** The RangeVars of a list. */
export function rangeVars(nodes: readonly Node[]): readonly RangeVar[] {
  return nodes.flatMap((node) => ('RangeVar' in node ? [node.RangeVar] : []));
}

function noteCopy(copy: CopyStmt, walk: StatementWalk): void {
  const { builder, queries } = walk;
  const { relation, query, filename, attlist, whereClause } = copy;
  const isFrom = copy.is_from === true;
  const operation = isFrom
    ? builder.operation('sql.copy-in', 'COPY')
    : builder.operation('sql.copy-out', 'COPY');
  operation.bulk = relation !== undefined;
  if (relation !== undefined) {
    const into = isFrom ? 'writes' : 'reads';
    noteRelation(builder, operation, into, relation);
    const columns = stringsOf(attlist);
    const { names } = builder.names.relation(relation.schemaname, relation.relname ?? '');
    for (const name of names) {
      for (const column of columns.length === 0 ? ['*'] : columns)
        operation.columns.add(`${name}.${column}`);
    }
    queries.walkExpressions(whereClause, operation, relation);
  }
  if (query !== undefined) {
    const inner = walk.analyseApart(query).build(0, 0);
    walk.walkNested(query);
    for (const { facts } of inner.operations) {
      for (const name of facts.reads) operation.reads.add(name);
      for (const column of facts.columns) operation.columns.add(column);
      if (facts.ambiguous) operation.ambiguous = true;
      if (facts.bulk) operation.bulk = true;
      if (facts.hasWhere) operation.level(true);
      if (facts.limit >= 0) operation.limit = facts.limit;
    }
  }
  if (filename === undefined) builder.copy = isFrom ? 'in' : 'out';
  else noteServerFile(builder, operation, copy.is_program === true, filename);
}

/** COPY with a file or a program of the server's machine. */
function noteServerFile(
  builder: StatementBuilder,
  copy: OperationBuilder,
  isProgram: boolean,
  filename: string,
): void {
  const operation = builder.operation(isProgram ? 'sql.copy-program' : 'sql.copy-file', 'COPY');
  operation.opaque = true;
  operation.objects.add(filename);
  for (const name of copy.reads) operation.reads.add(name);
  for (const name of copy.writes) operation.writes.add(name);
}

function noteExplain({ query, options = [] }: ExplainStmt, walk: StatementWalk): void {
  const { builder } = walk;
  const operation = builder.operation('sql.explain', 'EXPLAIN');
  if (query === undefined) return;
  if (isExecuted(options)) walk.walkNested(query);
  // Of a DECLARE it runs the query, and opens no cursor: one of that name stays what it was.
  builder.effects.declares = undefined;

  // Even without running it the planner folds functions of constants, and shows estimates of what it would read.
  const planned = walk.analyseApart(query).build(0, 0);
  for (const { facts } of planned.operations) {
    for (const name of facts.relations) operation.reads.add(name);
    for (const column of facts.columns) operation.columns.add(column);
    for (const name of facts.functions) operation.functions.add(name);
    if (facts.opaque) operation.opaque = true;
    if (facts.ambiguous) operation.ambiguous = true;
    if (facts.limit >= 0) operation.limit = facts.limit;
  }
  builder.effects.executes = planned.effects.executes;
}

/** EXPLAIN runs the statement if ANALYZE is among its options and not off. */
export function isExecuted(options: readonly Node[]): boolean {
  return isOn(options, /^analy[sz]e$/i);
}

/** Whether an option of EXPLAIN is there and not off: of several the server takes the last, we any. */
export function isOn(options: readonly Node[], name: RegExp): boolean {
  return options.some((node) => {
    if (!('DefElem' in node)) return false;
    const { defname = '', arg } = node.DefElem;
    if (!name.test(defname)) return false;
    if (arg === undefined) return true;
    if ('Integer' in arg) return (arg.Integer.ival ?? 0) !== 0;
    return !('String' in arg && /^(off|false)$/i.test(arg.String.sval ?? ''));
  });
}
