import type { CatalogConversion } from '../../sql/postgres/catalog.ts';
import type { Node } from '../../sql/postgres/tree.ts';
import { RewriteRefusal } from './rewrite-refusal.ts';
import type { StatementState } from './statement-state.ts';
import { findTypeUses, type TypeUses } from './type-uses.ts';

/** `FirstNormalObjectId`: types below are built in. */
const firstUserOid = 16_384;

/**
 * Lets a statement pass if no cast WITH FUNCTION and no check of a domain may run in it that calls code of the target's own, unless the
 * target's configuration vouches for that as for a function that the statement calls. To be called once all its relations are found.
 *
 * @returns Whether code may run for which the configuration vouches.
 * @throws {RewriteRefusal}
 */
export function checkConversions(statement: StatementState, node: Node): boolean {
  const { names } = statement.text;
  const { catalog } = names;
  if (catalog.conversions.length === 0) return false;
  const uses = findTypeUses(catalog, node, statement.relations);
  const isExecuted = 'ExecuteStmt' in node;
  let runsCode = false;
  for (const conversion of catalog.conversions) {
    if (!mayRun(conversion, { statement, uses, isExecuted })) continue;
    if (names.isAllowed(conversion.code)) {
      runsCode = true;
      continue;
    }
    const type = catalog.findType(conversion.target)?.name ?? 'another type';
    const what = conversion.context === 'd' ? `the domain ${type}` : `a cast to ${type}`;
    throw new RewriteRefusal(
      `${what} calls ${conversion.code}, which may read data that is masked`,
      `Have "${conversion.code}" added to functionsAllowed in the target's configuration if it shows no one what they may not see.`,
    );
  }
  return runsCode;
}

interface ConversionPlace {
  readonly statement: StatementState;
  readonly uses: TypeUses;
  /** Of EXECUTE: what its values are assigned to is not known. */
  readonly isExecuted: boolean;
}

function mayRun(
  { source, target, context }: CatalogConversion,
  { statement, uses: { named, present, parts }, isExecuted }: ConversionPlace,
): boolean {
  const { hasUnknownTypes, callsUserCode, writtenTypes } = statement;
  const isTarget = named.has(target) || writtenTypes.has(target);
  // What is written may be of any type where the relation is not known.
  const isAnywhere = hasUnknownTypes && writtenTypes.has(anyType);
  if (context === 'd') return isTarget || parts.has(target) || isAnywhere;
  const isAny = hasUnknownTypes || callsUserCode;
  const hasSource = source < firstUserOid || isAny || present.has(source) || named.has(source);
  if (!hasSource) return false;
  if (context === 'e') return named.has(target);
  if (context === 'a') return isTarget || isAnywhere || isExecuted;
  return isTarget || target < firstUserOid || isAny || present.has(target);
}

/** Stands for the types of columns that are not known. */
export const anyType = 0;
