import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { readNotes } from './checkpoint-file.ts';
import type { SignedCheckpoint } from './checkpoint-writer.ts';
import { createSegment } from './create-segment.ts';
import { findKeyAt, type KeyChain, readKeyChain } from './key-chain.ts';
import { readKeyChanges } from './key-change-file.ts';
import { LedgerError } from './ledger-error.ts';
import { logPaths } from './ledger-layout.ts';
import { hashLeaf, MerkleFrontier } from './merkle-frontier.ts';
import { readTextIfPresent } from './read-if-present.ts';
import { decodeFrame, decodeSegmentHeader, parseSegmentFileName } from './segment-format.ts';
import {
  type Checkpoint,
  formatVerifierKey,
  type NoteVerifier,
  openCheckpoint,
  readNoteSize,
} from './signed-note.ts';

/** A log as its files tell it, ready to be continued. */
export interface RecoveredLog {
  readonly frontier: MerkleFrontier;
  /** The largest. */
  readonly checkpoint: SignedCheckpoint | undefined;
  /** Bytes of the checkpoint file that hold whole notes. */
  readonly checkpointBytes: number;
  /** Bytes of a torn record at the end that were dropped. Nobody was told that it was safe. */
  readonly droppedBytes: number;
}

/**
 * Reads the end of a log.
 *
 * Only the last segment is read: its header holds the tree's state before it. The segment is then
 * written anew, because bytes in the page cache of a disk that failed may not be on the disk, and no
 * later fsync would say so.
 *
 * @throws {LedgerError} `ERR_LEDGER_CORRUPT` if a record is damaged other than by a torn end, or if the
 *   log ends before its last checkpoint.
 */
export async function recoverLog(
  dataDirectory: string,
  logName: string,
  verifier: NoteVerifier,
): Promise<RecoveredLog> {
  const paths = logPaths(dataDirectory, logName);
  const { largest, wholeBytes } = await findLargest(paths.checkpoints);
  const key = formatVerifierKey(logName, verifier.publicKey);
  const chain = readKeyChain(await readKeyChanges(paths.log), key);
  if (typeof chain === 'string') throw corrupt(paths.log, `the change of its key ${chain}`);
  const checkpoint = openLargest(largest, chain, paths.checkpoints);
  const checkpointSize = checkpoint?.size ?? 0;

  const lastName = await findLastSegment(paths.log);
  if (lastName === undefined) {
    if (checkpoint !== undefined || (await isRegistered(paths.registry, logName))) {
      throw corrupt(paths.log, 'has no segments, but was written before');
    }
    const frontier = new MerkleFrontier();
    return { frontier, checkpoint, checkpointBytes: wholeBytes, droppedBytes: 0 };
  }

  const segmentPath = path.join(paths.log, lastName);
  const bytes = await readFile(segmentPath);
  const header = decodeSegmentHeader(bytes);
  if (typeof header === 'string') throw corrupt(segmentPath, header);
  if (header.logName !== logName) throw corrupt(segmentPath, `belongs to log ${header.logName}`);
  if (header.firstSeq !== parseSegmentFileName(lastName)) {
    throw corrupt(segmentPath, `begins with entry ${header.firstSeq}`);
  }

  const before = new MerkleFrontier(header.firstSeq, header.peaks);
  const frontier = new MerkleFrontier(header.firstSeq, header.peaks);
  const end = readFrames(bytes, header.headerBytes, segmentPath, (leafHash) => {
    frontier.append(leafHash);
    expectRoot(frontier, checkpoint, segmentPath);
  });
  if (frontier.size < checkpointSize) {
    throw corrupt(
      segmentPath,
      `log ends at entry ${frontier.size}, but ${checkpointSize} were signed`,
    );
  }
  const { contentKey, isThinned } = header;
  const frames = [bytes.subarray(header.headerBytes, end)];
  const start = { logName, frontier: before, contentKey, isThinned };
  const segment = await createSegment(paths.log, start, frames);
  await segment.file.close();
  const droppedBytes = bytes.length - end;
  return { frontier, checkpoint, checkpointBytes: wholeBytes, droppedBytes };
}

/** Calls back with each leaf and returns where they end: at the file's end or at a torn record. */
function readFrames(
  bytes: Buffer,
  headerBytes: number,
  segmentPath: string,
  onLeaf: (leafHash: Buffer) => void,
): number {
  let offset = headerBytes;
  for (;;) {
    const frame = decodeFrame(bytes, offset);
    if (frame.state === 'short') return offset;
    if (frame.state === 'bad') {
      if (isTorn(bytes, offset, frame.end)) return offset;
      throw corrupt(segmentPath, `record at byte ${offset} is damaged: ${frame.reason}`);
    }
    if (frame.state === 'expired') onLeaf(frame.leafHash);
    else onLeaf(Buffer.from(hashLeaf(bytes.subarray(frame.start, frame.entryEnd)), 'hex'));
    offset = frame.end;
  }
}

/** A crash leaves a record that ends with the file, or a file that was made longer and never filled. */
function isTorn(bytes: Buffer, offset: number, end: number): boolean {
  return end >= bytes.length || bytes.subarray(offset).every((byte) => byte === 0);
}

function expectRoot(
  frontier: MerkleFrontier,
  checkpoint: Checkpoint | undefined,
  segmentPath: string,
): void {
  if (checkpoint === undefined || frontier.size !== checkpoint.size) return;
  if (frontier.root().equals(checkpoint.root)) return;
  throw corrupt(segmentPath, `entries up to ${checkpoint.size - 1} do not match their checkpoint`);
}

/** The largest covers all that any covers. The first of its size is as the log wrote it, without cosignatures. */
async function findLargest(
  checkpointPath: string,
): Promise<{ readonly largest: string | undefined; readonly wholeBytes: number }> {
  let largest: string | undefined;
  let wholeBytes = 0;
  for await (const part of readNotes(checkpointPath)) {
    if (part.kind === 'end') wholeBytes = part.wholeBytes;
    else {
      for (const { text } of part.notes) {
        if (largest === undefined || readNoteSize(text) > readNoteSize(largest)) largest = text;
      }
    }
  }
  return { largest, wholeBytes };
}

function openLargest(
  largest: string | undefined,
  chain: KeyChain,
  checkpointPath: string,
): SignedCheckpoint | undefined {
  if (largest === undefined) return undefined;
  const opened = openCheckpoint(largest, findKeyAt(chain, readNoteSize(largest)));
  switch (opened.state) {
    case 'signed':
      return { ...opened.checkpoint, note: largest };
    case 'invalid':
      throw corrupt(checkpointPath, `largest checkpoint ${opened.reason}`);
  }
}

async function findLastSegment(logDirectory: string): Promise<string | undefined> {
  const names = await readdir(logDirectory);
  for (const name of names) {
    if (name.endsWith('.unfinished')) await rm(path.join(logDirectory, name));
  }
  return names
    .filter((name) => parseSegmentFileName(name) !== undefined)
    .toSorted()
    .at(-1);
}

async function isRegistered(registryPath: string, logName: string): Promise<boolean> {
  const registry = (await readTextIfPresent(registryPath)) ?? '';
  return registry.split('\n').some((line) => line.startsWith(`${logName}+`));
}

function corrupt(filePath: string, reason: string): LedgerError {
  return new LedgerError('ERR_LEDGER_CORRUPT', `Cannot continue ${filePath}: ${reason}`);
}
