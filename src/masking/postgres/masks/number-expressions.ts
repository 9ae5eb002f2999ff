import type { Mask } from '../../mask.ts';
import { AGE_MAX, oldestYear } from '../../masks/mask-context.ts';
import { RESTRICTED_ZIPS } from '../../masks/restricted-zips.ts';
import type { TypeFamily } from './built-in-types.ts';
import { type ColumnType, smallestStep, wholeDigitsMax } from './column-type.ts';
import { apply, call, choose } from './sql-text.ts';

type Integer = 'smallint' | 'integer' | 'bigint';

const INTEGER_BITS: Readonly<Record<Integer, bigint>> = {
  smallint: 15n,
  integer: 31n,
  bigint: 63n,
};

/** Buckets of one size that a floating-point type can tell apart, with some values in each. */
const BUCKETS_MAX = { real: 2 ** 20, double: 2 ** 49 };
/** No sum or quotient of buckets is larger. */
const DOUBLE_MAX = 1e15;
const BUCKET_MIN = 1e-6;
const BUCKET_MAX = 1e15;
/** Beyond any number that people store; NaN and infinity are, too. */
const NUMERIC_MAX = '1e300';

/**
 * What a mask makes of a column of numbers, in an expression whose type is or can be cast to the column's.
 *
 * No sum, product or cast in it can overflow, for even errors that quote nothing stop a query. Undefined if the mask does not fit.
 */
export function numberExpression(
  mask: Mask,
  type: ColumnType,
  thisYear: number,
): ((reference: string) => string) | undefined {
  const family = type.builtIn?.family;
  if (family === undefined) return undefined;
  if (isInteger(family)) return integerExpression(mask, family, thisYear);
  if (family === 'numeric') return numericExpression(mask, type);
  if (family === 'real' || family === 'double') return floatExpression(mask, family);
  return undefined;
}

function isInteger(family: TypeFamily): family is Integer {
  return family in INTEGER_BITS;
}

function integerExpression(
  mask: Mask,
  family: Integer,
  thisYear: number,
): ((reference: string) => string) | undefined {
  switch (mask.kind) {
    case 'age':
      return (reference) => clampAge(reference, AGE_MAX, reference);
    case 'zip3':
      return (reference) => maskZip(wide(reference));
    case 'year':
    case 'date-shift':
      return (reference) => maskYear(wide(reference), thisYear);
    case 'bucket':
      if (!Number.isSafeInteger(mask.size) || mask.size <= 1) return undefined;
      return (reference) => integerBucket(wide(reference), BigInt(mask.size), INTEGER_BITS[family]);
    case 'redact':
    case 'null':
    case 'fixed':
    case 'partial':
    case 'email-domain':
    case 'ip-prefix':
    case 'pseudonym':
    case 'vault':
      return undefined;
  }
}

function numericExpression(
  mask: Mask,
  type: ColumnType,
): ((reference: string) => string) | undefined {
  // Whole hundreds round what a mask leaves up to what it hides, or beyond what fits.
  if (smallestStep(type) > 1) return undefined;
  const digits = wholeDigitsMax(type);
  if (mask.kind === 'age') {
    // A constant that does not fit the column would fail when the statement is planned.
    const ageMax = digits === undefined || digits > 1 ? AGE_MAX : 10 ** Math.max(digits, 0) - 1;
    return (reference) => clampAge(reference, ageMax, call('floor', reference));
  }
  if (mask.kind !== 'bucket' || !isBucketSize(mask.size)) return undefined;
  // A bucket that holds one value of the column would show it.
  if (mask.size < 2 * smallestStep(type)) return undefined;
  const size = `'${mask.size}'::pg_catalog.numeric`;
  const smallest = digits === undefined ? `-${NUMERIC_MAX}` : smallestNumeric(digits);
  // Where a bucket holds all that is negative, what is not is in another.
  const isWide = digits !== undefined && mask.size >= 10 ** digits;
  const lowest = isWide ? '0' : apply(numeric(smallest), '+', size);
  return (reference) =>
    choose(
      [
        [apply(reference, '>', numeric(NUMERIC_MAX)), '0'],
        // Nearly all are, and a quotient that is cut costs a third of remainders.
        [apply(reference, '>=', '0'), apply(call('div', reference, size), '*', size)],
        [apply(reference, '<', lowest), digits === undefined ? '0' : numeric(smallest)],
      ],
      lowerBound(reference, size),
    );
}

