import type { ColumnRef, Node } from '../../sql/postgres/tree.ts';
import type { MaskedRelation } from '../mask-plan.ts';
import { formatReference } from './masked-source.ts';
import {
  findMeanings,
  findShadowed,
  type QueryLevel,
  SYSTEM_COLUMNS,
  type WriteTarget,
} from './query-levels.ts';
import { quoteName } from './quoted-name.ts';
import { RewriteRefusal } from './rewrite-refusal.ts';
import { fieldsOf, type StatementState } from './statement-state.ts';

/** A column reference, where it stands. */
export interface PlacedReference {
  /** The node around the reference, to be changed in place. */
  readonly node: Node;
  readonly reference: ColumnRef;
  readonly level: QueryLevel;
  /** `(p).f`: of a row only a field is read. */
  readonly isFieldOnly?: boolean;
  /** Of a function: there `p.*` is the row `p`, where elsewhere it may be its columns. */
  readonly isArgument?: boolean;
}

/**
 * Handles a reference that may read a masked column of the relation that the statement writes: in RETURNING it is replaced by its
 * mask, elsewhere refused. False if it is no such reference.
 *
 * @throws {RewriteRefusal}
 */
export function handleTargetReference(
  statement: StatementState,
  { node, reference, level }: PlacedReference,
): boolean {
  const fields = fieldsOf(reference);
  const meanings = findMeanings(level, fields);
  for (const { entry, column } of meanings) {
    if (entry.target === undefined || !readsMasked(entry.target, column)) continue;
    const { target } = entry;
    if (!target.isMasked) throw refuseReading(target);
    if (meanings.length > 1 || fields.at(-1) === '*' || entry.alias === undefined) {
      throw new RewriteRefusal(
        `RETURNING may show masked columns of ${nameOf(target)} in a way that is not certain`,
        'Name each column with its table, as in "RETURNING t.a, t.b".',
      );
    }
    const isRow = column === '*';
    if (isRow && fields.length > 1) throw refuseReading(target);
    const text = isRow
      ? formatRow(statement, target, entry.alias)
      : `(${formatColumn(target, entry.alias, column)})`;
    replaceReference(statement, { node, reference, level }, text);
    return true;
  }
  refuseShadowed(fields, level);
  return false;
}

/** A bare name in a sub-select that is a column there by the catalog, and one of the target if the catalog is behind. */
function refuseShadowed(fields: readonly string[], level: QueryLevel): void {
  const [name = '*'] = fields;
  if (fields.length > 1 || name === '*') return;
  const shadowed = findShadowed(level, name);
  if (shadowed?.target === undefined) return;
  throw new RewriteRefusal(
    `${name} may be a masked column of ${nameOf(shadowed.target)}, which it writes`,
    `Qualify it with the table that is meant, as in "t.${name}".`,
  );
}

/** The masked columns and the others of a target as a select list shows them, in their order. */
export function formatTargetColumns(target: WriteTarget, alias: string): string {
  return target.relation.relation.columns
    .map((column) => {
      const shown = formatColumn(target, alias, column);
      return target.relation.columns.has(column) ? `${shown} AS ${quoteName(column)}` : shown;
    })
    .join(', ');
}

function readsMasked({ relation, given }: WriteTarget, column: string): boolean {
  if (relation.columns.has(column)) return given?.has(column) !== true;
  if (column === '*' && given !== undefined)
    return [...relation.columns.keys()].some((one) => !given.has(one));
  return !relation.relation.columns.includes(column) && !SYSTEM_COLUMNS.has(column);
}

/** Of the relation's own type, but for a mask in a column of a domain: the domain's checks need not hold for the mask. */
function formatRow(statement: StatementState, target: WriteTarget, alias: string): string {
  const { schema, name, columns } = target.relation.relation;
  const values = columns.map((column) => formatColumn(target, alias, column));
  const row = `ROW(${values.join(', ')})`;
  if (masksDomain(statement, target.relation)) return row;
  return `${row}::${quoteName(schema)}.${quoteName(name)}`;
}

/** Whether one of the masked columns is of a domain. */
export function masksDomain(
  { text }: StatementState,
  { relation, columns }: MaskedRelation,
): boolean {
  return relation.attributes.some(
    ({ name, typeOid }) => columns.has(name) && text.names.catalog.findType(typeOid)?.kind === 'd',
  );
}

function formatColumn({ relation, isKeyless }: WriteTarget, alias: string, column: string): string {
  const reference = `${quoteName(alias)}.${quoteName(column)}`;
  const isOfVault = relation.columns.get(column)?.keyed?.purpose === 'vault';
  return formatReference(relation, column, { reference, keyless: isKeyless || isOfVault });
}

/** Puts an expression in place of a reference. */
export function replaceReference(
  { text: { source, edits, fragments }, replacedReferences }: StatementState,
  { node, reference }: PlacedReference,
  text: string,
): void {
  const first = source.tokenAt(reference.location);
  const end = source.endOfName(first);
  const span = { start: source.spanAt(first).start, end: source.spanAt(end - 1).end };
  const replaced = fragments.expression(text);
  replacedReferences.push({ span, name: fieldsOf(reference).at(-1) ?? '' });
  edits.add(span, text, () => {
    for (const key of Object.keys(node)) delete (node as Record<string, unknown>)[key];
    Object.assign(node, replaced);
  });
}

function refuseReading(target: WriteTarget): RewriteRefusal {
  if (target.given !== undefined) {
    return new RewriteRefusal(
      `it reads what the server gives a masked column of ${nameOf(target)} in a new row`,
      'Name the columns whose new values it reads in the list of columns, and write values for them.',
    );
  }
  return new RewriteRefusal(
    `it reads masked columns of ${nameOf(target)}, which it writes`,
    'Find the rows by columns that are not masked, such as the primary key.',
  );
}

function nameOf({ relation: { relation } }: WriteTarget): string {
  return `${relation.schema}.${relation.name}`;
}
