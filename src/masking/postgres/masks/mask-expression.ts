import type { CatalogColumn } from '../../../sql/postgres/catalog.ts';
import type { Mask } from '../../mask.ts';
import type { MaskedColumn } from '../../mask-plan.ts';
import type { MaskContext } from '../../masks/mask-context.ts';
import { redactedText } from '../../masks/redacted-text.ts';
import { describeKeyed, type KeyedColumn } from '../../vault/keyed-form.ts';
import { NAME_OID, TEXT_OID } from './built-in-types.ts';
import { type ColumnType, charactersMax, type FindType, resolveColumnType } from './column-type.ts';
import { type DateFamily, maskYear, shiftDate } from './date-expressions.ts';
import { fixedValue } from './fixed-value.ts';
import { numberExpression } from './number-expressions.ts';
import {
  findKeyedForm,
  isTokenForm,
  pseudonymExpression,
  shiftDays,
} from './pseudonym-expressions.ts';
import { nullValue, redactedValue } from './redacted-value.ts';
import { choose, siblingReference, textLiteral, unlessNull } from './sql-text.ts';
import { findTextExpression } from './text-expressions.ts';

/** What an expression depends on besides the mask and its column. */
export interface MaskSurroundings {
  readonly findType: FindType;
  readonly context: MaskContext;
  /** As `server_version_num` says: 150018. */
  readonly serverVersion: number;
  /** The column that says whose row it is, if that is known. */
  readonly patientKey?: CatalogColumn | undefined;
}

/** Both spellings of a mask: with the keys in it, and one for what the server stores or shows. */
export type MaskExpressions = Pick<
  MaskedColumn,
  'expression' | 'keylessExpression' | 'keyed' | 'isKeyed' | 'shiftedBy'
>;

type Expression = (reference: string) => string;

/**
 * Spells a mask as an SQL expression over a column.
 *
 * Its value is one of the column's type, modifier and collation (of the base type, if that is a domain: to clients they are the
 * same, and no check can fail); NULL for NULL; no part of it looks a name up along the search path or depends on another
 * setting. A mask that does not fit the type redacts, as do all values that would be shown as they are without being as coarse as
 * the mask asks. Keyed masks redact in the keyless spelling, for without a secret they could be undone by trying.
 */
export function maskExpression(
  mask: Mask,
  column: CatalogColumn,
  surroundings: MaskSurroundings,
): MaskExpressions {
  const type = resolveColumnType(column, surroundings.findType);
  const spelled: Spelled = { type, column, surroundings };
  const keylessExpression = constant(mask, spelled) ?? computed(mask, spelled) ?? redact(spelled);
  const keyed = keyedExpression(mask, spelled);
  const described = keyed && describeColumn(mask, spelled);
  const patientKey = mask.kind === 'date-shift' ? surroundings.patientKey : undefined;
  return {
    expression: keyed ?? keylessExpression,
    keylessExpression,
    ...(described !== undefined && { keyed: described }),
    ...(keyed !== undefined && { isKeyed: true }),
    ...(keyed !== undefined && patientKey !== undefined && { shiftedBy: patientKey.name }),
  };
}

interface Spelled {
  readonly type: ColumnType;
  readonly column: CatalogColumn;
  readonly surroundings: MaskSurroundings;
}

/** Masks whose value does not depend on the column's, but for NULL. */
function constant(mask: Mask, spelled: Spelled): Expression | undefined {
  const { type, column } = spelled;
  if (mask.kind === 'null') return () => collate(nullValue(type), column);
  const value = mask.kind === 'fixed' ? fixedValue(mask.value, type) : undefined;
  return value === undefined ? undefined : constantExpression(value, spelled);
}

function redact(spelled: Spelled): Expression {
  return constantExpression(redactedValue(spelled.type, spelled.surroundings.findType), spelled);
}

function constantExpression(value: string, { type, column }: Spelled): Expression {
  // The planner then need not even read the column.
  if (column.isNotNull) return () => collate(value, column);
  // A row with a NULL in it is neither NULL nor not NULL.
  if (type.described?.kind === 'c') {
    return (reference) => unlessNull(reference, nullValue(type), value);
  }
  // The shortest spelling, for most masks are this one; but without a modifier the NULL would take that of the whole.
  const otherwise = type.modifier === -1 ? '' : ` ELSE ${nullValue(type)}`;
  return (reference) =>
    collate(`CASE WHEN ${reference} IS NOT NULL THEN ${value}${otherwise} END`, column);
}

/** Masks that need a key; undefined for others, and where the type has no room for what they yield. */
function keyedExpression(mask: Mask, spelled: Spelled): Expression | undefined {
  if (mask.kind === 'date-shift') return shift(spelled);
  return mask.kind === 'pseudonym' || mask.kind === 'vault'
    ? pseudonymise(mask, spelled)
    : undefined;
}