function floatExpression(
  mask: Mask,
  family: keyof typeof BUCKETS_MAX,
): ((reference: string) => string) | undefined {
  if (mask.kind === 'age') {
    return (reference) =>
      clampAge(reference, AGE_MAX, call('floor', `${reference}::pg_catalog.float8`));
  }
  if (mask.kind !== 'bucket' || !isBucketSize(mask.size)) return undefined;
  const size = double(String(mask.size));
  const largest = String(Math.min(DOUBLE_MAX, mask.size * BUCKETS_MAX[family]));
  return (reference) => {
    const value = `${reference}::pg_catalog.float8`;
    return choose(
      [
        [apply(value, '>', double(largest)), double('0')],
        [apply(value, '<', double(`-${largest}`)), double('0')],
      ],
      apply(call('floor', apply(value, '/', size)), '*', size),
    );
  };
}

function isBucketSize(size: number): boolean {
  return size >= BUCKET_MIN && size <= BUCKET_MAX;
}

/** NaN counts as greater than any number. */
function clampAge(reference: string, ageMax: number, years: string): string {
  return choose(
    [
      [apply(reference, '>=', String(ageMax)), String(ageMax)],
      [apply(reference, '<', '0'), '0'],
    ],
    years,
  );
}

/** 5 digits or 9, of which leading zeros are lost. */
function maskZip(value: string): string {
  const restricted = `'{${RESTRICTED_ZIPS.map(Number).join(',')}}'::pg_catalog.int8[]`;
  const within = (lowest: string, highest: string): string =>
    `${apply(value, '>=', wide(lowest))} AND ${apply(value, '<=', wide(highest))}`;
  const prefix = (divisor: string): string => {
    const digits = apply(value, '/', wide(divisor));
    const isRestricted = `${digits} OPERATOR(pg_catalog.=) ANY (${restricted})`;
    return choose([[isRestricted, wide('0')]], digits);
  };
  return choose(
    [
      [within('501', '99950'), prefix('100')],
      [within('5010000', '999509999'), prefix('1000000')],
    ],
    zeroUnlessNull(value),
  );
}

/** A year, or a date written as the number 19840512. No year to come is one. */
function maskYear(value: string, thisYear: number): string {
  const oldest = wide(String(oldestYear(thisYear)));
  const fold = (year: string): string => choose([[apply(year, '<', oldest), oldest]], year);
  const within = (lowest: number, highest: number): string =>
    `${apply(value, '>=', wide(String(lowest)))} AND ${apply(value, '<=', wide(String(highest)))}`;
  return choose(
    [
      [within(1000, thisYear), fold(value)],
      [within(1000_01_01, thisYear * 10_000 + 12_31), fold(apply(value, '/', wide('10000')))],
    ],
    zeroUnlessNull(value),
  );
}

function integerBucket(value: string, size: bigint, bits: bigint): string {
  const smallest = -(2n ** bits);
  // Where a bucket holds all that is negative, what is not is in another.
  const lowest = smallest + size < 0n ? smallest + size : 0n;
  return choose(
    [[apply(value, '<', wide(String(lowest))), wide(String(smallest))]],
    lowerBound(value, wide(String(size))),
  );
}

/** `value - ((value % size) + size) % size`: the bucket of -1 is below 0. */
function lowerBound(value: string, size: string): string {
  const rest = apply(apply(apply(value, '%', size), '+', size), '%', size);
  return apply(value, '-', rest);
}

function zeroUnlessNull(value: string): string {
  return choose([[`${value} IS NULL`, 'NULL']], wide('0'));
}

function wide(number: string): string {
  return /^-?[0-9]/.test(number) ? `'${number}'::pg_catalog.int8` : `${number}::pg_catalog.int8`;
}

function double(number: string): string {
  return `'${number}'::pg_catalog.float8`;
}

function numeric(number: string): string {
  return `'${number}'::pg_catalog.numeric`;
}

/** The smallest whole number of a column's digits. */
function smallestNumeric(digits: number): string {
  return digits <= 0 ? '0' : `-${'9'.repeat(digits)}`;
}
