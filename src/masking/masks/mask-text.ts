import type { Mask } from '../mask.ts';
import { AGE_MAX, type MaskContext, oldestYear } from './mask-context.ts';
import { pseudonymise } from './pseudonym.ts';
import { REDACTED_TEXT } from './redacted-text.ts';
import { RESTRICTED_ZIP_MASK, RESTRICTED_ZIPS } from './restricted-zips.ts';
import {
  AGE_NUMBER,
  AGE_SHAPE,
  EMAIL_SHAPE,
  IPV4_SHAPE,
  IPV6_NETWORK,
  IPV6_SHAPE,
  SHAPE_BYTES_MAX,
  YEAR_FIRST_SHAPE,
  YEAR_LAST_SHAPE,
  ZIP_SHAPE,
} from './text-shapes.ts';

const ZIP = new RegExp(ZIP_SHAPE, 'u');
const EMAIL = new RegExp(EMAIL_SHAPE, 'u');
const IPV4 = new RegExp(IPV4_SHAPE, 'u');
const IPV6 = new RegExp(IPV6_SHAPE, 'u');
const IPV6_START = new RegExp(IPV6_NETWORK, 'u');
const AGE = new RegExp(AGE_SHAPE, 'u');
const AGE_START = new RegExp(AGE_NUMBER, 'u');
const YEAR_FIRST = new RegExp(YEAR_FIRST_SHAPE, 'u');
const YEAR_LAST = new RegExp(YEAR_LAST_SHAPE, 'u');

/**
 * Masks a text as the same mask's SQL expression does in a column of type `text`.
 *
 * @returns null for the mask `null`. What a mask does not understand is redacted, never shown.
 */
export function maskText(mask: Mask, value: string, context: MaskContext): string | null {
  switch (mask.kind) {
    case 'null':
      return null;
    case 'fixed':
      return mask.value;
    case 'partial':
      return maskPartly(value, mask.keepStart, mask.keepEnd);
    case 'year':
    // Of whom a text is, it does not say; so its dates do not move but lose day and month.
    case 'date-shift':
      return maskIfShort(value, (text) => maskYear(text, context.thisYear));
    case 'age':
      return maskIfShort(value, maskAge);
    case 'zip3':
      return maskIfShort(value, maskZip);
    case 'email-domain':
      return maskIfShort(value, maskEmail);
    case 'ip-prefix':
      return maskIfShort(value, maskAddress);
    case 'pseudonym':
    case 'vault':
      return pseudonymise(value, context.keys.derive(mask.kind, mask.domain));
    case 'redact':
    case 'bucket':
      return REDACTED_TEXT;
  }
}

/** Shapes are looked for in short texts only. */
function maskIfShort(value: string, mask: (text: string) => string | undefined): string {
  if (Buffer.byteLength(value) > SHAPE_BYTES_MAX) return REDACTED_TEXT;
  return mask(value) ?? REDACTED_TEXT;
}

function maskPartly(value: string, keepStart: number, keepEnd: number): string {
  const characters = Array.from(value);
  const hidden = characters.length - keepStart - keepEnd;
  // What is hidden may be stars itself; then the mask would show the value as it is.
  if (hidden <= 0 || characters[keepStart] === '*') return REDACTED_TEXT;
  const start = characters.slice(0, keepStart).join('');
  return start + '*'.repeat(hidden) + characters.slice(characters.length - keepEnd).join('');
}

function maskYear(value: string, thisYear: number): string | undefined {
  const year = YEAR_FIRST.test(value) ? value.slice(0, 4) : YEAR_LAST.exec(value)?.[1];
  if (year === undefined) return undefined;
  const oldest = String(oldestYear(thisYear));
  return year < oldest ? oldest : year;
}

function maskAge(value: string): string | undefined {
  if (!AGE.test(value)) return undefined;
  return String(Math.min(Number(AGE_START.exec(value)?.[0]), AGE_MAX));
}

function maskZip(value: string): string | undefined {
  if (!ZIP.test(value)) return undefined;
  const prefix = value.slice(0, 3);
  return RESTRICTED_ZIPS.includes(prefix) ? RESTRICTED_ZIP_MASK : prefix;
}

function maskEmail(value: string): string | undefined {
  return EMAIL.test(value) ? `*${value.slice(value.indexOf('@'))}` : undefined;
}

function maskAddress(value: string): string | undefined {
  if (IPV4.test(value)) return `${value.slice(0, value.lastIndexOf('.') + 1)}0`;
  if (IPV6.test(value)) return `${IPV6_START.exec(value)?.[0] ?? ''}::`;
  return undefined;
}
