import type { Catalog, CatalogRelation } from '../../sql/postgres/catalog.ts';
import { closureOf } from '../../sql/postgres/relation-closure.ts';
import { apply, call, choose } from './masks/sql-text.ts';
import { type Meaning, type QueryLevel, SYSTEM_COLUMNS } from './query-levels.ts';
import type { StatementState } from './statement-state.ts';

/** What the server can tell a relation's rows from each other by: where they lie, or nothing. */
export type RowIdentity = 'place' | 'none';

/** What the rows of a relation have; foreign ones lie where nobody knows. */
export function rowIdentityOf(catalog: Catalog, relation: CatalogRelation): RowIdentity {
  if (relation.kind === 'm') return 'place';
  const { relations } = closureOf(catalog, relation, true);
  return relations.every(({ kind }) => kind === 'r' || kind === 'p') ? 'place' : 'none';
}

/**
 * A mask from which the server cannot find out which rows hold the same behind it. It sees through a mask to the column, and computes what
 * stands in LATERAL but once for all rows that have the same there (Memoize), which chance, sequences and EXPLAIN ANALYZE tell; by the
 * number of different values it estimates how many groups there are. Beside a row's place, each is another. What depends on chance it
 * does not see through at all, but then joins cannot use the indexes beneath.
 *
 * @param row The relation as the mask refers to it.
 */
export function hideEquals(mask: string, row: string, identity: RowIdentity): string {
  const place = apply(`${row}."ctid"`, '=', `'(0,0)'::pg_catalog.tid`);
  const table = apply(`${row}."tableoid"`, '=', `'0'::pg_catalog.oid`);
  const never = identity === 'place' ? `${place} AND ${table}` : apply(call('random'), '<', '0');
  // The same twice: NULL would take the length of a varchar from it.
  return choose([[never, mask]], mask);
}

/**
 * Takes note of a reference from within another query, or from a function in FROM, to what may be a mask, or be computed from one: for the
 * server that is LATERAL, written so or not.
 */
export function noteOutward(
  statement: StatementState,
  level: QueryLevel,
  meanings: readonly Meaning[],
): void {
  const isOutward = meanings.some(
    (meaning) => !level.entries.includes(meaning.entry) && !isShownAsIs(statement, meaning),
  );
  if (isOutward) statement.mayShowEquals = true;
}

/** Of a relation's column, or row, that nothing is masked in. */
function isShownAsIs({ text: { plan } }: StatementState, meaning: Meaning): boolean {
  const { entry, column, known } = meaning;
  if (SYSTEM_COLUMNS.has(column)) return true;
  if (entry.relation !== undefined && plan.find(entry.relation.oid) === undefined) return true;
  const { relationOid = 0, column: own = '' } = known?.output ?? {};
  return relationOid !== 0 && plan.find(relationOid)?.columns.has(own) !== true;
}
