import type { KeyedColumn } from '../vault/keyed-form.ts';
import { type Entry, type EntryColumn, type Meaning, SYSTEM_COLUMNS } from './query-levels.ts';
import { quoteName } from './quoted-name.ts';
import { fieldsOf, type StatementState } from './statement-state.ts';
import { type PlacedReference, replaceReference } from './target-references.ts';

/**
 * Hides what a vault token stands for where an expression would compute with it: only whole values can be told on the wire and
 * replaced by their tokens.
 *
 * @returns Whether the reference was replaced.
 */
export function hideKeyed(
  statement: StatementState,
  placed: PlacedReference,
  meanings: readonly Meaning[],
): boolean {
  const { keyed: uses } = statement;
  for (const { entry, column, known } of meanings) {
    if (column === '*') noteKeyedRow(statement, entry);
    else if (known === undefined && !SYSTEM_COLUMNS.has(column)) uses.doubt();
  }
  const keyed = findKeyed(meanings);
  if (keyed === undefined && meanings.some(({ known }) => known !== undefined && isOfVault(known)))
    uses.doubt();
  if (keyed === undefined || uses.isPlain(placed.reference)) return false;
  if (keyed.form.kind !== 'prefixed') uses.loosen();
  if (keyed.purpose !== 'vault') return false;
  const [meaning, ...more] = meanings;
  const { relationOid = 0, column = '' } = meaning?.known?.output ?? {};
  const masked = statement.text.plan.find(relationOid)?.columns.get(column);
  if (masked === undefined || more.length > 0) {
    uses.doubt();
    return false;
  }
  const name = fieldsOf(placed.reference).slice(-2).map(quoteName).join('.');
  replaceReference(statement, placed, `(${masked.keylessExpression(name)})`);
  return true;
}

/** What a reference shows, whichever of its meanings it has: behind USING, a column of either side. */
export function findKeyed(meanings: readonly Meaning[]): KeyedColumn | undefined {
  const [first, ...more] = meanings.map(({ known }) => known?.output.keyed);
  return more.every((other) => other?.id === first?.id) ? first : undefined;
}

/** A row is read as a whole: what is in it is not followed. */
export function noteKeyedRow({ keyed }: StatementState, { columns, members }: Entry): void {
  if (members.length > 0 || columns === undefined || columns.some(isOfVault)) keyed.doubt();
}

function isOfVault({ output }: EntryColumn): boolean {
  return output.keyed?.purpose === 'vault';
}
