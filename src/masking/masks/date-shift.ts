import { computeHmac } from './pseudonym.ts';
import type { PseudonymKeys } from './pseudonym-keys.ts';

/** Dates move into the past by 1 to this many days, so that none comes to lie in the future. */
export const SHIFT_DAYS_MAX = 365;

/** By how many days all dates of one patient are earlier than they were. */
export function dateShiftDays(patientKey: string, keys: PseudonymKeys): number {
  return (computeHmac(patientKey, keys).readUInt32BE(0) % SHIFT_DAYS_MAX) + 1;
}
