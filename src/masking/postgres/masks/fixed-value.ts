import type { TypeFamily } from './built-in-types.ts';
import { type ColumnType, smallestStep, wholeDigitsMax } from './column-type.ts';
import { quoteLiteral } from './sql-text.ts';

const INTEGER = /^-?[0-9]{1,19}$/;
const DECIMAL = /^-?([0-9]{1,15})(?:\.([0-9]{1,15}))?$/;
const DAY = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const ADDRESS = /^(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})(?:\.(?!$)|$)){4}$/;
const BITS: Readonly<Partial<Record<TypeFamily, bigint>>> = {
  smallint: 15n,
  integer: 31n,
  bigint: 63n,
};

/**
 * A configured value as a literal of a type; undefined if the server might not read it as one, for then each statement would
 * fail. Narrow text columns get its beginning.
 */
export function fixedValue(value: string, type: ColumnType): string | undefined {
  if (value.includes('\0')) return undefined;
  const literal = `${quoteLiteral(value)}::${type.sql}`;
  if (type.builtIn === undefined) {
    const isLabel = type.described?.kind === 'e' && type.described.labels.includes(value);
    return isLabel ? literal : undefined;
  }
  switch (type.builtIn.family) {
    case 'text':
      return literal;
    case 'smallint':
    case 'integer':
    case 'bigint':
      return isInteger(value, BITS[type.builtIn.family] ?? 0n) ? literal : undefined;
    case 'numeric':
      return isNumeric(value, type) ? literal : undefined;
    case 'real':
    case 'double':
      return DECIMAL.test(value) ? literal : undefined;
    case 'boolean':
      return value === 'true' || value === 'false' ? literal : undefined;
    case 'date':
    case 'timestamp':
      return isDay(value) ? literal : undefined;
    case 'timestamptz':
      return isDay(value) ? `${quoteLiteral(`${value} 00:00:00+00`)}::${type.sql}` : undefined;
    case 'uuid':
      return UUID.test(value) ? literal : undefined;
    case 'inet':
      return ADDRESS.test(value) ? literal : undefined;
    case 'json':
      return isJson(value) ? literal : undefined;
    case 'bytea':
      return `pg_catalog.decode('${Buffer.from(value).toString('hex')}', 'hex')`;
    case 'cidr':
    case 'macaddr':
    case 'macaddr8':
    case 'xml':
    case 'opaque':
      return undefined;
  }
}

function isInteger(value: string, bits: bigint): boolean {
  return INTEGER.test(value) && BigInt.asIntN(Number(bits) + 1, BigInt(value)) === BigInt(value);
}

/** One digit of room is kept for rounding. */
function isNumeric(value: string, type: ColumnType): boolean {
  const [, whole = '', fraction] = DECIMAL.exec(value) ?? [];
  const digitsMax = (wholeDigitsMax(type) ?? Number.POSITIVE_INFINITY) - (fraction ? 1 : 0);
  return whole !== '' && whole.length <= digitsMax && smallestStep(type) <= 1;
}

function isDay(value: string): boolean {
  const [, year = '0', month = '', day = ''] = DAY.exec(value) ?? [];
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  return Number(year) >= 1000 && date.toISOString().startsWith(value);
}

/** `jsonb` does not take every escape that JSON has. */
function isJson(value: string): boolean {
  if (value.includes('\\')) return false;
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}
