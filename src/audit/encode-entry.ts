import { encodeFields, encodeString, fits } from './encode-fields.ts';
import { LedgerError } from './ledger-error.ts';
import type { EntryFields } from './ledger-port.ts';

/** Bytes of one entry, UTF-8. With it a reader can bound its memory. */
export const ENTRY_BYTES_MAX = 65_535;

/** What the ledger puts in front of the caller's fields. */
export interface EntryPosition {
  /** Index of the entry in the log, from 0. */
  readonly seq: number;
  /** ISO 8601, UTC, milliseconds. */
  readonly at: string;
  /** Number within its session, from 1. Not used without a session. */
  readonly n: number;
  /** Hex leaf hash of the session's entry before, or undefined for its first. */
  readonly prev: string | undefined;
}

/** These stand in front. */
const LEADING: ReadonlySet<string> = new Set(['kind', 'session', 'content']);

/**
 * The text of an entry: one JSON object on one line, without a line end. Control characters and lone
 * surrogates are escaped by JSON, so the text is well-formed Unicode whatever the client sent.
 *
 * @param contentHash Of the entry's sealed content.
 * @throws {LedgerError} `ERR_LEDGER_ENTRY` if the entry exceeds its limit.
 * @see docs/ledger-format.md
 */
export function encodeEntry(
  fields: EntryFields,
  { seq, at, n, prev }: EntryPosition,
  contentHash: string | undefined,
): string {
  const { kind, session } = fields;
  let entry = `{"v":1,"seq":${seq},"at":"${at}","kind":"${kind}"`;
  if (session !== undefined) {
    const chained = prev === undefined ? 'null' : `"${prev}"`;
    entry += `,"session":${encodeString(session)},"n":${n},"prev":${chained}`;
  }
  if (contentHash !== undefined) entry += `,"content":"${contentHash}"`;
  entry += `${encodeFields(fields, LEADING)}}`;
  if (fits(entry, ENTRY_BYTES_MAX)) return entry;
  throw new LedgerError(
    'ERR_LEDGER_ENTRY',
    `Cannot encode ${kind} entry: more than ${ENTRY_BYTES_MAX} bytes`,
  );
}
