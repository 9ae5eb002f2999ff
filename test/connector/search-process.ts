import { type FileHandle, open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BytePatterns } from './byte-patterns.ts';

const CHUNK_BYTES: number = 4 * 1024 * 1024;
const PAGE_BYTES = 4_096;
/** One entry of `/proc/PID/pagemap` (Linux, admin-guide/mm/pagemap). */
const ENTRY_BYTES = 8;
/** In the highest byte of an entry: the page is in memory, or swapped out. */
const IS_THERE = 0b1100_0000;
/** Pages whose entries are read at a time. */
const ENTRIES_MAX = 65_536;

/** Bytes of a memory or of a file; the end is behind them. */
interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * Looks through all pages that a process has in memory, stopped as for a core dump: all that a core file would have of
 * them, what the process itself may not read included, and pages of files that it has mapped besides.
 *
 * @returns Bytes that were looked through.
 */
export async function searchMemory(
  pid: number,
  patterns: BytePatterns,
  found: Set<string>,
): Promise<number> {
  process.kill(pid, 'SIGSTOP');
  try {
    await using memory = await open(`/proc/${pid}/mem`, 'r');
    let searched = 0;
    for (const range of await listPages(pid)) {
      searched += await searchRange(memory, range, { patterns, found });
    }
    return searched;
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}

/** What is in memory: most of what a JavaScript engine maps is not. */
async function listPages(pid: number): Promise<readonly Range[]> {
  const maps = await readFile(`/proc/${pid}/maps`, 'utf8');
  await using pagemap = await open(`/proc/${pid}/pagemap`, 'r');
  const entries = Buffer.alloc(ENTRIES_MAX * ENTRY_BYTES);
  const ranges: { start: number; end: number }[] = [];
  for (const line of maps.split('\n')) {
    const [, first = '', last = ''] = /^([0-9a-f]+)-([0-9a-f]+) /.exec(line) ?? [];
    // What the kernel puts into every process cannot be read, and holds nothing of it.
    if (first === '' || line.includes('[v')) continue;
    const end = Number.parseInt(last, 16);
    for (let at = Number.parseInt(first, 16); at < end; at += ENTRIES_MAX * PAGE_BYTES) {
      const pages = Math.min(ENTRIES_MAX, (end - at) / PAGE_BYTES);
      const position = (at / PAGE_BYTES) * ENTRY_BYTES;
      const { bytesRead } = await pagemap.read(entries, 0, pages * ENTRY_BYTES, position);
      for (let page = 0; page < bytesRead / ENTRY_BYTES; page++) {
        if (((entries[page * ENTRY_BYTES + 7] ?? 0) & IS_THERE) === 0) continue;
        const start = at + page * PAGE_BYTES;
        const before = ranges.at(-1);
        if (before?.end === start) before.end += PAGE_BYTES;
        else ranges.push({ start, end: start + PAGE_BYTES });
      }
    }
  }
  return ranges;
}

async function searchRange(
  from: FileHandle,
  { start, end }: Range,
  { patterns, found }: { readonly patterns: BytePatterns; readonly found: Set<string> },
): Promise<number> {
  const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, end - start));
  const overlap = patterns.lengthMax - 1;
  let searched = 0;
  for (let at = start; at < end; at += CHUNK_BYTES - overlap) {
    const length = Math.min(CHUNK_BYTES, end - at);
    const bytesRead = await readSome(from, chunk, length, at);
    patterns.find(chunk.subarray(0, bytesRead), found);
    searched += bytesRead;
    if (length < CHUNK_BYTES) break;
  }
  return searched;
}

/** Some pages are those of a device. */
async function readSome(
  from: FileHandle,
  into: Buffer,
  length: number,
  at: number,
): Promise<number> {
  try {
    const { bytesRead } = await from.read(into, 0, length, at);
    return bytesRead;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EIO' || code === 'EFAULT') return 0;
    throw error;
  }
}

/** Looks through a file that is larger than memory, perhaps. @returns Bytes that were looked through. */
export async function searchFile(
  path: string,
  patterns: BytePatterns,
  found: Set<string>,
): Promise<number> {
  await using file = await open(path, 'r');
  const { size } = await file.stat();
  return await searchRange(file, { start: 0, end: size }, { patterns, found });
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
