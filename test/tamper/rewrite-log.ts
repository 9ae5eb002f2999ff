import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readNotes } from '../../src/audit/checkpoint-file.ts';
import { signKeyChange } from '../../src/audit/key-chain.ts';
import { hashLeaf, MerkleFrontier } from '../../src/audit/merkle-frontier.ts';
import {
  decodeFrame,
  decodeSegmentHeader,
  encodeFrameHeader,
  encodeSegmentHeader,
  FRAME_HEADER_BYTES,
  parseSegmentFileName,
  type SegmentHeader,
  segmentFileName,
} from '../../src/audit/segment-format.ts';
import { formatVerifierKey, signCheckpoint } from '../../src/audit/signed-note.ts';

/** Some bytes of a file. A view for each of a million records would keep the garbage collector busy. */
interface ByteRange {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/** A record as somebody sees it who writes it anew. */
export interface TamperedRecord {
  readonly entry: string;
  readonly content: ByteRange;
  /** In the keystream. */
  readonly contentOffset: number;
  /** Which segment it is in, of those that are read: its content needs that one's key. */
  readonly segment: number;
  /** The whole record as it was, if nothing of it was changed. */
  readonly stored?: ByteRange;
  /** Hex, if it is known. */
  readonly leafHash?: string;
}

/** What is done to a log from one entry on. */
export interface Rewrite {
  /** Nothing before this entry changes. */
  readonly from: number;
  /** All records from there on, as they will be. Numbers and chains are mended afterwards, if asked. */
  readonly change: (records: readonly TamperedRecord[]) => readonly TamperedRecord[];
  /** Whether entries are numbered and chained again. */
  readonly mends: boolean;
  /** Private keys of the log, oldest first: checkpoints are signed again. None: they are as they were. */
  readonly pems: readonly string[];
  /** Whether checkpoints go that the log does not bear out any more. */
  readonly dropsCheckpoints: boolean;
}

/** Copies a ledger without copying its bytes. Files that are written anew must be removed first. */
export async function linkLedger(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    // Tiles are copies that a verifier does not look at.
    if (entry.name === 'tile') continue;
    const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)];
    if (entry.isDirectory()) await linkLedger(source, target);
    else await link(source, target);
  }
}

/** Writes a log anew as its owner can: lengths, CRCs and headers fit again; and checkpoints, with the keys. */
export async function rewriteLog(logDirectory: string, rewrite: Rewrite): Promise<void> {
  const files = (await readdir(logDirectory)).filter(
    (file) => parseSegmentFileName(file) !== undefined,
  );
  const segments = files.toSorted();
  const first = segments.findLastIndex((file) => (parseSegmentFileName(file) ?? 0) <= rewrite.from);
  const { headers, records } = await readSegments(logDirectory, segments.slice(first));
  const [header] = headers;
  assert(header);
  const kept = records.slice(0, rewrite.from - header.firstSeq);
  const changed = rewrite.change(records.slice(rewrite.from - header.firstSeq));
  const frontier = new MerkleFrontier(header.firstSeq, header.peaks);
  const remaining = new Set(changed);
  const gone = records.slice(kept.length).filter((record) => !remaining.has(record));
  const written = rewrite.mends ? mend(changed, rewrite.from, gone) : changed;
  const signed = await readSigned(logDirectory, written, rewrite.from);
  const roots = new Map<number, Buffer>();
  const bodies = writeRecords(kept, written, {
    frontier,
    headers,
    onSize: (size) => {
      if (signed.sizes.has(size)) roots.set(size, frontier.root());
    },
  });
  for (const file of segments.slice(first)) await rm(path.join(logDirectory, file));
  for (const { start, bytes } of bodies) {
    await writeFile(path.join(logDirectory, segmentFileName(start)), bytes);
  }
  roots.set(frontier.size, frontier.root());
  await rewriteCheckpoints(logDirectory, rewrite, { ...signed, roots, size: frontier.size });
}

/** What was signed of a log, and what its owner can sign of it again. */
interface Signed {
  readonly notes: readonly string[];
  readonly sizes: ReadonlySet<number>;
  /** Up to this size the first key signs. */
  readonly firstKeyUntil: number;
}

