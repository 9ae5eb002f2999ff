import type { CopyStmt } from '../../sql/postgres/tree.ts';
import { stringsOf } from '../../sql/postgres/tree.ts';
import { type Columns, columnsOf } from './from-items.ts';
import { formatReference } from './masked-source.ts';
import { newLevel, PLAIN_ENTRY } from './query-levels.ts';
import type { QueryRewriter } from './query-rewriter.ts';
import { quoteName } from './quoted-name.ts';
import { type FoundRelation, findRelation } from './relation-lookup.ts';
import { RewriteRefusal } from './rewrite-refusal.ts';
import type { StatementState } from './statement-state.ts';
import { checkWritten } from './written-columns.ts';

/** SQLSTATEs of the server's own for what it does not copy. */
const WRONG_OBJECT_TYPE = '42809';
const INVALID_COLUMN_REFERENCE = '42P10';

/**
 * Rewrites COPY: what goes out is masked, what comes in is a write. Returns the columns that go out.
 *
 * @throws {RewriteRefusal}
 */
export function rewriteCopy(rewriter: QueryRewriter, copy: CopyStmt): Columns {
  const { statement } = rewriter;
  const { relation, query, filename, is_program: isProgram, attlist } = copy;
  if (filename !== undefined || isProgram === true) {
    throw new RewriteRefusal(
      'COPY would read or write on the server',
      'Use COPY … TO STDOUT or FROM STDIN; psql has \\copy.',
    );
  }
  if (query !== undefined) {
    return rewriter.rewriteQuery(query, { parent: undefined, ctes: undefined, isOutermost: false });
  }
  if (relation === undefined) throw new RewriteRefusal('COPY names no relation');
  const found = findRelation(statement, relation);
  if (found.masked !== undefined) statement.touchesClassified = true;
  if (copy.is_from === true) {
    const names = attlist === undefined ? undefined : stringsOf(attlist);
    const given = givenByCopy(copy, found);
    const places = names ?? found.relation?.columns ?? [];
    const someDefaults = places.flatMap((name, index) => (given.has(name) ? [] : [index]));
    checkWritten(statement, found, {
      isUpdate: false,
      names,
      defaults: new Set(),
      someDefaults: new Set(someDefaults),
    });
    const level = newLevel(undefined, undefined);
    // It sees the rows that come, not those that are there.
    const target = found.masked && {
      relation: found.masked,
      isMasked: false,
      isKeyless: statement.isKeyless,
      given,
    };
    const columns = columnsOf(found);
    level.entries.push({ ...PLAIN_ENTRY, alias: relation.relname, columns, target });
    rewriter.visit(copy.whereClause, level);
    return [];
  }
  if (found.masked !== undefined) {
    checkCopied(statement, copy, found);
    replaceRelation(statement, copy, found);
  }
  const columns = columnsOf(found);
  if (columns === undefined) return undefined;
  return copiedColumns(copy, found).flatMap(
    (name) => columns.find((one) => one.name === name) ?? [],
  );
}

/** Columns for which each row brings a value; none for sure where a text of its own may stand for a default. */
function givenByCopy(copy: CopyStmt, found: FoundRelation): ReadonlySet<string> {
  const mayDefault = copy.options?.some(
    (option) => 'DefElem' in option && option.DefElem.defname === 'default',
  );
  return new Set(mayDefault === true ? [] : copiedColumns(copy, found));
}

/** A query would show more than the server lets COPY of a relation show. */
function checkCopied(
  { text }: StatementState,
  { attlist }: CopyStmt,
  { masked }: FoundRelation,
): void {
  if (masked === undefined) return;
  const { schema, name, kind, attributes } = masked.relation;
  const isCopied = kind === 'r' || (kind === 'm' && text.names.catalog.serverVersion >= 180_000);
  const hint = 'Use COPY (SELECT …) TO STDOUT.';
  if (!isCopied) {
    const reason = `${schema}.${name} is no table, and COPY by name takes only tables`;
    throw new RewriteRefusal(reason, hint, WRONG_OBJECT_TYPE);
  }
  const named = new Set(stringsOf(attlist));
  const generated = attributes.find((one) => one.isGenerated && named.has(one.name));
  if (generated === undefined) return;
  const reason = `${schema}.${name}.${generated.name} is generated, and COPY takes no such columns`;
  throw new RewriteRefusal(reason, hint, INVALID_COLUMN_REFERENCE);
}

/** COPY leaves generated columns out, and may not name them. */
function copiedColumns({ attlist }: CopyStmt, { relation }: FoundRelation): readonly string[] {
  if (attlist !== undefined) return stringsOf(attlist);
  const attributes = relation?.attributes ?? [];
  const generated = new Set(
    attributes.filter(({ isGenerated }) => isGenerated).map(({ name }) => name),
  );
  return relation?.columns.filter((column) => !generated.has(column)) ?? [];
}

/** `COPY rel (a, b)` becomes `COPY (SELECT a, b FROM ONLY rel)`. */
function replaceRelation(statement: StatementState, copy: CopyStmt, found: FoundRelation): void {
  const { masked } = found;
  const { source, edits, fragments } = statement.text;
  if (masked === undefined) return;
  const { schema, name, kind } = masked.relation;
  const alias = quoteName(name);
  const columns = copiedColumns(copy, found).map((column) => {
    const reference = `${alias}.${quoteName(column)}`;
    const shown = formatReference(masked, column, { reference, keyless: statement.isKeyless });
    return masked.columns.has(column) ? `${shown} AS ${quoteName(column)}` : shown;
  });
  // A table's children are not copied with it.
  const only = kind === 'r' ? 'ONLY ' : '';
  const query = `SELECT ${columns.join(', ')} FROM ${only}${quoteName(schema)}.${alias} AS ${alias}`;
  const first = source.tokenAt(copy.relation?.location);
  let end = source.endOfName(first);
  if (copy.attlist !== undefined) end = source.endOfBracket(end);
  const span = { start: source.spanAt(first).start, end: source.spanAt(end - 1).end };
  const node = fragments.statement(query);
  edits.add(span, `(${query})`, () => {
    delete copy.relation;
    delete copy.attlist;
    copy.query = node;
  });
}
