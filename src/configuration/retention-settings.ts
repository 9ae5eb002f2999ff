import type { z } from 'zod';
import { duration, section } from './fields.ts';

/** How long what is kept is kept, in milliseconds. Undefined: for ever. */
export interface RetentionSettings {
  /** What the ledger's entries keep apart: statements, parameters, reasons, comments. */
  readonly contentMs: number | undefined;
  readonly recordingsMs: number | undefined;
  /** The entries themselves: then only their hashes are left. */
  readonly entriesMs: number | undefined;
}

/** The schema of `retention`. */
export function retentionSchema(): z.ZodType<RetentionSettings> {
  const kept = duration('1d', '36500d').optional();
  return section({ content: kept, recordings: kept, entries: kept })
    .check(({ value, issues }) => {
      const { content, entries } = value;
      if (entries === undefined || (content !== undefined && content <= entries)) return;
      const message =
        'must be given, and no longer than entries: without its entry a content says nothing';
      issues.push({ code: 'custom', path: ['content'], message, input: undefined });
    })
    .transform(({ content, recordings, entries }) => ({
      contentMs: content,
      recordingsMs: recordings,
      entriesMs: entries,
    }))
    .prefault({});
}
