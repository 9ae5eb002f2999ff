import { open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { syncDirectory } from '../../encryption/durable-file.ts';

/** Puts other bytes in the place of a segment's. The whole segment is there at every instant, old or new. */
export async function replaceSegment(
  segmentPath: string,
  parts: readonly Uint8Array[],
): Promise<void> {
  const { atime, mtime } = await stat(segmentPath);
  const unfinishedPath = `${segmentPath}.unfinished`;
  await rm(unfinishedPath, { force: true });
  await using file = await open(unfinishedPath, 'ax', 0o600);
  for (const part of parts) await file.writeFile(part);
  await file.sync();
  // What is newest is searched first: this is not new.
  await file.utimes(atime, mtime);
  await rename(unfinishedPath, segmentPath);
  await syncDirectory(path.dirname(segmentPath));
}
