import assert from 'node:assert/strict';
import { appendFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { LogTail } from '../../src/audit/log-tail.ts';
import {
  decodeFrame,
  decodeSegmentHeader,
  encodeFrameHeader,
  FRAME_HEADER_BYTES,
} from '../../src/audit/segment-format.ts';
import { LOG } from './attacked-ledger.ts';

/** File names of the log's segments, first to last. */
export async function segmentsOf(ledgerDirectory: string): Promise<string[]> {
  const names = await readdir(path.join(ledgerDirectory, LOG));
  const segments = names.filter((name) => name.endsWith('.segment')).toSorted();
  assert(segments.length > 4);
  return segments.map((name) => path.join(ledgerDirectory, LOG, name));
}

/** An entry with what stands behind it. */
export interface StoredRecord {
  readonly entry: string;
  readonly content: Buffer;
  readonly contentOffset: number;
}

/** Rewrites one segment as an attacker would who knows the format: lengths and CRCs fit again. */
export async function rewriteRecords(
  ledgerDirectory: string,
  segmentIndex: number,
  change: (records: StoredRecord[]) => StoredRecord[],
): Promise<void> {
  const file = (await segmentsOf(ledgerDirectory))[segmentIndex] ?? '';
  const bytes = await readFile(file);
  const header = decodeSegmentHeader(bytes);
  assert(typeof header === 'object');
  const records: StoredRecord[] = [];
  for (let offset = header.headerBytes; ; ) {
    const frame = decodeFrame(bytes, offset);
    if (frame.state !== 'whole') break;
    const { start, entryEnd, end, contentOffset } = frame;
    const content = bytes.subarray(entryEnd, end);
    records.push({ entry: bytes.toString('utf8', start, entryEnd), content, contentOffset });
    offset = end;
  }
  const frames = change(records).map(({ entry, content, contentOffset }) => {
    const body = Buffer.from(entry);
    const frame = Buffer.concat([Buffer.alloc(FRAME_HEADER_BYTES), body, content]);
    encodeFrameHeader(frame, body.length, content.length, contentOffset);
    return frame;
  });
  await writeFile(file, Buffer.concat([bytes.subarray(0, header.headerBytes), ...frames]));
}

/** Adds an entry behind the last one of the log, given its number. CRC and length fit. */
export async function addRecord(
  ledgerDirectory: string,
  makeEntry: (seq: number) => Buffer,
): Promise<void> {
  const file = (await segmentsOf(ledgerDirectory)).at(-1) ?? '';
  const tail = new LogTail(path.join(ledgerDirectory, LOG));
  for await (const _ of tail.readOn()) void _;
  const body = makeEntry(tail.seq);
  const frame = Buffer.concat([Buffer.alloc(FRAME_HEADER_BYTES), body]);
  encodeFrameHeader(frame, body.length, 0, 0);
  await appendFile(file, frame);
}

/** As `rewriteRecords`; an entry that is changed in its place keeps what stands behind it. */
export async function rewriteEntries(
  ledgerDirectory: string,
  segmentIndex: number,
  change: (entries: string[]) => string[],
): Promise<void> {
  await rewriteRecords(ledgerDirectory, segmentIndex, (records) =>
    change(records.map(({ entry }) => entry)).map((entry, index) => {
      const { content = Buffer.alloc(0), contentOffset = 0 } =
        records.find((record) => record.entry === entry) ?? records[index] ?? {};
      return { entry, content, contentOffset };
    }),
  );
}

/** The signed notes of the log, first to last. */
export async function readCheckpoints(ledgerDirectory: string): Promise<string[]> {
  const text = await readFile(path.join(ledgerDirectory, LOG, 'checkpoints'), 'utf8');
  return text.split(/(?<=\n)\n(?=gw-)/).map((note) => note.replace(/\n\n$/, '\n'));
}

/** Rolls the first log back to its first checkpoint, leaving nothing that speaks of more. */
export async function rollBack(ledgerDirectory: string): Promise<void> {
  const [first = ''] = await readCheckpoints(ledgerDirectory);
  const size = Number(first.split('\n')[1]);
  await writeFile(path.join(ledgerDirectory, LOG, 'checkpoints'), `${first}\n`);
  for (const [index, segment] of (await segmentsOf(ledgerDirectory)).entries()) {
    if (Number.parseInt(path.basename(segment), 10) >= size) await rm(segment);
    else {
      await rewriteEntries(ledgerDirectory, index, (entries) =>
        entries.filter((entry) => Number(/"seq":(\d+)/.exec(entry)?.[1]) < size),
      );
    }
  }
}
