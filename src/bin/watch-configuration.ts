import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Milliseconds between looks at the configuration's files. */
const INTERVAL_MS = 1_000;
/** Looks in a row of which each finds something new, after which it is taken as it is: else nothing would ever be revoked. */
const UNSETTLED_LOOKS_MAX = 30;

/**
 * Calls `onChange` when a file of the configuration directory changed, until `signal` aborts. Only once two looks in
 * a row find the same: while files are being copied, those that are there may be valid, and the forbids in those to come
 * are missing.
 *
 * It looks at names, sizes and times: that works on every file system, and through the links by
 * which deployment tools exchange a whole directory at once.
 */
export async function watchConfiguration(
  directory: string,
  onChange: () => Promise<unknown>,
  signal: AbortSignal,
): Promise<void> {
  // The first look counts as a change: files may have changed since they were read.
  let taken: string | undefined;
  let before: string | undefined;
  let unsettledLooks = 0;
  while (!signal.aborted) {
    await sleep(INTERVAL_MS, signal);
    const now = await describeFiles(directory);
    if (signal.aborted) break;
    unsettledLooks = now === before ? 0 : unsettledLooks + 1;
    before = now;
    if (now === taken || (unsettledLooks > 0 && unsettledLooks < UNSETTLED_LOOKS_MAX)) continue;
    unsettledLooks = 0;
    taken = now;
    await onChange();
  }
}

async function describeFiles(directory: string): Promise<string> {
  const lines: string[] = [];
  for (const folder of ['', 'targets', 'policies', 'policies/tests']) {
    try {
      for (const name of (await readdir(join(directory, folder))).toSorted()) {
        const { size, mtimeMs, ino, isFile } = await describeFile(join(directory, folder, name));
        if (isFile) lines.push(`${folder}/${name} ${size} ${mtimeMs} ${ino}`);
      }
    } catch (error) {
      // A folder that is away for a moment while it is exchanged; the next look sees it.
      lines.push(`${folder} ${(error as NodeJS.ErrnoException).code}`);
    }
  }
  return lines.join('\n');
}

async function describeFile(
  path: string,
): Promise<{ size: number; mtimeMs: number; ino: number; isFile: boolean }> {
  const stats = await stat(path);
  return { size: stats.size, mtimeMs: stats.mtimeMs, ino: stats.ino, isFile: stats.isFile() };
}

function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer);
      // The signal lives as long as the process: a listener left at each look would pile up.
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const timer = setTimeout(wake, milliseconds);
    timer.unref();
    signal.addEventListener('abort', wake);
    if (signal.aborted) wake();
  });
}
