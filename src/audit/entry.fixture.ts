import type { Entry } from './decode-entry.ts';
import type { EntryKind } from './ledger-port.ts';

/** The fields of an entry that matter to a test. */
export interface EntrySketch {
  readonly kind: EntryKind;
  readonly [field: string]: unknown;
}

/** An entry as it would be read. */
export function sketchEntry(seq: number, atMs: number, fields: EntrySketch): Entry {
  return { seq, at: new Date(atMs).toISOString(), ...fields };
}
