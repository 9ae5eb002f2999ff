import type { JoinExpr, Node, RangeVar } from '../../sql/postgres/tree.ts';
import { stringsOf } from '../../sql/postgres/tree.ts';
import { rowIdentityOf } from './equal-rows.ts';
import { checkFunction, checkOperator } from './function-check.ts';
import { MaskedSource } from './masked-source.ts';
import { COMPUTED } from './output-column.ts';
import {
  type CteScope,
  type Entry,
  type EntryColumn,
  findCte,
  newLevel,
  PLAIN_ENTRY,
  type QueryLevel,
} from './query-levels.ts';
import { quoteName } from './quoted-name.ts';
import { type FoundRelation, findRelation } from './relation-lookup.ts';
import { RewriteRefusal } from './rewrite-refusal.ts';
import type { Span } from './source-text.ts';
import type { StatementState } from './statement-state.ts';

/** What taking a FROM clause apart asks of the walker around it. */
export interface FromContext {
  readonly statement: StatementState;
  readonly ctes: CteScope | undefined;
  readonly level: QueryLevel;
  /** Rewrites a sub-select or a write; returns its columns. */
  readonly rewriteNested: (node: Node, parent: QueryLevel | undefined) => Columns;
  /** Rewrites what is in expressions. */
  readonly visit: (value: unknown, level: QueryLevel) => void;
}

export type Columns = readonly EntryColumn[] | undefined;

/** Puts the items of a FROM clause into the level. Returns what `*` stands for there. */
export function takeFrom(context: FromContext, from: readonly Node[] | undefined): Columns {
  const later: (() => void)[] = [];
  const all: Columns[] = [];
  for (const node of from ?? []) {
    const { columns, entries } = takeItem(context, node, later);
    context.level.entries.push(...entries);
    all.push(columns);
  }
  checkAliases(context.level);
  // Conditions of joins see the whole level: more than the server lets them see, never less.
  for (const visit of later) visit();
  return concat(all);
}

/** Two relations of one name in different schemas may stand side by side; two subqueries of one name may not. */
function checkAliases({ entries }: QueryLevel): void {
  const masked = entries.find(
    (entry) =>
      entry.masked !== undefined &&
      entries.some((other) => other !== entry && other.alias === entry.alias),
  );
  if (masked === undefined) return;
  throw new RewriteRefusal(
    `two items of FROM go by the name ${masked.alias ?? ''}`,
    'Give each of them an alias of its own.',
  );
}

interface Item {
  readonly entries: readonly Entry[];
  readonly columns: Columns;
}

function takeItem(context: FromContext, node: Node, later: (() => void)[]): Item {
  if ('RangeVar' in node) return takeRange(context, node, undefined);
  if ('JoinExpr' in node) return takeJoin(context, node.JoinExpr, later);
  if ('RangeTableSample' in node) {
    const { relation, method, args, repeatable, location } = node.RangeTableSample;
    const [name, schema] = stringsOf(method).toReversed();
    if (name !== 'bernoulli' && name !== 'system')
      checkFunction(context.statement, schema, name ?? '');
    later.push(() => visitBeside(context, [args, repeatable]));
    if (relation === undefined || !('RangeVar' in relation))
      throw new RewriteRefusal('TABLESAMPLE is of something that is no relation');
    return takeRange(context, node, findSample(context, location, repeatable !== undefined));
  }
  if ('RangeSubselect' in node) {
    const { subquery, alias, lateral } = node.RangeSubselect;
    const parent = lateral === true ? context.level : context.level.parent;
    const inner = subquery === undefined ? undefined : context.rewriteNested(subquery, parent);
    const columns = renamed(inner, stringsOf(alias?.colnames));
    return { entries: [{ ...PLAIN_ENTRY, alias: alias?.aliasname, columns }], columns };
  }
  later.push(() => visitBeside(context, node));
  return takeFunction(node);
}

/** What a function, or a sample, reads of what stands beside it, it reads as LATERAL would. */
function visitBeside({ visit, level }: FromContext, value: unknown): void {
  visit(value, newLevel(level, level.ctes));
}

