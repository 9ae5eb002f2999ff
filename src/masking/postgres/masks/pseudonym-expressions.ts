import { SHIFT_DAYS_MAX } from '../../masks/date-shift.ts';
import { PSEUDONYM_BYTES, pseudonymPrefix } from '../../masks/pseudonym.ts';
import type { PseudonymKeys } from '../../masks/pseudonym-keys.ts';
import type { KeyedForm } from '../../vault/keyed-form.ts';
import { type ColumnType, charactersMax, smallestStep, wholeDigitsMax } from './column-type.ts';
import { type DateFamily, dayLiteral } from './date-expressions.ts';
import { apply, call, choose, concatenate, quoteLiteral, textLiteral } from './sql-text.ts';

/** Numbers up to 2^53 - 1 come through JSON and JavaScript as they are. */
const SAFE_BITS = 53;
/** 2^53 < 10^16. */
const SAFE_DIGITS = 16;
/** Fewer hexadecimal digits, and random tokens would run out. */
const TOKEN_DIGITS_MIN = 8;
/** Digits of the HMAC, two for each of its bytes. */
const HMAC_DIGITS = 64;

/** Pseudonyms of dates lie in years that no real one does, so that nobody takes them for one. */
const PSEUDONYM_DAY = '3000-01-01';
/** Days to 9999-12-31, the last that most languages know. */
const PSEUDONYM_DAYS = 2_556_000;
const SECONDS_PER_DAY = 86_400;
/** In fd00::/8, which is for local addresses. */
const PSEUDONYM_NETWORK = 'fd53:616c:6c79::';

/**
 * What stands for a value wherever it occurs: equal values get equal pseudonyms in every column whose type takes the same form.
 * Undefined for types that have no room for one.
 */
export function pseudonymExpression(
  type: ColumnType,
  keys: PseudonymKeys,
  redacted: string,
): ((reference: string) => string) | undefined {
  const shape = findShape(type, keys);
  if (shape === undefined) return undefined;
  return (reference) => {
    const input = canonicalBytes(reference, type);
    const pseudonym = shape(hmac(input ?? '', keys));
    const unreadable = unreadableDate(reference, type);
    return unreadable === undefined ? pseudonym : choose([[unreadable, redacted]], pseudonym);
  };
}

/** How the pseudonyms of a column are spelled; undefined for types that have no room for one. */
export function findKeyedForm(type: ColumnType, keys: PseudonymKeys): KeyedForm | undefined {
  if (findShape(type, keys) === undefined) return undefined;
  switch (type.builtIn?.family) {
    case 'text': {
      const count = narrowDigits(charactersMax(type), pseudonymPrefix(keys));
      return count === undefined ? { kind: 'prefixed' } : { kind: 'digits', count };
    }
    case 'integer':
      return { kind: 'number', bits: 31 };
    case 'bigint':
      return { kind: 'number', bits: SAFE_BITS };
    case 'uuid':
      return { kind: 'uuid' };
    case 'smallint':
    case 'numeric':
    case 'real':
    case 'double':
    case 'date':
    case 'timestamp':
    case 'timestamptz':
    case 'boolean':
    case 'inet':
    case 'cidr':
    case 'macaddr':
    case 'macaddr8':
    case 'bytea':
    case 'json':
    case 'xml':
    case 'opaque':
    case undefined:
      return { kind: 'other' };
  }
}

/** Whether random tokens can take the place of such values: there are enough of them, and clients read them back. */
export function isTokenForm(form: KeyedForm): boolean {
  return form.kind === 'digits' ? form.count >= TOKEN_DIGITS_MIN : form.kind !== 'other';
}

/** Days (`int8`) by which all dates of the patient with this key are shifted; undefined for types that are nobody's key. */
export function shiftDays(
  reference: string,
  type: ColumnType,
  keys: PseudonymKeys,
): string | undefined {
  const input = canonicalBytes(reference, type);
  if (input === undefined || unreadableDate(reference, type) !== undefined) return undefined;
  const days = apply(bits(hmac(input, keys), 32), '%', `'${SHIFT_DAYS_MAX}'::pg_catalog.int8`);
  return apply(days, '+', `'1'::pg_catalog.int8`);
}

