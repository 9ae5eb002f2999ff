import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { syncDirectory } from '../encryption/durable-file.ts';
import type { SealedKey } from './content-key.ts';
import type { MerkleFrontier } from './merkle-frontier.ts';
import { encodeSegmentHeader, segmentFileName } from './segment-format.ts';

/** A segment that is open for appending. */
export interface OpenSegment {
  readonly file: FileHandle;
  readonly path: string;
  /** Length of the file. */
  readonly bytes: number;
}

/** What stands in a segment's header. */
export interface SegmentStart {
  readonly logName: string;
  /** Where the log stands. */
  readonly frontier: Pick<MerkleFrontier, 'size' | 'peaks'>;
  readonly contentKey: SealedKey;
  /** Whether entries of it have expired. Default: no. */
  readonly isThinned?: boolean;
}

/**
 * Creates a segment that continues the log, with `frames` as its content.
 *
 * It appears under its name only once all of it is on stable storage, so a segment never lacks its
 * header, and one that takes over from a failed segment never has less than that one. A file of the
 * same name is replaced.
 */
export async function createSegment(
  logDirectory: string,
  { logName, frontier, contentKey, isThinned }: SegmentStart,
  frames: readonly Uint8Array[],
): Promise<OpenSegment> {
  const finalPath = path.join(logDirectory, segmentFileName(frontier.size));
  const unfinishedPath = `${finalPath}.unfinished`;
  await rm(unfinishedPath, { force: true });
  const file = await open(unfinishedPath, 'ax', 0o600);
  try {
    let bytes = 0;
    const header = encodeSegmentHeader(logName, frontier, contentKey, isThinned);
    for (const part of [header, ...frames]) {
      await file.appendFile(part);
      bytes += part.length;
    }
    await file.sync();
    await rename(unfinishedPath, finalPath);
    await syncDirectory(logDirectory);
    return { file, path: finalPath, bytes };
  } catch (error) {
    await file.close();
    throw error;
  }
}
