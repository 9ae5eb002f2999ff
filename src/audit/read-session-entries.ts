import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { isMissing } from './checkpoint-file.ts';
import { type ContentKeys, ContentOpener, contentOf } from './content-opener.ts';
import { decodeEntry, type Entry } from './decode-entry.ts';
import { LedgerError } from './ledger-error.ts';
import type { StoredEntry } from './read-entries.ts';
import { readSegment } from './read-segment.ts';
import { parseSegmentFileName } from './segment-format.ts';

/** Where the entries of one session are. */
export interface SessionSpan {
  /** The log of the process that served it. */
  readonly logName: string;
  readonly session: string;
  /** Milliseconds since the Unix epoch; nothing of it is older. */
  readonly startedAtMs: number;
}

/**
 * Reads the entries of one session, oldest first, up to its end. Only the segments are opened that can
 * hold some. May run beside the gateway; checks CRCs only.
 *
 * @param ledgerDirectory `<data>/ledger`.
 * @param keys Open the contents. Undefined leaves them sealed.
 * @throws {LedgerError} `ERR_LEDGER_CORRUPT` at a damaged record.
 */
export async function* readSessionEntries(
  ledgerDirectory: string,
  { logName, session, startedAtMs }: SessionSpan,
  keys?: ContentKeys,
): AsyncGenerator<StoredEntry, void> {
  const directory = path.join(ledgerDirectory, logName);
  const segments = await listSegments(directory);
  const sought = { segments, logName, session, keys };
  const guess = await findLastBefore(segments, startedAtMs);
  let isBegun = false;
  for await (const stored of readFrom(guess, sought)) {
    isBegun ||= stored.entry.n === 1;
    if (!isBegun) break;
    yield stored;
  }
  // A clock that was set back makes segments look older than the session: it may begin before them.
  if (!isBegun) yield* readFrom((await findBeginning(guess, sought)) ?? guess, sought);
}

interface SoughtSession extends Omit<SessionSpan, 'startedAtMs'> {
  /** Paths of all segments of the log, in order. */
  readonly segments: readonly string[];
  readonly keys: ContentKeys;
}

/** Entries of a session from a segment on, up to its end. @param first Index of the segment. */
async function* readFrom(
  first: number,
  { segments, logName, session, keys }: SoughtSession,
): AsyncGenerator<StoredEntry, void> {
  const contents = new ContentOpener(keys);
  for (const [index, segment] of segments.entries()) {
    if (index < first) continue;
    // After a failure the next one takes over what this one has from there on.
    const untilSeq = firstSeqOf(segments[index + 1]) ?? Number.POSITIVE_INFINITY;
    for await (const stored of readOne(segment, untilSeq, { logName, session, contents })) {
      yield stored;
      if (stored.entry.kind === 'session.end') return;
    }
  }
}

/** Entries of a session in one segment. */
async function* readOne(
  segment: string,
  untilSeq: number,
  {
    logName,
    session,
    contents,
  }: Pick<SoughtSession, 'logName' | 'session'> & { contents: ContentOpener },
): AsyncGenerator<StoredEntry, void> {
  const needle = Buffer.from(JSON.stringify(session));
  let seq = firstSeqOf(segment) ?? 0;
  for await (const part of readSegment(segment)) {
    if (part.kind === 'end' && part.damage !== undefined && seq < untilSeq) {
      throw damaged(segment, part.damage);
    }
    if (part.kind === 'header') await contents.enter(part.header);
    if (part.kind === 'expired') seq += part.leafHashes.length;
    if (part.kind !== 'run') continue;
    for (const frame of part.records) {
      if (seq >= untilSeq) break;
      seq += 1;
      const bytes = part.bytes.subarray(frame.start, frame.entryEnd);
      if (!bytes.includes(needle)) continue;
      const entry = decodeEntry(bytes);
      if (entry === undefined) throw damaged(segment, 'it is not an entry');
      if (entry.session !== session) continue;
      yield { logName, ...contents.fill(entry, contentOf(part.bytes, frame)), bytes };
    }
  }
}

/** Index of the last segment that begins before an instant. */
async function findLastBefore(segments: readonly string[], fromMs: number): Promise<number> {
  let first = segments.length - 1;
  while (first > 0) {
    const entry = await readFirstEntry(segments[first] ?? '');
    // Entries of one moment may lie on both sides.
    if (entry !== undefined && Date.parse(entry.at) < fromMs) break;
    first -= 1;
  }
  return Math.max(0, first);
}

/** Index of the segment before another one in which a session begins. Older ones than one that expired have expired as well. */
async function findBeginning(
  before: number,
  { segments, logName, session }: SoughtSession,
): Promise<number | undefined> {
  const contents = new ContentOpener(undefined);
  for (let index = before - 1; index >= 0; index--) {
    const segment = segments[index] ?? '';
    const untilSeq = firstSeqOf(segments[index + 1]) ?? Number.POSITIVE_INFINITY;
    for await (const { entry } of readOne(segment, untilSeq, { logName, session, contents })) {
      if (entry.n === 1) return index;
    }
    if (await isThinned(segment)) return undefined;
  }
  return undefined;
}

async function isThinned(segment: string): Promise<boolean> {
  for await (const part of readSegment(segment)) {
    return part.kind === 'header' && part.header.isThinned;
  }
  return false;
}

async function listSegments(directory: string): Promise<readonly string[]> {
  const names = (await listFiles(directory)).filter(
    (name) => parseSegmentFileName(name) !== undefined,
  );
  return names.toSorted().map((name) => path.join(directory, name));
}

/** A log that another machine keeps is not here: nothing of it can be read. */
async function listFiles(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function readFirstEntry(segment: string): Promise<Entry | undefined> {
  for await (const part of readSegment(segment)) {
    if (part.kind !== 'run') continue;
    const [first] = part.records;
    return first && decodeEntry(part.bytes.subarray(first.start, first.entryEnd));
  }
  return undefined;
}

/** By its name. */
function firstSeqOf(segment = ''): number | undefined {
  return parseSegmentFileName(path.basename(segment));
}

function damaged(segment: string, reason: string): LedgerError {
  const message = `Cannot read ${segment}: a record is damaged: ${reason}`;
  return new LedgerError('ERR_LEDGER_CORRUPT', message);
}
