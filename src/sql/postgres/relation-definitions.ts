import type { CreateStmt, Node, RangeVar } from 'libpg-query';
import { define, noteDefined, noteDependents, objectKindOf } from './definition-statements.ts';
import type { OperationBuilder, StatementBuilder } from './statement-builder.ts';
import type { StatementHandlers, StatementWalk } from './statement-walk.ts';
import { splitName, stringsOf } from './tree.ts';
import { noteRelation } from './utility-statements.ts';

/** Statements that define relations and what hangs on them, schemas, functions and extensions. */
export const relationDefinitions: StatementHandlers = {
  CreateStmt: (create, walk) => noteTable(create, 'table', walk),
  CreateForeignTableStmt: ({ base = {} }, walk) => noteTable(base, 'foreign table', walk),
  CreateTableAsStmt: ({ into, query, objtype }, { builder, walkNested }) => {
    noteNewRelation(builder, define(builder, 'sql.create', objectKindOf(objtype)), into?.rel);
    if (query !== undefined) walkNested(query);
  },
  ViewStmt: ({ view, query }, { builder, walkNested }) => {
    noteNewRelation(builder, define(builder, 'sql.create', 'view'), view);
    if (query !== undefined) walkNested(query);
  },
  CreateSeqStmt: ({ sequence }, { builder }) => {
    noteNewRelation(builder, define(builder, 'sql.create', 'sequence'), sequence);
  },
  AlterSeqStmt: ({ sequence }, { builder }) => {
    const operation = define(builder, 'sql.alter', 'sequence');
    if (sequence !== undefined) noteRelation(builder, operation, 'writes', sequence);
  },
  IndexStmt: ({ idxname, relation, ...rest }, { builder, queries }) => {
    const operation = define(builder, 'sql.create', 'index');
    if (relation !== undefined) noteRelation(builder, operation, 'writes', relation);
    if (idxname !== undefined)
      builder.effects.created.push({ schema: relation?.schemaname, name: idxname });
    queries.walkExpressions(rest, operation, relation);
  },
  AlterTableStmt: ({ relation, objtype, cmds }, { builder, queries }) => {
    const isForeign = cmds?.some(setsOptions) === true;
    const kind = isForeign ? 'foreign table' : objectKindOf(objtype);
    const operation = define(builder, 'sql.alter', kind);
    if (relation !== undefined) {
      noteRelation(builder, operation, 'writes', relation);
      builder.effects.created.push({ schema: relation.schemaname, name: relation.relname ?? '' });
    }
    if (cmds?.some(mayDrop) === true) noteDependents(builder);
    queries.walkExpressions(cmds, operation, relation);
  },
  CreateTrigStmt: ({ trigname: name = '', relation, ...expressions }, walk) => {
    notePart({ action: 'sql.create', objectKind: 'trigger', name, relation, expressions }, walk);
  },
  CreatePolicyStmt: ({ policy_name: name = '', table: relation, ...expressions }, walk) => {
    notePart({ action: 'sql.create', objectKind: 'policy', name, relation, expressions }, walk);
  },
  AlterPolicyStmt: ({ policy_name: name = '', table: relation, ...expressions }, walk) => {
    notePart({ action: 'sql.alter', objectKind: 'policy', name, relation, expressions }, walk);
  },
  RuleStmt: ({ rulename: name = '', relation, actions = [], whereClause: expressions }, walk) => {
    notePart({ action: 'sql.create', objectKind: 'rule', name, relation, expressions }, walk);
    for (const action of actions) walk.walkNested(action);
  },
  CreateSchemaStmt: ({ schemaname, authrole, schemaElts = [] }, { builder, walkNested }) => {
    const schema = schemaname ?? authrole?.rolename ?? '?';
    noteDefined(builder, define(builder, 'sql.create', 'schema'), undefined, schema);
    for (const element of schemaElts) walkNested(withSchema(element, schema));
  },
  // The body runs when it is called, not now.
  CreateFunctionStmt: ({ funcname, is_procedure: isProcedure }, { builder }) => {
    const { schema, name } = splitName(stringsOf(funcname));
    noteDefined(
      builder,
      define(builder, 'sql.create', isProcedure === true ? 'procedure' : 'function'),
      schema,
      name,
    );
  },
  DefineStmt: ({ kind, defnames }, { builder }) => {
    const { schema, name } = splitName(stringsOf(defnames));
    noteDefined(builder, define(builder, 'sql.create', objectKindOf(kind)), schema, name);
  },
  // Extensions and foreign schemas bring objects (and run scripts) that the statement does not show.
  CreateExtensionStmt: ({ extname = '' }, { builder }) => {
    const operation = define(builder, 'sql.create', 'extension');
    operation.opaque = true;
    noteDefined(builder, operation, undefined, extname);
  },
  AlterExtensionStmt: ({ extname = '' }, { builder }) => {
    const operation = define(builder, 'sql.alter', 'extension');
    operation.opaque = true;
    noteDefined(builder, operation, undefined, extname);
  },
  AlterExtensionContentsStmt: ({ extname = '' }, { builder }) => {
    noteDefined(builder, define(builder, 'sql.alter', 'extension'), undefined, extname);
  },
  ImportForeignSchemaStmt: ({ local_schema: schema = '?' }, { builder }) => {
    const operation = define(builder, 'sql.create', 'foreign table');
    operation.opaque = true;
    operation.objects.add(`${schema}.*`);
  },
};

