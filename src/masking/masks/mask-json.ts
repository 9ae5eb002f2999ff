import type { Mask } from '../mask.ts';
import { AGE_MAX, type MaskContext } from './mask-context.ts';
import { maskText } from './mask-text.ts';

/** A value as `JSON.parse` makes it. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/**
 * Masks a JSON value: every string, number and boolean in it, however deep. What is a number stays one where the mask leaves
 * a number, and becomes 0 when redacted; a pseudonym of a number is text. Names of members stay.
 */
export function maskJson(mask: Mask, value: JsonValue, context: MaskContext): JsonValue {
  if (value === null || mask.kind === 'null') return null;
  if (typeof value === 'string') return maskText(mask, value, context);
  if (mask.kind === 'fixed') return mask.value;
  if (typeof value === 'boolean') return false;
  if (typeof value === 'number') return maskNumber(mask, value, context);
  if (Array.isArray(value)) return value.map((item: JsonValue) => maskJson(mask, item, context));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, maskJson(mask, item, context)]),
  );
}

function maskNumber(mask: Mask, value: number, context: MaskContext): JsonValue {
  switch (mask.kind) {
    case 'age':
      return Math.min(Math.max(Math.floor(value), 0), AGE_MAX);
    case 'bucket':
      return maskBucket(value, mask.size);
    case 'pseudonym':
    case 'vault':
      return maskText(mask, String(value), context);
    case 'zip3':
    case 'year':
    case 'date-shift': {
      const masked = Number(maskText(mask, String(value), context));
      return Number.isNaN(masked) ? 0 : masked;
    }
    case 'redact':
    case 'null':
    case 'fixed':
    case 'partial':
    case 'email-domain':
    case 'ip-prefix':
      return 0;
  }
}

/** 0 where a bucket would hold a single number, as SQL has it. */
function maskBucket(value: number, size: number): number {
  if (Number.isInteger(value) && size <= 1) return 0;
  const lowerBound = Math.floor(value / size) * size;
  return Number.isFinite(lowerBound) ? lowerBound : 0;
}
