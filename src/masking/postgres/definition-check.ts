import type { CatalogColumn } from '../../sql/postgres/catalog.ts';
import { closureOf } from '../../sql/postgres/relation-closure.ts';
import type { BodyOf, DropStmt, Node } from '../../sql/postgres/tree.ts';
import { isRangeVar, splitName, stringsOf } from '../../sql/postgres/tree.ts';
import { checkPath } from './path-changes.ts';
import { newLevel, PLAIN_ENTRY } from './query-levels.ts';
import type { QueryRewriter } from './query-rewriter.ts';
import { checkReferred } from './referred-rows.ts';
import { checkBehind, noteBeneath } from './relation-lookup.ts';
import { RewriteRefusal } from './rewrite-refusal.ts';
import type { StatementState } from './statement-state.ts';
import { tellsOfOthers } from './written-columns.ts';

/** Definitions that store no code: they pass if they name nothing classified and call nothing that is not known. */
const DEFINITIONS: ReadonlySet<string> = new Set(
  `CreateStmt IndexStmt CreateSeqStmt AlterSeqStmt CreateSchemaStmt DropStmt AlterTableStmt RenameStmt CommentStmt
  AlterObjectSchemaStmt AlterOwnerStmt GrantStmt GrantRoleStmt AlterDefaultPrivilegesStmt CreateEnumStmt AlterEnumStmt
  CompositeTypeStmt CreateDomainStmt AlterDomainStmt CreateRoleStmt AlterRoleStmt DropRoleStmt ReindexStmt ClusterStmt
  RefreshMatViewStmt DropOwnedStmt ReassignOwnedStmt`.split(/\s+/),
);

/** What may be renamed or moved: not schemas or functions, by whose names the configuration says what is safe. */
const MOVABLE: ReadonlySet<string> = new Set(
  `OBJECT_TABLE OBJECT_VIEW OBJECT_MATVIEW OBJECT_INDEX OBJECT_SEQUENCE OBJECT_COLUMN OBJECT_TABCONSTRAINT OBJECT_TYPE OBJECT_DOMAIN
  OBJECT_ATTRIBUTE OBJECT_DOMCONSTRAINT`.split(/\s+/),
);

/** Kinds of objects whose name ends a relation's. */
const PARTS_OF_RELATIONS: ReadonlySet<string> = new Set([
  'OBJECT_COLUMN',
  'OBJECT_TABCONSTRAINT',
  'OBJECT_TRIGGER',
  'OBJECT_RULE',
  'OBJECT_POLICY',
]);

/** Kinds of objects that share their names with relations. */
const RELATIONS: ReadonlySet<string> = new Set([
  'OBJECT_TABLE',
  'OBJECT_VIEW',
  'OBJECT_MATVIEW',
  'OBJECT_INDEX',
  'OBJECT_SEQUENCE',
  'OBJECT_FOREIGN_TABLE',
  'OBJECT_TYPE',
]);

/**
 * Lets a definition pass that names no classified relation, stores no code and calls only what is known.
 *
 * @throws {RewriteRefusal}
 */
export function checkDefinition(rewriter: QueryRewriter, kind: string, body: object): void {
  const { statement } = rewriter;
  statement.isKeyless = true;
  if (!DEFINITIONS.has(kind)) {
    throw new RewriteRefusal(
      `${nameOfKind(kind)} is not for principals who do not see everything`,
      'Ask someone who may see all data of this target to run it.',
    );
  }
  if (kind === 'CreateSchemaStmt' && 'schemaElts' in body) {
    throw new RewriteRefusal('CREATE SCHEMA has more in it', 'Create the objects one by one.');
  }
  checkTemporary(body);
  checkPath(statement, kind, body);
  if (kind === 'RenameStmt' || kind === 'AlterObjectSchemaStmt') checkMovable(body);
  if (['AlterDomainStmt', 'AlterTableStmt', 'RenameStmt'].includes(kind))
    checkTypeChange(kind, body);
  if (kind === 'AlterTableStmt') checkRetested(statement, body);
  checkDomain(statement, kind, body);
  checkNames(statement, body);
  checkRanges(statement, body);
  visitExpressions(rewriter, body);
}

/**
 * Refuses if the name may be of a relation with masked columns, or of one beneath which or above which there is one.
 *
 * @throws {RewriteRefusal}
 */