/** Whether a change of a table can take other relations along: the sequence of a column, views over what goes. */
function mayDrop(command: Node): boolean {
  if (!('AlterTableCmd' in command)) return true;
  const { subtype = '', behavior } = command.AlterTableCmd;
  return behavior === 'DROP_CASCADE' || subtype.startsWith('AT_Drop');
}

/** Whether it sets OPTIONS, which only a foreign table has: it may be called TABLE all the same. */
function setsOptions(command: Node): boolean {
  const subtype = 'AlterTableCmd' in command ? command.AlterTableCmd.subtype : undefined;
  return subtype === 'AT_GenericOptions' || subtype === 'AT_AlterColumnGenericOptions';
}

/** Notes the relation that a statement brings into being, `SELECT … INTO` included. */
export function noteNewRelation(
  builder: StatementBuilder,
  operation: OperationBuilder,
  range: RangeVar | undefined,
): void {
  const schema = range?.schemaname ?? (range?.relpersistence === 't' ? 'pg_temp' : undefined);
  operation.writes.add(noteDefined(builder, operation, schema, range?.relname ?? ''));
}

function noteTable(
  { relation, ...rest }: CreateStmt,
  kind: 'table' | 'foreign table',
  { builder, queries }: StatementWalk,
): void {
  const operation = define(builder, 'sql.create', kind);
  noteNewRelation(builder, operation, relation);
  // Constraints and defaults name the new table's own columns.
  queries.walkExpressions(rest, operation);
}

/** Something that hangs on a relation. */
interface Part {
  readonly action: 'sql.create' | 'sql.alter';
  readonly objectKind: 'trigger' | 'policy' | 'rule';
  readonly name: string;
  readonly relation: RangeVar | undefined;
  /** What of the statement may call functions or name columns. */
  readonly expressions: unknown;
}

function notePart(
  { action, objectKind, name, relation, expressions }: Part,
  { builder, queries }: StatementWalk,
): void {
  const operation = define(builder, action, objectKind);
  if (relation === undefined) return;
  noteRelation(builder, operation, 'writes', relation);
  const owners = [...operation.objects];
  operation.objects.clear();
  for (const owner of owners) operation.objects.add(`${owner}.${name}`);
  queries.walkExpressions(expressions, operation, relation);
}

/** What CREATE SCHEMA creates goes into the new schema. */
function withSchema(element: Node, schemaname: string): Node {
  const into = (range: RangeVar | undefined): RangeVar => ({ schemaname, ...range });
  if ('CreateStmt' in element)
    return { CreateStmt: { ...element.CreateStmt, relation: into(element.CreateStmt.relation) } };
  if ('ViewStmt' in element)
    return { ViewStmt: { ...element.ViewStmt, view: into(element.ViewStmt.view) } };
  if ('CreateSeqStmt' in element)
    return {
      CreateSeqStmt: { ...element.CreateSeqStmt, sequence: into(element.CreateSeqStmt.sequence) },
    };
  if ('IndexStmt' in element)
    return { IndexStmt: { ...element.IndexStmt, relation: into(element.IndexStmt.relation) } };
  if ('CreateTrigStmt' in element)
    return {
      CreateTrigStmt: {
        ...element.CreateTrigStmt,
        relation: into(element.CreateTrigStmt.relation),
      },
    };
  return element;
}
