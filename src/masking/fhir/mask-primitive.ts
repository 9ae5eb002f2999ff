import type { MaskValue } from '../content/content-masks.ts';
import type { Mask } from '../mask.ts';
import type { SecurityCode } from './rule.ts';

/** What stands for a date of which nothing may be left: valid, and nobody's. */
const NO_YEAR = '1900';
/** Dates whose masks are kept: many resources have the same. */
const DATES_MAX = 4096;
const YEAR = /^[12]\d{3}$/u;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/u;
const POSITIVE = /^[1-9]\d*$/u;
/** A date, dateTime or instant of FHIR. */
const DATE = /^([12]\d{3})(?:-(\d{2})(?:-(\d{2})(T.*)?)?)?$/u;
const DAY_MS = 86_400_000;

/** What was done to a value, as `meta.security` says it. */
export function codeOfMask(mask: Mask): SecurityCode {
  switch (mask.kind) {
    case 'redact':
    case 'null':
    case 'fixed':
      return 'REDACTED';
    case 'partial':
    case 'date-shift':
      return 'MASKED';
    case 'year':
    case 'age':
    case 'zip3':
    case 'email-domain':
    case 'ip-prefix':
    case 'bucket':
      return 'ABSTRED';
    case 'pseudonym':
    case 'vault':
      return 'PSEUDED';
  }
}

/** Masks dates so that they stay dates: what a mask makes of one that is no year leaves nothing of it. */
export function maskDate(maskValue: MaskValue, form: 'date' | 'instant'): MaskValue {
  const known = new Map<string, string>();
  return (text) => {
    let date = known.get(text);
    if (date === undefined) {
      const masked = maskValue(text);
      const year = masked !== null && YEAR.test(masked) ? masked : NO_YEAR;
      date = form === 'date' ? year : `${year}-01-01T00:00:00Z`;
      if (known.size === DATES_MAX) known.clear();
      known.set(text, date);
    }
    return date;
  };
}

/** Masks numbers so that they stay numbers, and positive ones positive integers. */
export function maskNumber(maskValue: MaskValue, form: 'number' | 'positive'): MaskValue {
  const [pattern, nothing] = form === 'number' ? [NUMBER, '0'] : [POSITIVE, '1'];
  return (text) => {
    const masked = maskValue(text) ?? '';
    return pattern.test(masked) ? masked : nothing;
  };
}

/** What stands for any value of types in which no mask could be written: valid, and nobody's. */
export const PLACEHOLDERS: Readonly<Record<'base64' | 'id' | 'oid' | 'uuid' | 'time', string>> = {
  base64: Buffer.from('[redacted]').toString('base64'),
  id: 'redacted',
  oid: 'urn:oid:2.999',
  uuid: 'urn:uuid:00000000-0000-0000-0000-000000000000',
  time: '00:00:00',
};

/** Moves a date back by days, keeping its time; undefined if it says no day. */
export function shiftDate(text: string, days: number): string | undefined {
  const [, year, month, day, time = ''] = DATE.exec(text) ?? [];
  if (year === undefined || month === undefined || day === undefined) return undefined;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)) - days * DAY_MS);
  return date.toISOString().slice(0, 10) + time;
}
