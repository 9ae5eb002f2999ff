import type { z } from 'zod';
import { duration, section } from './fields.ts';

/** How long what is kept is kept, in milliseconds. Undefined: for ever. */
export interface RetentionSettings {
  /** What the ledger's entries keep apart: statements, parameters, reasons, comments. */
  readonly contentMs: number | undefined;
  readonly recordingsMs: number | undefined;
  /** Entries of the ledger themselves: afterwards their hashes are left. Contents and recordings go with them at the latest. */
  readonly entriesMs: number | undefined;
}

/** The schema of `retention`. */
export function retentionSchema(): z.ZodType<RetentionSettings> {
  const kept = duration('1d', '36500d').optional();
  return section({ content: kept, recordings: kept, entries: kept })
    .transform(({ content, recordings, entries }) => ({
      contentMs: earlier(content, entries),
      recordingsMs: earlier(recordings, entries),
      entriesMs: entries,
    }))
    .prefault({});
}

function earlier(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}
