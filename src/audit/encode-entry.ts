import { hash } from 'node:crypto';
import { LedgerError } from './ledger-error.ts';
import type { EntryFields } from './ledger-port.ts';

/** Bytes of one entry, UTF-8. With it a reader can bound its memory. */
export const ENTRY_BYTES_MAX = 65_536;

/** UTF-8 needs at most three bytes for one UTF-16 code unit. */
const UTF8_BYTES_PER_UNIT_MAX = 3;

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

/**
 * The text of an entry: one JSON object on one line, without a line end. Control characters and lone
 * surrogates are escaped by JSON, so the text is well-formed Unicode whatever the client sent.
 *
 * @throws {LedgerError} `ERR_LEDGER_ENTRY` if the entry exceeds its limit with the text cut to nothing.
 * @see docs/ledger-format.md
 */
export function encodeEntry(fields: EntryFields, position: EntryPosition): string {
  if (fields.text === undefined || fields.text.length <= ENTRY_BYTES_MAX) {
    const whole = joinEntry(fields, position);
    if (fits(whole)) return whole;
  }
  return encodeCut(fields, position);
}

function encodeCut(fields: EntryFields, position: EntryPosition): string {
  const text = fields.text ?? '';
  const { textBytes = Buffer.byteLength(text), textSha256 = hash('sha256', text, 'hex') } = fields;
  const { textCut: _, ...rest } = fields;
  const cut = { ...rest, text: '', textBytes, textSha256, textCut: true };
  const withoutText = Buffer.byteLength(joinEntry(cut, position));
  if (text === '' || withoutText > ENTRY_BYTES_MAX) {
    throw new LedgerError(
      'ERR_LEDGER_ENTRY',
      `Cannot encode ${fields.kind} entry: more than ${ENTRY_BYTES_MAX} bytes beside its text`,
    );
  }
  cut.text = text.slice(0, unitsThatFit(text, ENTRY_BYTES_MAX - withoutText));
  return joinEntry(cut, position);
}

interface JoinedFields extends Pick<EntryFields, 'kind' | 'session'> {
  readonly [field: string]: unknown;
}

/** Leading fields in their fixed order, then the caller's in theirs. */
function joinEntry(fields: JoinedFields, { seq, at, n, prev }: EntryPosition): string {
  const { kind, session } = fields;
  let entry = `{"v":1,"seq":${seq},"at":"${at}","kind":"${kind}"`;
  if (session !== undefined) {
    const chained = prev === undefined ? 'null' : `"${prev}"`;
    entry += `,"session":${encodeString(session)},"n":${n},"prev":${chained}`;
  }
  for (const key in fields) {
    if (key === 'kind' || key === 'session') continue;
    const value = encodeValue(fields[key]);
    if (value !== undefined) entry += encodeKey(key) + value;
  }
  return `${entry}}`;
}

/** What `JSON.stringify` says of a value, undefined included; that alone is most of an entry's cost. */
function encodeValue(value: unknown): string | undefined {
  if (typeof value === 'string') return encodeString(value);
  if (!Array.isArray(value) || !Object.isFrozen(value)) return JSON.stringify(value);
  let json = listTexts.get(value);
  if (json === undefined) {
    json = JSON.stringify(value);
    if (value.every((element) => typeof element === 'string')) listTexts.set(value, json);
  }
  return json;
}

/** Of frozen lists of strings, which many entries share: what a statement does, and what permits it. */
const listTexts = new WeakMap<readonly unknown[], string>();

/** Nearly all that is asked for needs no escape. */
function encodeString(value: string): string {
  return ESCAPED.test(value) ? JSON.stringify(value) : `"${value}"`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what JSON escapes
const ESCAPED = /["\\\u0000-\u001f\ud800-\udfff]/;

function encodeKey(key: string): string {
  const known = keyTexts.get(key);
  if (known !== undefined) return known;
  const text = `,${JSON.stringify(key)}:`;
  if (keyTexts.size < KEYS_MAX) keyTexts.set(key, text);
  return text;
}

/** The code names some dozens of fields. */
const KEYS_MAX = 1_000;
const keyTexts = new Map<string, string>();

function fits(entry: string): boolean {
  if (entry.length * UTF8_BYTES_PER_UNIT_MAX <= ENTRY_BYTES_MAX) return true;
  return Buffer.byteLength(entry) <= ENTRY_BYTES_MAX;
}

/** How many UTF-16 units from the start take at most `bytesMax` as JSON in UTF-8; never half a code point. */
function unitsThatFit(text: string, bytesMax: number): number {
  let bytes = 0;
  let index = 0;
  while (index < text.length) {
    const codePoint = text.codePointAt(index) ?? 0;
    bytes += escapedBytes(codePoint);
    if (bytes > bytesMax) break;
    index += codePoint > 0xffff ? 2 : 1;
  }
  return index;
}

/** Backspace, tab, line feed, form feed, return, quote and backslash: a backslash and one more character. */
const SHORT_ESCAPES: ReadonlySet<number> = new Set([0x08, 0x09, 0x0a, 0x0c, 0x0d, 0x22, 0x5c]);

/** What `JSON.stringify` makes of one code point, counted in UTF-8. */
function escapedBytes(codePoint: number): number {
  if (SHORT_ESCAPES.has(codePoint)) return 2;
  if (codePoint < 0x20) return 6;
  if (codePoint < 0x80) return 1;
  if (codePoint < 0x800) return 2;
  if (codePoint >= 0xd800 && codePoint <= 0xdfff) return 6;
  return codePoint > 0xffff ? 4 : 3;
}