/** Functions, XMLTABLE, JSON_TABLE: their columns are known where the statement lists them. */
function takeFunction(node: Node): Item {
  const [body] = Object.values(node) as {
    alias?: { aliasname?: string; colnames?: Node[] };
  }[];
  const alias = body?.alias?.aliasname;
  return { entries: [{ ...PLAIN_ENTRY, alias }], columns: undefined };
}

/** The `TABLESAMPLE` clause: it moves into the subquery, so there may be nothing to mask in it. */
function findSample(
  { statement }: FromContext,
  location: number | undefined,
  isRepeatable: boolean,
): Span {
  const { source } = statement.text;
  // The tree points at the method's name.
  const first = source.tokenAt(location);
  let end = source.endOfBracket(source.endOfName(first));
  if (isRepeatable) end = source.endOfBracket(end + 1);
  return { start: source.spanAt(first - 1).start, end: source.spanAt(end - 1).end };
}

/** A named relation; `node` is what the subquery replaces. */
function takeRange(context: FromContext, node: Node, sampleSpan: Span | undefined): Item {
  const range = rangeOf(node);
  const { statement } = context;
  const alias = range.alias?.aliasname ?? range.relname;
  const renames = stringsOf(range.alias?.colnames);
  const cte =
    range.schemaname === undefined ? findCte(context.ctes, range.relname ?? '') : undefined;
  if (cte !== undefined) {
    const columns = renamed(cte.columns, renames);
    return { entries: [{ ...PLAIN_ENTRY, alias, columns }], columns };
  }
  const found = findRelation(statement, range);
  const columns = renamed(columnsOf(found), renames);
  const entry: Entry = {
    ...PLAIN_ENTRY,
    alias,
    schema: range.alias === undefined ? (range.schemaname ?? found.relation?.schema) : undefined,
    isUnaliasedRelation: range.alias === undefined,
    columns,
    relation: found.relation,
    masked: undefined,
  };
  if (found.masked === undefined) return { entries: [entry], columns };
  const { text } = statement.text.source;
  const sample = sampleSpan === undefined ? '' : text.slice(sampleSpan.start, sampleSpan.end);
  if (!/^[\w\s.(),$]*$/.test(sample)) {
    throw new RewriteRefusal(
      'TABLESAMPLE of a relation with masked columns takes only numbers',
      'Write its arguments as plain numbers.',
    );
  }
  const source = new MaskedSource({
    relation: found.masked,
    range,
    identity: rowIdentityOf(statement.text.plan.catalog, found.masked.relation),
    sample,
    keyless: statement.isKeyless,
    named: statement.named,
  });
  statement.touchesClassified = true;
  statement.sources.push(source);
  replaceRange(statement, { source, node, range, sampleSpan });
  return { entries: [{ ...entry, masked: source }], columns };
}

interface Replacement {
  readonly source: MaskedSource;
  readonly node: Node;
  readonly range: RangeVar;
  readonly sampleSpan: Span | undefined;
}

/** Puts the subquery in place of the name, with ONLY and its brackets, `*` and TABLESAMPLE; an alias stays where it is. */
function replaceRange(statement: StatementState, replacement: Replacement): void {
  const { source, node, range, sampleSpan } = replacement;
  const { source: text, fragments, edits } = statement.text;
  let first = text.tokenAt(range.location);
  let end = text.endOfName(first);
  if (text.textAt(end) === '*') end++;
  if (range.inh !== true) {
    if (text.textAt(first - 1) === '(' && text.isWord(first - 2, 'only')) {
      first--;
      end++;
    }
    first--;
  }
  const isTable = text.isWord(first - 1, 'table');
  if (isTable) first--;
  statement.finalEdits.push(() => {
    const query = source.formatQuery();
    const alias = range.alias === undefined ? ` AS ${quoteName(source.alias)}` : '';
    const star = isTable ? `SELECT ${source.starText ?? '*'} FROM ` : '';
    const subquery = fragments.statement(query);
    const span = { start: text.spanAt(first).start, end: text.spanAt(end - 1).end };
    edits.add(span, `${star}(${query})${alias}`, () => {
      const replaced = source.toNode(subquery);
      for (const key of Object.keys(node)) delete (node as Record<string, unknown>)[key];
      Object.assign(node, replaced);
    });
    if (sampleSpan !== undefined) edits.add(sampleSpan, '', () => undefined);
  });
}

