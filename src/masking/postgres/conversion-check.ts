import { isUserType } from '../../sql/postgres/built-in-type.ts';
import type { CatalogConversion } from '../../sql/postgres/catalog.ts';
import type { Node } from '../../sql/postgres/tree.ts';
import { mixesTypes } from './mixes-types.ts';
import { RewriteRefusal } from './rewrite-refusal.ts';
import type { StatementState } from './statement-state.ts';
import { addType, findTypeUses, type TypeUses } from './type-uses.ts';

const textOid = 25;

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
  const parameterTypes = statement.text.parameterTypes.filter(isUserType);
  const { relations, typesByName } = statement;
  const uses = findTypeUses(catalog, node, { relations, parameterTypes, typesByName });
  if (parameterTypes.some((oid) => catalog.findType(oid) === undefined)) {
    statement.hasUnknownTypes = true;
    statement.writtenTypes.add(anyType);
  }
  const isExecuted = 'ExecuteStmt' in node && node.ExecuteStmt.params !== undefined;
  // Masks compute with types of their own.
  const isMasked =
    statement.sources.length > 0 || ('CopyStmt' in node && statement.touchesClassified);
  const isMixed = isMasked || mixesTypes(node);
  const masked = maskedTypesOf(statement);
  let runsCode = false;
  for (const conversion of catalog.conversions) {
    if (!mayRun(conversion, { statement, uses, masked, isMixed, isExecuted })) continue;
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
  /** OIDs of the types of columns that masks may be written for. */
  readonly masked: ReadonlySet<number>;
  /** Values may become of types that it does not name. */
  readonly isMixed: boolean;
  /** EXECUTE with values: what they are assigned to is not known. */
  readonly isExecuted: boolean;
}

function mayRun(
  { source, target, context }: CatalogConversion,
  {
    statement,
    uses: { named, present, parts, wanted },
    masked,
    isMixed,
    isExecuted,
  }: ConversionPlace,
): boolean {
  const { hasUnknownTypes, callsUserCode, writtenTypes, typesByName } = statement;
  const isTarget = named.has(target) || writtenTypes.has(target);
  // What is written may be of any type where the relation is not known.
  const isAnywhere = hasUnknownTypes && writtenTypes.has(anyType);
  const isAnyName = typesByName.has('*');
  if (context === 'd') return isTarget || parts.has(target) || isAnywhere || isAnyName;
  const isAny = hasUnknownTypes || callsUserCode;
  const hasSource = (oid: number): boolean =>
    present.has(oid) || named.has(oid) || isRowOf(statement, oid);
  const isThere = !isUserType(source) || isAny || partsOf(statement, source).some(hasSource);
  if (!isThere) return false;
  // Masks compute with the text of a value.
  if (target === textOid && masked.has(source)) return true;
  if (context === 'e') return named.has(target);
  if (isTarget || isExecuted || isAnywhere || wanted.has(target)) return true;
  if (context === 'a' || !isMixed) return false;
  return !isUserType(target) || isAny || present.has(target);
}

/** A type, and that of its elements: what there is one of may become a list. */
function partsOf({ text: { plan } }: StatementState, oid: number): readonly number[] {
  const type = plan.catalog.findType(oid);
  return type?.isArray === true ? [oid, type.innerOid] : [oid];
}

/** Whether values of a type are rows of a relation that the statement reads or writes. */
function isRowOf({ text: { plan }, relations }: StatementState, oid: number): boolean {
  const relationOid = plan.catalog.findType(oid)?.relationOid;
  return (
    relationOid !== undefined && [...relations].some((relation) => relation.oid === relationOid)
  );
}

function maskedTypesOf({ text: { plan }, relations }: StatementState): ReadonlySet<number> {
  const masked = new Set<number>();
  for (const { oid, attributes } of relations) {
    const columns = plan.find(oid)?.columns;
    for (const { name, typeOid } of attributes)
      if (columns?.has(name) === true) addType(plan.catalog, typeOid, masked);
  }
  return masked;
}

/** Stands for the types of columns that are not known. */
export const anyType = 0;
