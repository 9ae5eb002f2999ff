import { open, rename } from 'node:fs/promises';
import path from 'node:path';
import { syncDirectory } from './create-segment.ts';

/** Replaces a file: after a crash there is the old text or the new one, and after this the new one. Mode 0600. */
export async function writeDurably(filePath: string, text: string): Promise<void> {
  const unfinishedPath = `${filePath}.unfinished`;
  await using file = await open(unfinishedPath, 'w', 0o600);
  await file.writeFile(text);
  await file.sync();
  await rename(unfinishedPath, filePath);
  await syncDirectory(path.dirname(filePath));
}