function rangeOf(node: Node): RangeVar {
  if ('RangeVar' in node) return node.RangeVar;
  const relation = 'RangeTableSample' in node ? node.RangeTableSample.relation : undefined;
  return relation !== undefined && 'RangeVar' in relation ? relation.RangeVar : {};
}

function takeJoin(context: FromContext, join: JoinExpr, later: (() => void)[]): Item {
  const { level, statement } = context;
  const none: Item = { entries: [], columns: [] };
  const left = join.larg === undefined ? none : takeItem(context, join.larg, later);
  // LATERAL on the right sees what is on the left.
  level.entries.push(...left.entries);
  const right = join.rarg === undefined ? none : takeItem(context, join.rarg, later);
  level.entries.splice(level.entries.length - left.entries.length, left.entries.length);
  if (join.quals !== undefined) {
    const both = { ...level, entries: [...left.entries, ...right.entries] };
    const outer = { ...both, parent: level };
    later.push(() => context.visit(join.quals, join.alias === undefined ? level : outer));
  }
  const using = stringsOf(join.usingClause);
  const isMerged = using.length > 0 || join.isNatural === true;
  if (isMerged) {
    checkOperator(statement, ['=']);
    level.mergesColumns = true;
    if (join.isNatural === true) level.isNatural = true;
  }
  const sides = { left: left.columns, right: right.columns };
  const names = join.isNatural === true ? statement.named.joinNaturally(sides) : using;
  const merged = mergeColumns(statement, { ...sides, names });
  const entries = [...left.entries, ...right.entries];
  const usingAlias = join.join_using_alias?.aliasname;
  if (usingAlias !== undefined) {
    entries.push({ ...PLAIN_ENTRY, alias: usingAlias, columns: [], isQualifiedOnly: true });
  }
  if (join.alias === undefined) return { entries, columns: merged };
  level.mergesColumns = true;
  const columns = renamed(merged, stringsOf(join.alias.colnames));
  const alias = join.alias.aliasname;
  const renamesMembers = join.alias.colnames !== undefined;
  const entry = { ...PLAIN_ENTRY, alias, columns, members: entries, renamesMembers };
  return { entries: [entry], columns };
}

interface JoinedColumns {
  readonly left: Columns;
  readonly right: Columns;
  /** Those it joins by, as USING names them or NATURAL finds them. */
  readonly names: readonly string[];
}

/** Columns of a join: those it joins by once, then the rest of the left, then of the right. */
function mergeColumns({ keyed }: StatementState, { left, right, names }: JoinedColumns): Columns {
  if (left === undefined || right === undefined) return undefined;
  if (names.length === 0) return [...left, ...right];
  const merged = names.map((name): EntryColumn => {
    const sides = [...left, ...right].filter((column) => column.name === name);
    const classes = new Set(sides.flatMap(({ output }) => output.masked));
    const isInspected = sides.some(({ output }) => output.inspect !== 'none');
    return {
      name,
      output: {
        ...COMPUTED,
        masked: [...classes],
        inspect: isInspected ? 'unknown' : 'none',
        keyed: keyed.unite(sides),
      },
    };
  });
  const rest = [...left, ...right].filter(({ name }) => !names.includes(name));
  return [...merged, ...rest];
}

/** The columns of a relation, with the classes that are masked in them. Undefined if it is not certain which one it is. */
export function columnsOf({ relation, masked }: FoundRelation): Columns {
  return relation?.columns.map((name) => ({
    name,
    output: {
      relationOid: relation.oid,
      column: name,
      masked: masked?.columns.get(name)?.classes ?? [],
      inspect: 'none',
      keyed: masked?.columns.get(name)?.keyed,
    },
  }));
}

/** Columns under the names that `AS p(a, b)` gives the first of them. */
export function renamed(columns: Columns, names: readonly string[]): Columns {
  return columns?.map((column, index) => ({ ...column, name: names[index] ?? column.name }));
}

function concat(all: readonly Columns[]): Columns {
  const columns: EntryColumn[] = [];
  for (const some of all) {
    if (some === undefined) return undefined;
    columns.push(...some);
  }
  return columns;
}
