import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type ContentKeys, ContentOpener, contentOf } from './content-opener.ts';
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

/** Entries in a row before other work of the process has its turn: about 15 µs each. */
const ENTRIES_PER_TURN = 64;

interface SearchedSegment {
  readonly file: string;
  readonly bytes: number;
  /** That count: after a failure the next one takes over what this one has behind them. */
  readonly entries: number;
}

const OPERATION = Buffer.from('"kind":"operation');
/** Bytes of an entry in which its kind is. */
const HEAD_BYTES = 128;

/**
 * Finds the statements that hold all words of a text, in whatever case, by session. Reads the newest
 * segments of all logs, up to a limit; may run beside the gateway. What has expired is not found.
 *
 * @param ledgerDirectory `<data>/ledger`.
 */
export async function searchStatements(
  ledgerDirectory: string,
  text: string,
  { keys, signal }: { readonly keys: ContentKeys; readonly signal: AbortSignal },
): Promise<ReadonlyMap<string, readonly FoundStatement[]>> {
  const words = text.toLowerCase().split(/\s+/u).filter(Boolean).slice(0, WORDS_MAX);
  const found = new Map<string, FoundStatement[]>();
  if (words.length === 0) return found;
  let bytesLeft = SEARCHED_BYTES_MAX;
  for (const segment of await findSegments(ledgerDirectory)) {
    if (bytesLeft <= 0) break;
    bytesLeft -= segment.bytes;
    await searchSegment(segment, { words, found, keys, signal });
  }
  return found;
}

async function searchSegment(
  { file, entries }: SearchedSegment,
  {
    words,
    found,
    keys,
    signal,
  }: {
    readonly words: readonly string[];
    readonly found: Map<string, FoundStatement[]>;
    readonly keys: ContentKeys;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const contents = new ContentOpener(keys);
  let passed = 0;
  for await (const part of readSegment(file)) {
    signal.throwIfAborted();
    if (part.kind === 'header') await contents.enter(part.header);
    if (part.kind === 'expired') passed += part.leafHashes.length;
    if (part.kind !== 'run') continue;
    const records = part.records.slice(0, Math.max(0, entries - passed));
    passed += part.records.length;
    for (const [index, frame] of records.entries()) {
      if (index % ENTRIES_PER_TURN === ENTRIES_PER_TURN - 1) {
        await setImmediate();
        signal.throwIfAborted();
      }
      const bytes = part.bytes.subarray(frame.start, frame.entryEnd);
      if (!bytes.subarray(0, HEAD_BYTES).includes(OPERATION)) continue;
      const entry = decodeEntry(bytes);
      if (entry?.session === undefined) continue;
      const { text } = contents.fill(entry, contentOf(part.bytes, frame)).entry;
      const lower = text?.toLowerCase();
      if (text === undefined || !words.every((word) => lower?.includes(word))) continue;
      keep(found, entry.session, { at: entry.at, text: text.slice(0, TEXT_LENGTH_MAX) });
    }
  }
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
async function findSegments(ledgerDirectory: string): Promise<readonly SearchedSegment[]> {
  const logs = await readdir(ledgerDirectory, { withFileTypes: true });
  const segments: (SearchedSegment & { readonly changedMs: number })[] = [];
  for (const log of logs) {
    if (!log.isDirectory() || !LOG_NAME.test(log.name) || log.name === KEYS_DIRECTORY) continue;
    const directory = path.join(ledgerDirectory, log.name);
    const names = (await readdir(directory))
      .filter((name) => parseSegmentFileName(name) !== undefined)
      .toSorted();
    for (const [index, name] of names.entries()) {
      const file = path.join(directory, name);
      const { size, mtimeMs } = await stat(file);
      const nextSeq = parseSegmentFileName(names[index + 1] ?? '') ?? Number.POSITIVE_INFINITY;
      const entries = nextSeq - (parseSegmentFileName(name) ?? 0);
      segments.push({ file, bytes: size, entries, changedMs: mtimeMs });
    }
  }
  return segments.toSorted((one, other) => other.changedMs - one.changedMs);
}
