/** Where the rules draw their lines. */
export interface SignalLimits {
  /** Refused operations of one principal on one target, within `windowMs`. */
  readonly refusalsMax: number;
  /** Refusals because of a mask, and lookups of pseudonyms beyond the budget, within `windowMs`. */
  readonly maskedAttemptsMax: number;
  /** Milliseconds. */
  readonly windowMs: number;
  /** Rows of classified relations that anybody may be shown in a day. */
  readonly rowsPerDayMax: number;
  /** Different patients that anybody may be shown in a day. */
  readonly patientsPerDayMax: number;
  /** How many times the principal's usual day is too much. */
  readonly usualTimesMax: number;
  /** Below these, nothing is compared with usual days. */
  readonly rowsWorthNoticing: number;
  readonly patientsWorthNoticing: number;
  /** Targets on which one principal is shown the same patient in a day. */
  readonly targetsPerPatientMax: number;
  /** Days without a session after which one is noticed. */
  readonly dormantDays: number;
  /** Days with sessions before hours and origins are compared. */
  readonly familiarDays: number;
}

export const DEFAULT_LIMITS: SignalLimits = {
  refusalsMax: 10,
  maskedAttemptsMax: 3,
  windowMs: 10 * 60_000,
  rowsPerDayMax: 100_000,
  patientsPerDayMax: 1_000,
  usualTimesMax: 5,
  rowsWorthNoticing: 1_000,
  patientsWorthNoticing: 50,
  targetsPerPatientMax: 3,
  dormantDays: 90,
  familiarDays: 10,
};
