import type { z } from 'zod';
import { duration, section } from './fields.ts';

/** How long what is kept is kept, in milliseconds. Undefined: for ever. */
export interface RetentionSettings {
  /** What the ledger's entries keep apart: statements, parameters, reasons, comments. */
  readonly contentMs: number | undefined;
  readonly recordingsMs: number | undefined;
}

/** The schema of `retention`. */
export function retentionSchema(): z.ZodType<RetentionSettings> {
  const kept = duration('1d', '36500d').optional();
  return section({ content: kept, recordings: kept })
    .transform(({ content, recordings }) => ({ contentMs: content, recordingsMs: recordings }))
    .prefault({});
}
