import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { LedgerError } from './ledger-error.ts';
import { LogTail } from './log-tail.ts';
import { readCheckpoint, splitNote } from './signed-note.ts';
import { bundlePath, TILE_WIDTH } from './tile-path.ts';
import { TileWriter } from './tile-writer.ts';

/** What was laid out. */
export interface LaidOutLog {
  /** Entries under the checkpoint. */
  readonly size: number;
  /** Bundles that were left out, because entries of them have expired. */
  readonly bundlesLeftOut: number;
}

/** Of the length before each entry of a bundle. */
const LENGTH_BYTES = 2;

/**
 * Lays a log out as a server of tiled logs serves it: its newest checkpoint, all tiles of its tree, and its entries in
 * bundles. Contents, which are no part of the tree, stay where they are.
 *
 * @param target An empty directory, or one that is not there.
 * @throws {LedgerError} `ERR_LEDGER_CORRUPT` if there is no checkpoint, or the entries do not lead to its root.
 * @see https://c2sp.org/tlog-tiles
 */
export async function layOutLog(logDirectory: string, target: string): Promise<LaidOutLog> {
  const note = await readFile(path.join(logDirectory, 'checkpoint'), 'utf8');
  const split = splitNote(note);
  const read = typeof split === 'string' ? undefined : readCheckpoint(split.text);
  if (read?.state !== 'signed') {
    throw new LedgerError('ERR_LEDGER_CORRUPT', `Cannot lay out ${logDirectory}: no checkpoint`);
  }
  const { checkpoint } = read;
  await mkdir(target, { recursive: true });
  await new TileWriter(logDirectory, { target }).advance(checkpoint);
  const bundlesLeftOut = await writeBundles(logDirectory, target, checkpoint.size);
  // Last: who finds it finds all that it speaks of.
  await writeFile(path.join(target, 'checkpoint'), note);
  return { size: checkpoint.size, bundlesLeftOut };
}

async function writeBundles(logDirectory: string, target: string, size: number): Promise<number> {
  let leftOut = 0;
  let parts: Buffer[] = [];
  let isWhole = true;
  for await (const record of new LogTail(logDirectory).readOn({ isLeafWanted: () => true })) {
    const { seq, bytes, expiredLeaf } = record;
    if (seq === size) break;
    if (expiredLeaf !== undefined) isWhole = false;
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt16BE(bytes.length);
    parts.push(length, Buffer.from(bytes));
    const width = (seq % TILE_WIDTH) + 1;
    if (width < TILE_WIDTH && seq + 1 < size) continue;
    const file = path.join(target, bundlePath({ index: Math.floor(seq / TILE_WIDTH), width }));
    if (isWhole) {
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, Buffer.concat(parts));
    } else {
      leftOut += 1;
    }
    parts = [];
    isWhole = true;
  }
  return leftOut;
}
