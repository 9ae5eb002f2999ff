import { checkRewrite } from '../../src/masking/postgres/check-rewrite.ts';
import { rewriteText } from '../../src/masking/postgres/rewrite.ts';
import type { Catalog } from '../../src/sql/postgres/catalog.ts';
import type { ParsedStatement, SqlParser } from '../../src/sql/postgres/parser.ts';
import { closureOf } from '../../src/sql/postgres/relation-closure.ts';
import { type NodeKind, openNode } from '../../src/sql/postgres/tree.ts';
import { type IsShown, type MaskExpression, planIdentity } from './identity-plan.ts';
import type { SessionView } from './session-catalog.ts';

/** What came of a client's text. */
export type IdenticalRewrite =
  /** Nothing in it is for the rewrite: it names no relation of a query, or the server alone can say what is wrong with it. */
  | { readonly kind: 'left'; readonly because: LeftBecause }
  | { readonly kind: 'refused'; readonly reason: string }
  /** It executes what would be rewritten otherwise now, as names mean something else: the gateway has it prepared again. */
  | { readonly kind: 'stale' }
  /** The rewrite lets it pass as it is. */
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'rewritten'; readonly text: string; readonly masked: Masked };

/** Which columns were masked: writes may neither change keys nor test what is masked. */
export type Masked = 'every column' | 'all but keys' | 'all but keys and columns that it names';

export type LeftBecause =
  | 'syntax'
  | 'definitions and the like'
  | 'no relation'
  | 'a failed transaction'
  | 'not parsed';

/** Statements that read, or hold a query that does. Definitions are left: both sides are to have the same ones. */
const READING: ReadonlySet<NodeKind> = new Set<NodeKind>([
  'SelectStmt',
  'InsertStmt',
  'UpdateStmt',
  'DeleteStmt',
  'MergeStmt',
  'CopyStmt',
  'PrepareStmt',
  'DeclareCursorStmt',
  'ExplainStmt',
  'CreateTableAsStmt',
]);

/** Statements that cannot change what the catalog says. */
const HARMLESS: ReadonlySet<NodeKind> = new Set<NodeKind>([
  ...READING,
  'ClosePortalStmt',
  'DeallocateStmt',
  'FetchStmt',
  'ListenStmt',
  'LockStmt',
  'NotifyStmt',
  'TruncateStmt',
  'UnlistenStmt',
  'VacuumStmt',
  'VariableSetStmt',
  'VariableShowStmt',
]);

/** What a text does, as far as it matters here. */
export interface TextShape {
  readonly statements: readonly ParsedStatement[];
  readonly because: 'syntax' | 'not parsed' | undefined;
}

export function parseShape(text: string, parser: SqlParser): TextShape {
  const parsed = parser.parse(text);
  if (parsed.kind === 'tree') return { statements: parsed.statements, because: undefined };
  const because = parsed.kind === 'syntax-error' ? 'syntax' : 'not parsed';
  return { statements: [], because };
}

/** What a text that is nothing else prepares, or executes, by which name. */
export function preparedName({ statements }: TextShape): {
  readonly prepares?: string | undefined;
  readonly executes?: string | undefined;
} {
  const [only, ...more] = statements;
  if (only === undefined || more.length > 0) return {};
  if ('PrepareStmt' in only.node) return { prepares: only.node.PrepareStmt.name };
  return 'ExecuteStmt' in only.node ? { executes: only.node.ExecuteStmt.name } : {};
}

/** Why the rewrite has nothing to do with a text; undefined if it has. */
export function whyLeft({ statements, because }: TextShape): LeftBecause | undefined {
  if (because !== undefined) return because;
  const kinds = statements.map(({ node }) => openNode(node)?.kind);
  if (!kinds.some((kind) => kind !== undefined && READING.has(kind)))
    return 'definitions and the like';
  if (statements.some(({ node }) => definesMaterializedView(node)))
    return 'definitions and the like';
  return statements.some(({ node }) => namesRelation(node)) ? undefined : 'no relation';
}

