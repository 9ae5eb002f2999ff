import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { decodeEntry } from './decode-entry.ts';
import { KEYS_DIRECTORY } from './ledger-layout.ts';
import { readSegment } from './read-segment.ts';
import { LOG_NAME, parseSegmentFileName } from './segment-format.ts';

/** A statement that a search found. */
export interface FoundStatement {
  /** ISO 8601. */
  readonly at: string;
  /** As the ledger has it, cut. */
  readonly text: string;
}

/** Bytes of segments that one search reads, the newest first. */
const SEARCHED_BYTES_MAX = 512 * 1024 * 1024;
/** Statements kept of one session, and sessions in all. */
const STATEMENTS_PER_SESSION_MAX = 3;
const SESSIONS_MAX = 2_000;
const TEXT_LENGTH_MAX = 300;
const WORDS_MAX = 10;

/** Printed ASCII, but for what JSON escapes. */
const PLAIN_WORD = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

const OPERATION = Buffer.from('"kind":"operation');

/**
 * Finds the statements that hold all words of a text, in whatever case, by session. Reads the newest
 * segments of all logs, up to a limit; may run beside the gateway.
 *
 * @param ledgerDirectory `<data>/ledger`.
 */
export async function searchStatements(
  ledgerDirectory: string,
  text: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly FoundStatement[]>> {
  const words = text.toLowerCase().split(/\s+/u).filter(Boolean).slice(0, WORDS_MAX);
  const found = new Map<string, FoundStatement[]>();
  if (words.length === 0) return found;
  let bytesLeft = SEARCHED_BYTES_MAX;
  for (const { file, bytes } of await findSegments(ledgerDirectory)) {
    if (bytesLeft <= 0) break;
    bytesLeft -= bytes;
    await searchSegment(file, { words, found, signal });
  }
  return found;
}

async function searchSegment(
  file: string,
  {
    words,
    found,
    signal,
  }: {
    readonly words: readonly string[];
    readonly found: Map<string, FoundStatement[]>;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  for await (const part of readSegment(file)) {
    signal.throwIfAborted();
    if (part.kind !== 'run') continue;
    for (let at = 0; at < part.bounds.length; at += 2) {
      const bytes = part.bytes.subarray(part.bounds[at] ?? 0, part.bounds[at + 1] ?? 0);
      if (!bytes.subarray(0, 128).includes(OPERATION)) continue;
      if (!mayHold(bytes, words)) continue;
      const entry = decodeEntry(bytes);
      if (entry?.text === undefined || entry.session === undefined) continue;
      const lower = entry.text.toLowerCase();
      if (!words.every((word) => lower.includes(word))) continue;
      keep(found, entry.session, { at: entry.at, text: entry.text.slice(0, TEXT_LENGTH_MAX) });
    }
  }
}

/** Spares most entries the decoding, which costs twenty times as much. A word that JSON may spell otherwise is not looked for. */
function mayHold(bytes: Buffer, words: readonly string[]): boolean {
  const plain = words.filter((word) => PLAIN_WORD.test(word));
  if (plain.length === 0) return true;
  const lower = bytes.toString('latin1').toLowerCase();
  return plain.every((word) => lower.includes(word));
}

function keep(
  found: Map<string, FoundStatement[]>,
  session: string,
  statement: FoundStatement,
): void {
  const known = found.get(session);
  if (known === undefined) {
    if (found.size < SESSIONS_MAX) found.set(session, [statement]);
  } else if (known.length < STATEMENTS_PER_SESSION_MAX) {
    known.push(statement);
  }
}

/** Newest first. */
async function findSegments(
  ledgerDirectory: string,
): Promise<readonly { readonly file: string; readonly bytes: number }[]> {
  const logs = await readdir(ledgerDirectory, { withFileTypes: true });
  const segments: { file: string; bytes: number; changedMs: number }[] = [];
  for (const log of logs) {
    if (!log.isDirectory() || !LOG_NAME.test(log.name) || log.name === KEYS_DIRECTORY) continue;
    const directory = path.join(ledgerDirectory, log.name);
    for (const name of await readdir(directory)) {
      if (parseSegmentFileName(name) === undefined) continue;
      const file = path.join(directory, name);
      const { size, mtimeMs } = await stat(file);
      segments.push({ file, bytes: size, changedMs: mtimeMs });
    }
  }
  return segments.toSorted((one, other) => other.changedMs - one.changedMs);
}
