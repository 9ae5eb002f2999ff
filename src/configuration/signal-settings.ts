import { z } from 'zod';

import { duration, entityName, section } from './fields.ts';

/** Where the rules over the ledger draw their lines: the section `signals` of `sallyport.yaml`. */
export interface SignalSettings {
  /** Refused operations of one principal on one target, within `windowMs`; sign-ins from one address alike. */
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
  /** Targets on which one principal is shown the same patient in a day, from which it is noticed. */
  readonly targetsPerPatientMax: number;
  /** Days without a session after which one is noticed. */
  readonly dormantDays: number;
  /** Days with sessions before hours, origins and volumes are compared with earlier ones. */
  readonly familiarDays: number;
  /** Names of channels that are told of alerts. */
  readonly channels: readonly string[];
}

const COUNT_MAX = 1_000_000_000;

/** The schema of the section `signals`. */
export function signalsSchema(): z.ZodType<SignalSettings> {
  const count = (): z.ZodInt => z.int().min(1).max(COUNT_MAX);
  return section({
    refusalsMax: count().default(10),
    maskedAttemptsMax: count().default(3),
    window: duration('1m', '1d').prefault('10m'),
    rowsPerDayMax: count().default(100_000),
    patientsPerDayMax: count().default(1_000),
    usualTimesMax: count().default(5),
    rowsWorthNoticing: count().default(1_000),
    patientsWorthNoticing: count().default(50),
    targetsPerPatientMax: z.int().min(2).max(1_000).default(3),
    dormantDays: z.int().min(1).max(3_650).default(90),
    familiarDays: z.int().min(1).max(30).default(10),
    channels: z.array(entityName()).default([]),
  })
    .prefault({})
    .transform(({ window, ...rest }) => ({ ...rest, windowMs: window }));
}
