import type { CatalogColumn, CatalogType } from '../../../sql/postgres/catalog.ts';
import {
  BPCHAR_OID,
  BUILT_IN_TYPES,
  type BuiltInType,
  INTERVAL_OID,
  NUMERIC_OID,
  VARCHAR_OID,
} from './built-in-types.ts';

/** Finds a type by OID; undefined for one that the catalog does not know. */
export type FindType = (oid: number) => CatalogType | undefined;

/** A column's type, as the masks see it: domains are gone, for a server describes their base type to clients. */
export interface ColumnType {
  readonly oid: number;
  /** Type modifier, -1 for none. */
  readonly modifier: number;
  /** Fit for a cast, modifier included. */
  readonly sql: string;
  /** Undefined unless it is one of `pg_catalog` that masks know. */
  readonly builtIn: BuiltInType | undefined;
  /** Undefined if the catalog does not know it, or if it is built in. */
  readonly described: CatalogType | undefined;
  /** The type itself is a domain: a NULL or a constant of ours might not pass its checks. */
  readonly isDomain: boolean;
}

/** Domains over domains and arrays of composites nest; deeper ones than this count as unknown. */
const NESTING_MAX = 32;
/** `VARHDRSZ`: modifiers of character types and of numeric are that much more than they say. */
const MODIFIER_OFFSET = 4;

/** The type of a column, or of a field of a composite type. */
export function resolveColumnType(
  column: Pick<CatalogColumn, 'typeOid' | 'typeModifier' | 'typeName'>,
  findType: FindType,
): ColumnType {
  const described = findType(column.typeOid);
  if (described?.kind === 'd') return resolveDomain(described, findType);
  return makeType(column.typeOid, column.typeModifier, { sql: column.typeName, described });
}

/** A type that others are made of, as an array's elements; undefined if the catalog does not know it. */
export function resolveInnerType(
  oid: number,
  modifier: number,
  findType: FindType,
): ColumnType | undefined {
  const described = findType(oid);
  return described?.kind === 'd'
    ? resolveDomain(described, findType)
    : resolveNamed(oid, modifier, described);
}

function resolveDomain(domain: CatalogType, findType: FindType): ColumnType {
  let current = domain;
  let modifier = -1;
  for (let depth = 0; depth < NESTING_MAX; depth++) {
    if (current.innerModifier !== -1) modifier = current.innerModifier;
    const inner = findType(current.innerOid);
    if (inner?.kind !== 'd') {
      const base = resolveNamed(current.innerOid, modifier, inner);
      if (base !== undefined) return { ...base, isDomain: true };
      break;
    }
    current = inner;
  }
  // What it is made of is not known; all that is left is a NULL of it.
  const unknown = { sql: domain.name, described: undefined };
  return { ...makeType(domain.oid, -1, unknown), isDomain: true };
}

/** A type that is not a domain, spelled by ourselves. */
function resolveNamed(
  oid: number,
  modifier: number,
  described: CatalogType | undefined,
): ColumnType | undefined {
  const builtIn = BUILT_IN_TYPES.get(oid);
  const name = builtIn === undefined ? described?.name : `pg_catalog.${builtIn.name}`;
  if (name === undefined) return undefined;
  // An array has the modifier of its elements.
  const spelled = described?.isArray === true ? described.innerOid : oid;
  return makeType(oid, modifier, { sql: withModifier(name, spelled, modifier), described });
}

function makeType(
  oid: number,
  modifier: number,
  { sql, described }: Pick<ColumnType, 'sql' | 'described'>,
): ColumnType {
  return { oid, modifier, sql, builtIn: BUILT_IN_TYPES.get(oid), described, isDomain: false };
}

/** `name(20)`, `name(20)[]`. */
function withModifier(name: string, oid: number, modifier: number): string {
  const text = formatModifier(oid, modifier);
  return name.endsWith('[]') ? `${name.slice(0, -2)}${text}[]` : `${name}${text}`;
}

/** A modifier as the types of `pg_catalog` read it; nothing for types whose modifiers only they themselves understand. */
function formatModifier(oid: number, modifier: number): string {
  if (modifier === -1) return '';
  switch (oid) {
    case BPCHAR_OID:
    case VARCHAR_OID:
      return `(${modifier - MODIFIER_OFFSET})`;
    case NUMERIC_OID: {
      const { precision, scale } = numericModifier(modifier);
      return `(${precision},${scale})`;
    }
    case INTERVAL_OID: {
      const range = (modifier >> 16) & 0x7fff;
      const precision = modifier & 0xffff;
      return precision === 0xffff ? `(${range})` : `(${range},${precision})`;
    }
    default:
      // Bits, and the fractions of seconds of times and timestamps, are the number itself.
      return BUILT_IN_TYPES.has(oid) ? `(${modifier})` : '';
  }
}

/** @see numeric_typmod_precision and numeric_typmod_scale in PostgreSQL's numeric.c */
function numericModifier(modifier: number): {
  readonly precision: number;
  readonly scale: number;
} {
  const packed = modifier - MODIFIER_OFFSET;
  return { precision: (packed >> 16) & 0xffff, scale: ((packed & 0x7ff) ^ 1024) - 1024 };
}

/** Characters that fit into a text type; undefined for no limit. */
export function charactersMax({ oid, modifier }: ColumnType): number | undefined {
  if (oid !== BPCHAR_OID && oid !== VARCHAR_OID) return undefined;
  return modifier === -1 ? undefined : modifier - MODIFIER_OFFSET;
}

/** Digits before the point that fit into a `numeric`; undefined for no limit. May be negative. */
export function wholeDigitsMax({ modifier }: ColumnType): number | undefined {
  if (modifier === -1) return undefined;
  const { precision, scale } = numericModifier(modifier);
  return precision - scale;
}

/** What the values of a `numeric` are multiples of; 0 if it is not limited. */
export function smallestStep({ modifier }: ColumnType): number {
  return modifier === -1 ? 0 : 10 ** -numericModifier(modifier).scale;
}
