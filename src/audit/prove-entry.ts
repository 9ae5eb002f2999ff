import path from 'node:path';
import { readNotes } from './checkpoint-file.ts';
import { CHECKPOINTS_FILE } from './ledger-layout.ts';
import type { LogProof } from './log-proof.ts';
import { LogTail } from './log-tail.ts';
import { hashLeaf } from './merkle-frontier.ts';
import { type MerklePath, verifyInclusion } from './merkle-proof.ts';
import { MerkleProver } from './merkle-prover.ts';
import { parseSegmentFileName } from './segment-format.ts';
import { type Checkpoint, readCheckpoint, splitNote } from './signed-note.ts';
import { TileError, TileTree } from './tile-tree.ts';

/** Makes the proof of an entry. Undefined if the log has no such entry, or no checkpoint over it yet. */
export async function proveEntry(
  logDirectory: string,
  index: number,
): Promise<LogProof | 'expired' | undefined> {
  const signed = await findCheckpoint(logDirectory, index);
  const entry = await readEntry(logDirectory, index);
  if (entry === 'expired') return entry;
  if (signed === undefined || entry === undefined) return undefined;
  const { checkpoint, note } = signed;
  const { size, root } = checkpoint;
  const claim = { index, size, root, leafHash: Buffer.from(hashLeaf(entry), 'hex') };
  const path = await readPath(logDirectory, index, size);
  if (path !== undefined && verifyInclusion(claim, path)) return { index, entry, path, note };
  // Tiles are copies, and can be gone or old: the entries themselves are not.
  const proof = await new MerkleProver(logDirectory).prove(index, size);
  return proof && { index, entry, path: proof.path, note };
}

interface SignedNote {
  readonly checkpoint: Checkpoint;
  readonly note: string;
  readonly signatures: number;
}

/** Of those over the entry that most signed, the oldest: it shows the oldest time. */
async function findCheckpoint(
  logDirectory: string,
  index: number,
): Promise<SignedNote | undefined> {
  let best: SignedNote | undefined;
  for await (const part of readNotes(path.join(logDirectory, CHECKPOINTS_FILE))) {
    if (part.kind === 'end') break;
    for (const { text } of part.notes) {
      const covering = readCovering(text, index);
      if (covering !== undefined && covering.signatures > (best?.signatures ?? 0)) best = covering;
    }
  }
  return best;
}

/** Undefined if it is no checkpoint over the entry. */
function readCovering(note: string, index: number): SignedNote | undefined {
  const split = splitNote(note);
  if (typeof split === 'string') return undefined;
  const read = readCheckpoint(split.text);
  if (read.state === 'invalid' || read.checkpoint.size <= index) return undefined;
  return { checkpoint: read.checkpoint, note, signatures: split.lines.length };
}

async function readPath(
  logDirectory: string,
  index: number,
  size: number,
): Promise<MerklePath | undefined> {
  try {
    return await new TileTree(logDirectory, size).proveInclusion(index);
  } catch (error) {
    if (error instanceof TileError) return undefined;
    throw error;
  }
}

async function readEntry(
  logDirectory: string,
  index: number,
): Promise<Buffer | 'expired' | undefined> {
  const tail = new LogTail(logDirectory);
  const segments = await tail.listSegments();
  const segment = segments.findLast((name) => (parseSegmentFileName(name) ?? 0) <= index);
  if (segment === undefined) return undefined;
  tail.startAt(segment);
  for await (const { seq, bytes, expiredLeaf } of tail.readOn({ isLeafWanted: () => true })) {
    if (seq === index) return expiredLeaf === undefined ? Buffer.from(bytes) : 'expired';
  }
  return undefined;
}
