import type { MaskKeys } from './pseudonym-keys.ts';

/** What masks need besides the value. */
export interface MaskContext {
  readonly keys: MaskKeys;
  /** The calendar year now, in UTC: whose age is over 89 depends on it. */
  readonly thisYear: number;
}

/** Ages from this on are one category. */
export const AGE_MAX = 90;

/**
 * The earliest year that is shown. Who was born in it or before may be over 89, so all of them are shown as born in it.
 *
 * @see 45 CFR 164.514(b)(2)(i)(C)
 */
export function oldestYear(thisYear: number): number {
  return thisYear - AGE_MAX;
}