/** Its query is stored, and would be another one on each side. */
function definesMaterializedView(node: unknown): boolean {
  return JSON.stringify(node).includes('"objtype":"OBJECT_MATVIEW"');
}

/** Whether it names a relation that may be one of users; psql's own questions do not. */
function namesRelation(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if ('relname' in value && !('schemaname' in value && value.schemaname === 'pg_catalog'))
    return true;
  return Object.values(value).some(namesRelation);
}

/** Whether the catalog must be read again after the text. */
export function mayChangeCatalog({ statements, because }: TextShape, catalog: Catalog): boolean {
  if (because !== undefined) return because === 'not parsed';
  return statements.some(({ node }) => {
    const opened = openNode(node);
    if (opened === undefined) return false;
    if ('TransactionStmt' in node)
      return node.TransactionStmt.kind?.startsWith('TRANS_STMT_ROLLBACK') === true;
    if (!HARMLESS.has(opened.kind) || 'CreateTableAsStmt' in node) return true;
    const json = JSON.stringify(node);
    return json.includes('"intoClause"') || callsUserCode(json, catalog);
  });
}

/** Whoever calls a function of users may do anything by it. */
function callsUserCode(json: string, catalog: Catalog): boolean {
  for (const [, name = ''] of json.matchAll(/"sval":"(\w+)"/g)) {
    if (catalog.userFunctionSchemas(name).length > 0) return true;
  }
  return false;
}

/**
 * Rewrites a text with masks that change nothing, and has the post-check look at what came of it. What is refused is tried again with
 * fewer columns masked.
 */
export function rewriteIdentically(
  text: string,
  parser: SqlParser,
  view: SessionView,
  expression: MaskExpression,
): IdenticalRewrite {
  const { catalog } = view;
  const tryWith = (masked: Masked, isShown: IsShown): IdenticalRewrite => {
    const plan = planIdentity(catalog, expression, isShown);
    const rewrite = rewriteWith(text, parser, view, plan);
    return rewrite.kind === 'rewritten' ? { ...rewrite, masked } : rewrite;
  };
  const first = tryWith('every column', () => false);
  if (first.kind !== 'refused') return first;
  const isKey = keysOf(catalog);
  const named = new Set(text.toLowerCase().match(/\w+/g));
  const isNamed: IsShown = (_, column) => named.has(column.toLowerCase());
  const second = tryWith('all but keys', isKey);
  if (second.kind === 'rewritten') return second;
  const third = tryWith(
    'all but keys and columns that it names',
    (relation, column) => isKey(relation, column) || isNamed(relation, column),
  );
  return third.kind === 'rewritten' ? third : first;
}

/**
 * Whether a unique index, an exclusion or foreign key constraint compares the column: of the relation, or of what lies beneath it by the
 * same name.
 */
function keysOf(catalog: Catalog): IsShown {
  const keys = new Set<string>();
  for (const { oid, comparedColumns, uniqueKeys, foreignKeys } of catalog.listRelations()) {
    for (const column of [...comparedColumns, ...uniqueKeys.flat()]) keys.add(`${oid} ${column}`);
    for (const { columns, referencedRelation, referencedColumns } of foreignKeys) {
      for (const column of columns) keys.add(`${oid} ${column}`);
      for (const column of referencedColumns) keys.add(`${referencedRelation} ${column}`);
    }
  }
  return (relation, column) =>
    closureOf(catalog, relation, true).relations.some(({ oid }) => keys.has(`${oid} ${column}`));
}

function rewriteWith(
  text: string,
  parser: SqlParser,
  { names }: SessionView,
  plan: ReturnType<typeof planIdentity>,
): IdenticalRewrite {
  const rewrite = rewriteText(text, { parser, plan, names });
  if (rewrite.kind === 'refuse') return { kind: 'refused', reason: rewrite.reason };
  const check = checkRewrite(rewrite.text, { parser, plan, names });
  if (check.kind === 'unsound')
    return { kind: 'refused', reason: `the post-check: ${check.reason}` };
  return rewrite.text === text
    ? { kind: 'unchanged' }
    : { kind: 'rewritten', text: rewrite.text, masked: 'every column' };
}