/** Masks that are a function of the value alone. */
function computed(mask: Mask, { type, column, surroundings }: Spelled): Expression | undefined {
  const { thisYear } = surroundings.context;
  const family = type.builtIn?.family;
  if (family === 'text') {
    const redacted = textLiteral(redactedText(charactersMax(type)));
    const shown = findTextExpression(mask, redacted, thisYear);
    return shown && ((reference) => finish(shown(asText(reference, type, column)), type, column));
  }
  if (isDateFamily(family)) {
    if (mask.kind !== 'year' && mask.kind !== 'date-shift') return undefined;
    const redacted = redactedValue(type, surroundings.findType);
    const parts = { redacted, thisYear, serverVersion: surroundings.serverVersion };
    return (reference) => finish(maskYear(baseOf(reference, type), family, parts), type, column);
  }
  if (family === 'inet' || family === 'cidr') {
    if (mask.kind !== 'ip-prefix') return undefined;
    return (reference) => finish(networkOf(baseOf(reference, type)), type, column);
  }
  const shown = numberExpression(mask, type, thisYear);
  return shown && ((reference) => finish(shown(baseOf(reference, type)), type, column));
}

/** What the keyed values are; undefined where they are not pseudonyms. */
function describeColumn(mask: Mask, { type, surroundings }: Spelled): KeyedColumn | undefined {
  if (mask.kind !== 'pseudonym' && mask.kind !== 'vault') return undefined;
  const keys = surroundings.context.keys.derive(mask.kind, mask.domain);
  const form = findKeyedForm(type, keys);
  return form && describeKeyed(mask.kind, mask.domain, form);
}

function pseudonymise(
  mask: Extract<Mask, { kind: 'pseudonym' | 'vault' }>,
  { type, column, surroundings }: Spelled,
): Expression | undefined {
  const keys = surroundings.context.keys.derive(mask.kind, mask.domain);
  const form = findKeyedForm(type, keys);
  // What no token takes the place of on the wire must not get there.
  if (mask.kind === 'vault' && (form === undefined || !isTokenForm(form))) return undefined;
  const redacted = redactedValue(type, surroundings.findType);
  const shown = pseudonymExpression(type, keys, redacted);
  return shown && ((reference) => finish(shown(baseOf(reference, type)), type, column));
}

function shift({ type, column, surroundings }: Spelled): Expression | undefined {
  const family = type.builtIn?.family;
  const { patientKey, context, findType, serverVersion } = surroundings;
  if (!isDateFamily(family) || patientKey === undefined) return undefined;
  const keyType = resolveColumnType(patientKey, findType);
  const keys = context.keys.derive('date-shift', '');
  if (shiftDays('NULL', keyType, keys) === undefined) return undefined;
  const redacted = redactedValue(type, findType);
  const parts = { redacted, thisYear: context.thisYear, serverVersion };
  return (reference) => {
    const patient = baseOf(siblingReference(reference, patientKey.name), keyType);
    const days = shiftDays(patient, keyType, keys) ?? '';
    const value = baseOf(reference, type);
    const shown = choose(
      [[`${patient} IS NULL`, maskYear(value, family, parts)]],
      shiftDate(value, family, { ...parts, days }),
    );
    return finish(shown, type, column);
  };
}

function isDateFamily(family: string | undefined): family is DateFamily {
  return family === 'date' || family === 'timestamp' || family === 'timestamptz';
}

/** The network of an address: 24 bits of IPv4, 48 of IPv6. */
function networkOf(reference: string): string {
  const isVersion4 = `pg_catalog.family(${reference}) OPERATOR(pg_catalog.=) 4`;
  const bits = choose([[isVersion4, '24']], '48');
  return `pg_catalog.network(pg_catalog.set_masklen(${reference}, ${bits}))`;
}

/**
 * A text column as `text`. Under the collation C if its own may be another than the database's: some refuse regular expressions.
 */
function asText(reference: string, type: ColumnType, column: CatalogColumn): string {
  const text =
    type.oid === TEXT_OID && !type.isDomain ? reference : `${reference}::pg_catalog.text`;
  return hasOwnCollation(type, column) ? `(${text} COLLATE pg_catalog."C")` : text;
}

/** A domain may have one that the catalog's columns do not tell. */
function hasOwnCollation(type: ColumnType, column: CatalogColumn): boolean {
  return type.isDomain || column.collation !== undefined;
}

/** A domain's value as one of its base type, which functions of `pg_catalog` take. */
function baseOf(reference: string, type: ColumnType): string {
  return type.isDomain ? `${reference}::${type.sql}` : reference;
}

function finish(expression: string, type: ColumnType, column: CatalogColumn): string {
  const cast = `(${expression})::${type.sql}`;
  if (type.builtIn?.family !== 'text') return cast;
  if (type.oid === NAME_OID) return `(${cast} COLLATE pg_catalog."C")`;
  if (!hasOwnCollation(type, column)) return type.oid === TEXT_OID ? `(${expression})` : cast;
  return `(${cast} COLLATE ${column.collation ?? 'pg_catalog."default"'})`;
}

/** A constant of a column whose collation is not its type's. */
function collate(constant: string, { collation }: CatalogColumn): string {
  return collation === undefined ? constant : `(${constant} COLLATE ${collation})`;
}