export function refuseClassified(
  statement: StatementState,
  schema: string | undefined,
  name: string,
): void {
  const { names, plan } = statement.text;
  const { known, names: candidates, isUnresolved } = names.relation(schema, name);
  if (!isUnresolved && candidates.length > known.length) statement.hasUnknownTypes = true;
  checkBehind(statement, schema, name);
  for (const relation of known) {
    noteBeneath(statement, relation);
    const family = [relation, ...closureOf(plan.catalog, relation, true).relations];
    // A view over classified data is no part of it.
    const ownData = relation.kind === 'v' || relation.kind === 'm' ? [relation] : family;
    const masked = ownData.find(({ oid }) => plan.find(oid) !== undefined);
    if (masked === undefined) continue;
    throw new RewriteRefusal(
      `it would change or use the definition of ${masked.schema}.${masked.name}, which has masked columns`,
      'Ask someone who may see all data of this target to run it.',
    );
  }
}

/** What a schema of temporary objects goes by for other sessions. */
const TEMPORARY = /^pg_(?:toast_)?temp_\d+$/u;

/** A type among the temporary objects of another session would come before PostgreSQL's own there, unseen. */
function checkTemporary(value: unknown): void {
  if (typeof value === 'string' && TEMPORARY.test(value)) {
    throw new RewriteRefusal(
      `it names ${value}, which may be the temporary schema of another session`,
      'Write pg_temp for that of your own.',
    );
  }
  if (typeof value !== 'object' || value === null) return;
  for (const child of Object.values(value)) checkTemporary(child);
}

function checkMovable(body: object): void {
  const { renameType, objectType } = body as { renameType?: string; objectType?: string };
  const kind = renameType ?? objectType ?? '';
  if (MOVABLE.has(kind)) return;
  throw new RewriteRefusal(
    'what it renames or moves may be known to the configuration by its name',
    'Ask someone who may see all data of this target to run it.',
  );
}

/** What `AlterDomainStmt.subtype` calls a new default, NOT NULL or a constraint taken away: no value is looked at. */
const UNTESTED: ReadonlySet<string> = new Set(['T', 'N', 'X']);

/**
 * A check on a type is tested on every value of it, and a change of a type that cascades is made in every table of it: a column by another
 * name would be another for the data map.
 */
function checkTypeChange(kind: string, body: object): void {
  if (kind === 'RenameStmt') {
    if ((body as { behavior?: string }).behavior !== 'DROP_CASCADE') return;
    throw new RewriteRefusal(
      'it would rename a column in every table of a type, which may be known to the configuration by its name',
      'Ask someone who may see all data of this target to run it.',
    );
  }
  const { subtype, objtype, cmds } = body as {
    subtype?: string;
    objtype?: string;
    cmds?: readonly { readonly AlterTableCmd?: { readonly behavior?: string } }[];
  };
  const isTested =
    kind === 'AlterDomainStmt'
      ? !UNTESTED.has(subtype ?? '')
      : objtype === 'OBJECT_TYPE' &&
        cmds?.some(({ AlterTableCmd: command }) => command?.behavior === 'DROP_CASCADE') === true;
  if (!isTested) return;
  throw new RewriteRefusal(
    'it would test or change values of a type wherever they are, and its outcome would tell about masked ones',
    'Ask someone who may see all data of this target to run it.',
  );
}

/**
 * A column's default may be its domain's: who sets that chooses what the next rows are given, where no value may be chosen. What is renamed
 * or moved could be changed by its new name.
 */
function checkDomain({ text: { plan } }: StatementState, kind: string, body: object): void {
  const { def, typeName, renameType, objectType, object } = body as {
    def?: Node;
    typeName?: Node[];
    renameType?: string;
    objectType?: string;
    object?: Node;
  };
  const isDefault = kind === 'AlterDomainStmt' && def !== undefined;
  if (!isDefault && !DOMAINS.has(renameType ?? objectType ?? '')) return;
  const parts = isDefault ? stringsOf(typeName) : object === undefined ? [] : partsOf(object);
  const named = plan.catalog.findTypesByName(parts.at(-1) ?? '');
  // A domain that the catalog does not know had another name a moment ago.
  const isAny = isDefault && named.length === 0;
  const isOfDomain = ({ typeOid }: CatalogColumn): boolean =>
    plan.catalog.findType(typeOid)?.kind === 'd' &&
    (isAny || named.some(({ oid }) => oid === typeOid));
  for (const relation of plan.catalog.listRelations()) {
    const columns = relation.attributes.filter(isOfDomain);
    const masked = columns.length === 0 ? undefined : plan.find(relation.oid)?.columns;
    const column = columns
      .flatMap(({ name }) => masked?.get(name) ?? [])
      .find((one) => tellsOfOthers(relation, one));
    if (column === undefined) continue;
    throw new RewriteRefusal(
      `it would change the domain of ${relation.schema}.${relation.name}.${column.name}, which is masked`,
      'Ask someone who may see all data of this target to run it.',
    );
  }
}