/** From an HMAC (`bytea`) to a value that can be cast to the column's type. */
function findShape(type: ColumnType, keys: PseudonymKeys): ((hmac: string) => string) | undefined {
  switch (type.builtIn?.family) {
    case 'text':
      return textShape(charactersMax(type), pseudonymPrefix(keys));
    case 'smallint':
      return (hash) => bits(hash, 15);
    case 'integer':
      return (hash) => bits(hash, 31);
    case 'bigint':
    case 'double':
      return (hash) => bits(hash, SAFE_BITS);
    case 'real':
      return (hash) => bits(hash, 24);
    case 'numeric':
      return smallestStep(type) > 1 ? undefined : numericShape(wholeDigitsMax(type));
    case 'date':
    case 'timestamp':
    case 'timestamptz':
      return dateShape(type.builtIn.family);
    case 'uuid':
      return uuidShape;
    case 'inet':
      return (hash) => apply(`'${PSEUDONYM_NETWORK}'::pg_catalog.inet`, '+', bits(hash, SAFE_BITS));
    case 'macaddr':
      return (hash) => `${locallyAdministered(hash, 10)}::pg_catalog.macaddr`;
    case 'macaddr8':
      return (hash) => `${locallyAdministered(hash, 14)}::pg_catalog.macaddr8`;
    case 'bytea':
      return (hash) => hash;
    case 'boolean':
    case 'cidr':
    case 'json':
    case 'xml':
    case 'opaque':
    case undefined:
      return undefined;
  }
}

function textShape(widthMax: number | undefined, prefix: string): (hmac: string) => string {
  const digits = narrowDigits(widthMax, prefix);
  if (digits !== undefined) return (hash) => hexadecimal(hash, digits);
  return (hash) => concatenate(quoteLiteral(prefix), hexadecimal(hash, 2 * PSEUDONYM_BYTES));
}

/** Digits in a column too narrow for a prefix; undefined: it is not. */
function narrowDigits(widthMax: number | undefined, prefix: string): number | undefined {
  if (widthMax === undefined || widthMax >= prefix.length + 2 * PSEUDONYM_BYTES) return undefined;
  return Math.min(widthMax, HMAC_DIGITS);
}

function numericShape(digitsMax: number = SAFE_DIGITS): ((hmac: string) => string) | undefined {
  if (digitsMax < 1) return undefined;
  if (digitsMax >= SAFE_DIGITS) return (hash) => bits(hash, SAFE_BITS);
  const modulus = `'${10 ** digitsMax}'::pg_catalog.int8`;
  return (hash) => apply(bits(hash, SAFE_BITS), '%', modulus);
}

function dateShape(family: DateFamily): (hmac: string) => string {
  const start = dayLiteral(family, PSEUDONYM_DAY);
  if (family === 'date') {
    return (hash) => {
      const days = apply(bits(hash, SAFE_BITS), '%', `'${PSEUDONYM_DAYS}'::pg_catalog.int8`);
      return apply(start, '+', `${days}::pg_catalog.int4`);
    };
  }
  const range = `'${PSEUDONYM_DAYS * SECONDS_PER_DAY}'::pg_catalog.int8`;
  return (hash) => {
    const seconds = `${apply(bits(hash, SAFE_BITS), '%', range)}::pg_catalog.float8`;
    return apply(start, '+', apply(`'00:00:01'::pg_catalog.interval`, '*', seconds));
  };
}

/** Version 8 (RFC 9562, section 5.8), which is for purposes of one's own; both fixed fields take a whole byte. */
function uuidShape(hash: string): string {
  const withVersion = call('set_byte', call('substr', hash, '1', '16'), '6', '128');
  const bytes = call('set_byte', withVersion, '8', '128');
  return `${call('encode', bytes, quoteLiteral('hex'))}::pg_catalog.uuid`;
}

