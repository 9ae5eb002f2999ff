import { isUtf8 } from 'node:buffer';
import type { EntryKind } from './ledger-port.ts';

/** An entry as read: its leading fields, and all of them as they were given. */
export interface Entry {
  readonly seq: number;
  readonly at: string;
  readonly kind: EntryKind;
  readonly session?: string;
  readonly n?: number;
  readonly prev?: string | null;
  /** Hex SHA-256 of the sealed content; its fields take their place beside these when it was opened. */
  readonly content?: string;
  readonly text?: string;
  readonly [field: string]: unknown;
}

/** The leading fields in their fixed form; what stands behind them is the caller's. */
const LEADING =
  /^\{"v":1,"seq":(?:0|[1-9]\d{0,15}),"at":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","kind":"[a-z.-]{1,64}"(?:,"session":"(?:[^"\\]|\\.)*","n":[1-9]\d{0,15},"prev":(?:null|"[0-9a-f]{64}"))?(?:,"content":"([0-9a-f]{64})")?[,}]/;

/**
 * Decodes the bytes of one entry. Undefined if they are not an entry of version 1 as this ledger
 * writes them. A field given twice is such a case: readers would disagree on which one counts.
 */
export function decodeEntry(bytes: Buffer): Entry | undefined {
  const text = bytes.toString('utf8');
  const leading = LEADING.exec(text);
  if (leading === null || !isUtf8(bytes)) return undefined;
  const entry = parseJson(text);
  if (entry === undefined) return undefined;
  return entry.content === leading[1] ? entry : undefined;
}

const SEQ_START: number = '{"v":1,"seq":'.length;
const AT_BYTES: number = '2026-01-02T03:04:05.678Z'.length;
/** From the end of the sequence number. */
const AT_OFFSET: number = ',"at":"'.length;
const KIND_OFFSET: number = AT_OFFSET + AT_BYTES + '","kind":"'.length;

/** The kind of an entry, by its place: a hundred times cheaper than decoding. What is no entry has none, or any. */
export function findKind(entry: Buffer): string {
  const start = entry.indexOf(',', SEQ_START) + KIND_OFFSET;
  return entry.toString('latin1', start, entry.indexOf('"', start));
}

/** The time of an entry in milliseconds since the Unix epoch, by its place, as `findKind`. Not a number if it is no entry. */
export function findAtMs(entry: Buffer): number {
  const start = entry.indexOf(',', SEQ_START) + AT_OFFSET;
  return Date.parse(entry.toString('latin1', start, start + AT_BYTES));
}

function parseJson(text: string): Entry | undefined {
  try {
    const entry = JSON.parse(text) as Entry;
    // What JSON.stringify wrote, it writes again; a repeated key or other spacing does not survive.
    return JSON.stringify(entry) === text ? entry : undefined;
  } catch (error) {
    // What is nested too deep for it, it did not write either.
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}