/** Kinds of objects as which domains are renamed and moved. */
const DOMAINS: ReadonlySet<string> = new Set(['OBJECT_DOMAIN', 'OBJECT_TYPE']);

/** Objects named as lists of strings. */
function checkNames(statement: StatementState, body: object): void {
  const { objects, object, removeType, objtype, renameType, objectType } =
    body as Partial<DropStmt> & {
      object?: Node;
      objtype?: string;
      renameType?: string;
      objectType?: string;
    };
  const kind = removeType ?? objtype ?? renameType ?? objectType ?? '';
  for (const named of [...(objects ?? []), ...(object === undefined ? [] : [object])]) {
    const parts = partsOf(named);
    if (parts.length === 0) continue;
    const isPart = PARTS_OF_RELATIONS.has(kind);
    if (!isPart && !RELATIONS.has(kind)) continue;
    const { schema, name } = splitName(isPart ? parts.slice(0, -1) : parts);
    refuseClassified(statement, schema, name);
  }
}

function partsOf(node: Node): readonly string[] {
  if ('List' in node) return stringsOf(node.List.items);
  if ('TypeName' in node) return stringsOf(node.TypeName.names);
  return stringsOf([node]);
}

/** What gives the rows of a table other values in a column. */
const REVALUING: ReadonlySet<string> = new Set(['AT_AlterColumnType', 'AT_SetExpression']);

/** What takes rows out of a table. */
const DETACHING: ReadonlySet<string> = new Set([
  'AT_DetachPartition',
  'AT_DetachPartitionFinalize',
]);

/** Foreign keys to a table are tested again where its rows change or leave. */
function checkRetested(
  statement: StatementState,
  { relation, cmds = [] }: BodyOf<'AlterTableStmt'>,
): void {
  const { names, plan } = statement.text;
  const commands = cmds.flatMap((node) => ('AlterTableCmd' in node ? [node.AlterTableCmd] : []));
  const detaches = commands.some(({ subtype = '' }) => DETACHING.has(subtype));
  const changed = new Set(
    commands.flatMap(({ subtype = '', name = '' }) => (REVALUING.has(subtype) ? [name] : [])),
  );
  if (!detaches && changed.size === 0) return;
  for (const known of names.relation(relation?.schemaname, relation?.relname ?? '').known) {
    checkReferred(statement, closureOf(plan.catalog, known, true).relations, {
      deed: detaches ? 'detaches' : 'changes',
      isChanged: (column) => detaches || changed.has(column),
    });
  }
}

/** Every relation that stands anywhere in the definition. */
function checkRanges(statement: StatementState, value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (isRangeVar(value)) {
    const { schemaname, relname = '' } = value;
    refuseClassified(statement, schemaname, relname);
  }
  for (const child of Object.values(value)) checkRanges(statement, child);
}

/** Defaults, checks and index expressions: of whatever table, it is not classified. */
function visitExpressions(rewriter: QueryRewriter, value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  const level = newLevel(undefined, undefined);
  level.entries.push(PLAIN_ENTRY);
  for (const [key, child] of Object.entries(value)) {
    if (EXPRESSIONS.has(key) || (key === 'def' && isDefault(child))) rewriter.visit(child, level);
    else visitExpressions(rewriter, child);
  }
}

/** What else than an expression, as in `SET DEFAULT f()`, ALTER can give a column, domain or table. */
const DEFINED: ReadonlySet<string> = new Set(
  'ColumnDef Constraint DefElem Integer List PartitionCmd RangeVar ReplicaIdentityStmt String TypeName'.split(
    ' ',
  ),
);

function isDefault(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Object.keys(value).some((key) => DEFINED.has(key))
  );
}

/** Fields of definitions that hold expressions. */
const EXPRESSIONS: ReadonlySet<string> = new Set([
  'raw_expr',
  'raw_default',
  'expr',
  'whereClause',
  'where_clause',
  'partspec',
  'listdatums',
  'lowerdatums',
  'upperdatums',
  'exclusions',
]);

/** `CreateFunctionStmt` is CREATE FUNCTION. */
function nameOfKind(kind: string): string {
  return kind
    .replace(/Stmt$/, '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toUpperCase();
}
