import type { CatalogRelation } from '../../sql/postgres/catalog.ts';
import type { MaskedColumn, MaskedRelation, MaskPlan } from '../mask-plan.ts';
import { withGenerated } from './generated-columns.ts';
import { RewriteRefusal } from './rewrite-refusal.ts';

/**
 * Refuses to write what is shown by a stand-in: whoever knows those of all values that there can be has the values.
 *
 * @throws {RewriteRefusal}
 */
export function checkStandIns(
  qualified: string,
  masked: MaskedRelation | undefined,
  written: readonly string[],
  isBehindView: boolean = false,
): void {
  for (const column of written) {
    if (masked?.columns.get(column)?.isKeyed !== true) continue;
    throw new RewriteRefusal(
      `it writes ${qualified}.${column}, which is shown by a stand-in: reading it back would tell which rows hold the same value`,
      isBehindView
        ? `Write to ${qualified} itself, and leave out what ${column} is generated from, or ask for the right to see it.`
        : 'Leave out the column, or what it is generated from, or in INSERT write DEFAULT, or ask for the right to see it. A column whose mask is redact can be written.',
    );
  }
}

/**
 * Refuses to give columns values from which a column is generated that is shown by a stand-in. That all may see what it is generated from
 * does not matter: the same stand-ins stand for values of others, which whoever chooses values can then tell.
 *
 * @throws {RewriteRefusal}
 */
export function checkGeneratedStandIns(
  plan: MaskPlan,
  relation: CatalogRelation,
  given: readonly string[],
  isBehindView: boolean = false,
): void {
  const generated = [...withGenerated([relation], given)].filter((name) => !given.includes(name));
  const qualified = `${relation.schema}.${relation.name}`;
  checkStandIns(qualified, plan.find(relation.oid), generated, isBehindView);
}

/** What is keyed and neither a pseudonym nor a token. */
export function isShifted(column: MaskedColumn | undefined): boolean {
  return column?.isKeyed === true && column.keyed === undefined;
}