/** The bit that says so is set in 02, and no group has such an address. */
function locallyAdministered(hash: string, digits: number): string {
  return concatenate(quoteLiteral('02'), hexadecimal(hash, digits));
}

function hmac(bytes: string, { innerBlock, outerBlock }: PseudonymKeys): string {
  const inner = call('sha256', apply(bytea(innerBlock), '||', bytes));
  return call('sha256', apply(bytea(outerBlock), '||', inner));
}

function bytea(bytes: Buffer): string {
  return call('decode', quoteLiteral(bytes.toString('hex')), quoteLiteral('hex'));
}

/** The first digits of an HMAC, from no more of its bytes than they need. */
function hexadecimal(hash: string, digits: number): string {
  const bytes = call('substr', hash, '1', String(Math.ceil(digits / 2)));
  const whole = call('encode', bytes, quoteLiteral('hex'));
  return digits % 2 === 0 ? whole : call('left', whole, String(digits));
}

/** The first bits of an HMAC as a number of type `int8` that is not negative. */
function bits(hash: string, count: number): string {
  const digits = concatenate(quoteLiteral('x'), hexadecimal(hash, Math.ceil(count / 8) * 2));
  return `${digits}::pg_catalog.bit(${count})::pg_catalog.int8`;
}

/**
 * The bytes of a value in a form that does not depend on its type or on settings: 7, '7' and 7.00 are equal.
 *
 * NOTE: in a database whose encoding is SQL_ASCII, text that is not UTF-8 is an error, as it is for clients that ask for UTF-8.
 */
function canonicalBytes(reference: string, type: ColumnType): string | undefined {
  if (type.builtIn?.family === 'bytea') return `${reference}::pg_catalog.bytea`;
  const text = canonicalText(reference, type);
  return text && call('convert_to', text, quoteLiteral('UTF8'));
}

function canonicalText(reference: string, type: ColumnType): string | undefined {
  switch (type.builtIn?.family) {
    case 'text':
    case 'smallint':
    case 'integer':
    case 'bigint':
    case 'boolean':
    case 'uuid':
    case 'macaddr':
    case 'macaddr8':
      return `${reference}::pg_catalog.text`;
    case 'numeric':
      return `${call('trim_scale', reference)}::pg_catalog.text`;
    case 'real':
    case 'double':
      // Before PostgreSQL 14 no numeric is infinite.
      return choose(
        [
          [
            apply(call('abs', reference), '=', `'Infinity'::pg_catalog.float8`),
            `${reference}::pg_catalog.text`,
          ],
        ],
        `${call('trim_scale', `${reference}::pg_catalog.numeric`)}::pg_catalog.text`,
      );
    case 'inet':
      return call('abbrev', reference);
    case 'date':
      return call('to_char', `${reference}::pg_catalog.timestamp`, quoteLiteral('YYYY-MM-DD'));
    case 'timestamp':
      return call('to_char', reference, quoteLiteral('YYYY-MM-DD"T"HH24:MI:SS.US'));
    case 'timestamptz': {
      const utc = call('timezone', textLiteral('UTC'), reference);
      return call('to_char', utc, quoteLiteral('YYYY-MM-DD"T"HH24:MI:SS.US"Z"'));
    }
    case 'bytea':
    case 'cidr':
    case 'json':
    case 'xml':
    case 'opaque':
    case undefined:
      return undefined;
  }
}

/** True for dates that `to_char` does not write in this form: before Christ, after 9999, infinite. */
function unreadableDate(reference: string, type: ColumnType): string | undefined {
  const family = type.builtIn?.family;
  if (family !== 'date' && family !== 'timestamp' && family !== 'timestamptz') return undefined;
  const early = apply(reference, '<', dayLiteral(family, '0001-01-01'));
  return `${early} OR ${apply(reference, '>=', dayLiteral(family, '10000-01-01'))}`;
}