async function readSigned(
  logDirectory: string,
  written: readonly TamperedRecord[],
  from: number,
): Promise<Signed> {
  const notes = await readTexts(path.join(logDirectory, 'checkpoints'));
  const [change] = await readTexts(path.join(logDirectory, 'key-changes'));
  const sizes = new Set(notes.map(sizeOf));
  const changedAt = change?.split('\n')[4];
  // The entry that announces a key may have moved.
  const announced = written.findIndex(({ entry }) => entry.includes('"kind":"ledger.key-change"'));
  const firstKeyUntil =
    changedAt === undefined
      ? Number.POSITIVE_INFINITY
      : Math.max(Number(changedAt), announced === -1 ? 0 : from + announced + 1);
  return { notes, sizes: sizes.add(firstKeyUntil), firstKeyUntil };
}

async function readTexts(file: string): Promise<readonly string[]> {
  const parts = await Array.fromAsync(readNotes(file));
  return parts.flatMap((part) => (part.kind === 'notes' ? part.notes.map(({ text }) => text) : []));
}

async function readSegments(
  logDirectory: string,
  segments: readonly string[],
): Promise<{ readonly headers: readonly SegmentHeader[]; readonly records: TamperedRecord[] }> {
  const headers: SegmentHeader[] = [];
  const records: TamperedRecord[] = [];
  for (const file of segments) {
    const bytes = await readFile(path.join(logDirectory, file));
    const header = decodeSegmentHeader(bytes);
    assert(typeof header === 'object');
    headers.push(header);
    for (let offset = header.headerBytes; ; ) {
      const frame = decodeFrame(bytes, offset);
      if (frame.state !== 'whole') break;
      records.push({
        entry: bytes.toString('utf8', frame.start, frame.entryEnd),
        content: { bytes, start: frame.entryEnd, end: frame.end },
        contentOffset: frame.contentOffset,
        segment: headers.length - 1,
        stored: { bytes, start: offset, end: frame.end },
      });
      offset = frame.end;
    }
  }
  return { headers, records };
}

interface Writing {
  readonly frontier: MerkleFrontier;
  /** Of the segments as they were: a record stays in the segment whose content key it needs. */
  readonly headers: readonly SegmentHeader[];
  readonly onSize: (size: number) => void;
}

interface SegmentBody {
  readonly start: number;
  readonly bytes: Buffer;
}

function writeRecords(
  kept: readonly TamperedRecord[],
  changed: readonly TamperedRecord[],
  { frontier, headers, onSize }: Writing,
): readonly SegmentBody[] {
  const bySegment = Map.groupBy([...kept, ...changed], ({ segment }) => segment);
  return headers.flatMap(({ logName, contentKey }, index) => {
    const records = bySegment.get(index) ?? [];
    if (records.length === 0 && index > 0) return [];
    const start = frontier.size;
    const header = encodeSegmentHeader(logName, frontier, contentKey);
    const recordBytes = records.reduce((sum, record) => sum + recordBytesOf(record), 0);
    const bytes = Buffer.allocUnsafe(header.length + recordBytes);
    let end = header.copy(bytes);
    for (const record of records) {
      const offset = end;
      end = writeRecord(record, bytes, offset);
      const entryEnd = end - contentBytesOf(record);
      const leafHash =
        record.leafHash ?? hashLeaf(bytes.subarray(offset + FRAME_HEADER_BYTES, entryEnd));
      frontier.append(Buffer.from(leafHash, 'hex'));
      onSize(frontier.size);
    }
    return [{ start, bytes }];
  });
}

function contentBytesOf({ content }: TamperedRecord): number {
  return content.end - content.start;
}

function recordBytesOf(record: TamperedRecord): number {
  if (record.stored !== undefined) return record.stored.end - record.stored.start;
  return FRAME_HEADER_BYTES + Buffer.byteLength(record.entry) + contentBytesOf(record);
}

/** Returns where it ends. */
function writeRecord(record: TamperedRecord, bytes: Buffer, offset: number): number {
  const { entry, content, contentOffset, stored } = record;
  if (stored !== undefined) {
    return offset + stored.bytes.copy(bytes, offset, stored.start, stored.end);
  }
  const start = offset + FRAME_HEADER_BYTES;
  const entryBytes = bytes.write(entry, start);
  const contentBytes = content.bytes.copy(bytes, start + entryBytes, content.start, content.end);
  const end = start + entryBytes + contentBytes;
  encodeFrameHeader(bytes.subarray(offset, end), entryBytes, contentBytes, contentOffset);
  return end;
}

