import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BytePatterns } from './byte-patterns.ts';

const CHUNK_BYTES: number = 4 * 1024 * 1024;

/**
 * Looks through all that a process has in its memory and may read: what a core dump of it would hold, and files that it
 * has mapped besides.
 *
 * @returns Bytes that were looked through.
 */
export async function searchMemory(
  pid: number,
  patterns: BytePatterns,
  found: Set<string>,
): Promise<number> {
  const maps = await readFile(`/proc/${pid}/maps`, 'utf8');
  await using memory = await open(`/proc/${pid}/mem`, 'r');
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let searched = 0;
  for (const line of maps.split('\n')) {
    const [, first = '', last = ''] = /^([0-9a-f]+)-([0-9a-f]+) r/.exec(line) ?? [];
    // What the kernel puts into every process cannot be read, and holds nothing of it.
    if (first === '' || line.includes('[v')) continue;
    const end = Number.parseInt(last, 16);
    const overlap = patterns.lengthMax - 1;
    for (let at = Number.parseInt(first, 16); at < end; at += CHUNK_BYTES - overlap) {
      const length = Math.min(CHUNK_BYTES, end - at);
      const bytesRead = await readSome(memory, chunk, length, at);
      patterns.find(chunk.subarray(0, bytesRead), found);
      searched += bytesRead;
      if (length < CHUNK_BYTES) break;
    }
  }
  return searched;
}

/** A mapping may have gone meanwhile. */
async function readSome(
  memory: Awaited<ReturnType<typeof open>>,
  into: Buffer,
  length: number,
  at: number,
): Promise<number> {
  try {
    const { bytesRead } = await memory.read(into, 0, length, at);
    return bytesRead;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EIO' || code === 'EFAULT') return 0;
    throw error;
  }
}

/** Looks through all files of a directory and those below it. @returns Bytes that were looked through. */
export async function searchFiles(
  directory: string,
  patterns: BytePatterns,
  found: Set<string>,
): Promise<number> {
  let searched = 0;
  for (const entry of await readdir(directory, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const bytes = await readIfThere(join(entry.parentPath, entry.name));
    patterns.find(bytes, found);
    searched += bytes.length;
  }
  return searched;
}

/** Files of a database come and go. */
async function readIfThere(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}
