import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { ArchivableFile, StoredBytes } from './archivable-file.ts';
import { namesIn } from './list-files.ts';

const RECORDINGS = 'recordings';
const DAY = /^\d{4}-\d\d-\d\d$/;
const RECORDING = /^([A-Za-z0-9][A-Za-z0-9_-]{0,127})\.(?:rec|raw\.age)$/;

/**
 * Whether nothing is written any more of what was recorded of a session.
 *
 * @param changedAtMs When its file had changed last, in milliseconds since the Unix epoch.
 */
export type HasEnded = (session: string, changedAtMs: number) => Promise<boolean>;

/** Which recordings there are, by day. */
export class RecordingFinder {
  readonly #directory: string;
  readonly #storedBytes: StoredBytes;
  readonly #hasEnded: HasEnded;
  /** Days of which all is stored, with the time at which their directory had changed last. */
  readonly #settled = new Map<string, number>();

  constructor(dataDirectory: string, storedBytes: StoredBytes, hasEnded: HasEnded) {
    this.#directory = path.join(dataDirectory, RECORDINGS);
    this.#storedBytes = storedBytes;
    this.#hasEnded = hasEnded;
  }

  /** Recordings that are not stored yet, oldest day first. */
  async find(): Promise<readonly ArchivableFile[]> {
    const files: ArchivableFile[] = [];
    for (const day of (await namesIn(this.#directory))
      .filter((name) => DAY.test(name))
      .toSorted()) {
      const changedAtMs = (await stat(path.join(this.#directory, day))).mtimeMs;
      if (this.#settled.get(day) === changedAtMs) continue;
      const found = await this.#findIn(day);
      if (found.length === 0) this.#settled.set(day, changedAtMs);
      files.push(...found);
    }
    return files;
  }

  /** Has a recording looked for again that was stored, and is not any more. */
  lookAgain(name: string): void {
    this.#settled.delete(path.basename(path.dirname(name)));
  }

  async #findIn(day: string): Promise<readonly ArchivableFile[]> {
    const files: ArchivableFile[] = [];
    for (const name of await namesIn(path.join(this.#directory, day))) {
      const session = RECORDING.exec(name)?.[1];
      const file = `${RECORDINGS}/${day}/${name}`;
      if (session === undefined) continue;
      const { size: bytes, mtimeMs } = await stat(path.join(this.#directory, day, name));
      if (this.#storedBytes(file) === bytes) continue;
      const state = (await this.#hasEnded(session, mtimeMs)) ? 'final' : 'open';
      files.push({ name: file, bytes, state });
    }
    return files;
  }
}

/** Whose recording a file is; undefined if it is none. */
export function sessionOf(name: string): string | undefined {
  return name.startsWith(`${RECORDINGS}/`) ? RECORDING.exec(path.basename(name))?.[1] : undefined;
}