/** What stands before the fields that a caller gave. */
const LEADING =
  /^\{"v":1,"seq":\d+,("at":"[^"]+","kind":"([^"]+)")(?:,"session":"([^"]*)","n":(\d+),"prev":(null|"[0-9a-f]{64}"))?/;

/** Numbers entries and chains sessions again, so that they fit each other. @param gone Entries that are left out. */
function mend(
  records: readonly TamperedRecord[],
  from: number,
  gone: readonly TamperedRecord[],
): readonly TamperedRecord[] {
  /** Of each session that is not as it was the last entry: its number, and its hash as JSON. */
  const sessions = new Map<string, { readonly n: number; readonly hash: string }>();
  for (const { entry } of gone.toReversed()) {
    const [, , , session, n = '1', prev = 'null'] = LEADING.exec(entry) ?? [];
    if (session !== undefined) sessions.set(session, { n: Number(n) - 1, hash: prev });
  }
  const mended: TamperedRecord[] = [];
  for (const [index, record] of records.entries()) {
    const [leading = '', middle = '', kind, session, n = '1', prev = 'null'] =
      LEADING.exec(record.entry) ?? [];
    if (kind === 'gateway.start') sessions.clear();
    const before = sessions.get(session ?? '') ?? { n: Number(n) - 1, hash: prev };
    const chain =
      session === undefined
        ? ''
        : `,"session":"${session}","n":${before.n + 1},"prev":${before.hash}`;
    const rest = record.entry.slice(leading.length);
    const entry = `{"v":1,"seq":${from + index},${middle}${chain}${rest}`;
    if (entry === record.entry && record.stored !== undefined) {
      // Numbers are as they were, and so are all sessions: nothing is to be mended behind it.
      if (sessions.size === 0) return [...mended, ...records.slice(index)];
      mended.push(record);
      continue;
    }
    const leafHash = hashLeaf(Buffer.from(entry));
    mended.push({ ...withEntry(record, entry), leafHash });
    if (session === undefined) continue;
    if (kind === 'session.end') sessions.delete(session);
    else sessions.set(session, { n: before.n + 1, hash: `"${leafHash}"` });
  }
  return mended;
}

/** The record with something else in place of its entry. */
export function withEntry(record: TamperedRecord, entry: string): TamperedRecord {
  const { content, contentOffset, segment } = record;
  return { entry, content, contentOffset, segment };
}

interface Resigning extends Signed {
  /** At the sizes that were signed, as they are now. */
  readonly roots: ReadonlyMap<number, Buffer>;
  /** Of the log, as it is now. */
  readonly size: number;
}

async function rewriteCheckpoints(
  logDirectory: string,
  { from, pems, dropsCheckpoints }: Rewrite,
  { notes, roots, size: logSize, firstKeyUntil }: Resigning,
): Promise<void> {
  const origin = path.basename(logDirectory);
  const [firstKey, nextKey = firstKey] = pems.map((pem) => createPrivateKey(pem));
  const sign = (size: number): readonly string[] => {
    const [root, key] = [roots.get(size), size <= firstKeyUntil ? firstKey : nextKey];
    return root === undefined || key === undefined
      ? []
      : [signCheckpoint({ origin, size, root }, key)];
  };
  const written = notes.flatMap((text) => {
    if (sizeOf(text) <= from) return [text];
    if (firstKey !== undefined) return sign(sizeOf(text));
    return dropsCheckpoints ? [] : [text];
  });
  if (!notes.some((text) => sizeOf(text) === logSize)) written.push(...sign(logSize));
  await rm(path.join(logDirectory, 'checkpoints'));
  await writeFile(
    path.join(logDirectory, 'checkpoints'),
    written.map((text) => `${text}\n`).join(''),
  );
  const keyChanges = path.join(logDirectory, 'key-changes');
  if (firstKey === undefined || nextKey === undefined || from >= firstKeyUntil) return;
  await rm(keyChanges, { force: true });
  const root = roots.get(firstKeyUntil);
  if (root !== undefined) {
    const last = { origin, size: firstKeyUntil, root };
    await writeFile(keyChanges, `${signKeyChange(last, firstKey, nextKey)}\n`);
    return;
  }
  // The log ends before its second key: the first one is its only one.
  const publicKey = path.join(logDirectory, '../keys', `${origin}.pub`);
  await rm(publicKey);
  await writeFile(publicKey, `${formatVerifierKey(origin, createPublicKey(firstKey))}\n`);
}

function sizeOf(note: string): number {
  return Number(note.split('\n', 2)[1]);
}
