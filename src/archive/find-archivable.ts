import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { readCheckpointNotes } from '../audit/checkpoint-file.ts';
import { KEY_CHANGES_FILE } from '../audit/key-change-file.ts';
import { CHECKPOINTS_FILE, KEYS_DIRECTORY, REGISTRY_FILE } from '../audit/ledger-layout.ts';
import { LOG_NAME, parseSegmentFileName } from '../audit/segment-format.ts';
import { hasCode } from '../encryption/durable-file.ts';

/** A file that is to be in the archive. */
export interface ArchivableFile {
  /** Relative to the data directory, with slashes: the object's name, too. */
  readonly name: string;
  /** Bytes of it that are to be there. */
  readonly bytes: number;
  /**
   * `final`: it does not change any more. `growing`: it does, and is stored again when it has. `open`: it is being
   * written, and not stored yet.
   */
  readonly state: 'final' | 'growing' | 'open';
}

const RECORDINGS = 'recordings';
const DAY = /^\d{4}-\d\d-\d\d$/;
const RECORDING = /^([A-Za-z0-9][A-Za-z0-9_-]{0,127})\.(?:rec|raw\.age)$/;
const LEDGER = 'ledger';
const TILES = 'tile';
/** Directory of tiles that are not whole. */
const PARTIAL_TILES = /\.p$/;

/** What the ledger has for the archive: closed segments, what vouches for them, and whole tiles. */
export async function findLedgerFiles(dataDirectory: string): Promise<readonly ArchivableFile[]> {
  const files: ArchivableFile[] = [];
  const add = async (name: string, state: ArchivableFile['state'], bytesMax = Infinity) => {
    const bytes = Math.min(bytesMax, await sizeOf(path.join(dataDirectory, name)));
    if (bytes > 0) files.push({ name, bytes, state });
  };
  await add(`${LEDGER}/${REGISTRY_FILE}`, 'growing');
  for (const name of await namesIn(path.join(dataDirectory, LEDGER, KEYS_DIRECTORY))) {
    if (name.endsWith('.pub')) await add(`${LEDGER}/${KEYS_DIRECTORY}/${name}`, 'growing');
  }
  for (const log of await namesIn(path.join(dataDirectory, LEDGER))) {
    if (!LOG_NAME.test(log) || log === KEYS_DIRECTORY || log === REGISTRY_FILE) continue;
    const directory = `${LEDGER}/${log}`;
    const names = await namesIn(path.join(dataDirectory, directory));
    const segments = names.filter((name) => parseSegmentFileName(name) !== undefined).toSorted();
    for (const name of segments.slice(0, -1)) await add(`${directory}/${name}`, 'final');
    const closedEntries = parseSegmentFileName(segments.at(-1) ?? '') ?? 0;
    await add(`${directory}/${segments.at(-1) ?? ''}`, 'open');
    await add(`${directory}/${KEY_CHANGES_FILE}`, 'growing');
    const checkpoints = `${directory}/${CHECKPOINTS_FILE}`;
    await add(
      checkpoints,
      'growing',
      await coveredBytes(path.join(dataDirectory, checkpoints), closedEntries),
    );
    for (const tile of await findTiles(dataDirectory, `${directory}/${TILES}`))
      await add(tile, 'final');
  }
  return files;
}

/**
 * Where the checkpoints over what is closed end: one over entries that the archive does not have would say that it
 * was cut.
 */
async function coveredBytes(checkpointsPath: string, closedEntries: number): Promise<number> {
  const { notes, wholeBytes } = await readCheckpointNotes(checkpointsPath);
  const beyond = notes.find(({ text }) => Number(text.split('\n', 2)[1]) > closedEntries);
  return beyond?.offset ?? wholeBytes;
}

async function findTiles(dataDirectory: string, directory: string): Promise<readonly string[]> {
  const found: string[] = [];
  const entries = await entriesIn(path.join(dataDirectory, directory));
  for (const entry of entries) {
    const name = `${directory}/${entry.name}`;
    if (!entry.isDirectory()) {
      if (!entry.name.endsWith('.unfinished')) found.push(name);
    } else if (!PARTIAL_TILES.test(entry.name)) {
      found.push(...(await findTiles(dataDirectory, name)));
    }
  }
  return found;
}

/**
 * Whether nothing is written any more of what was recorded of a session.
 *
 * @param changedAtMs When its file had changed last, in milliseconds since the Unix epoch.
 */
export type HasEnded = (session: string, changedAtMs: number) => Promise<boolean>;

/** Which recordings there are, by day. */
export class RecordingFinder {
  readonly #directory: string;
  readonly #isStored: (name: string, bytes: number) => boolean;
  readonly #hasEnded: HasEnded;
  /** Days of which all is stored, with the time at which their directory had changed last. */
  readonly #settled = new Map<string, number>();

  constructor(
    dataDirectory: string,
    isStored: (name: string, bytes: number) => boolean,
    hasEnded: HasEnded,
  ) {
    this.#directory = path.join(dataDirectory, RECORDINGS);
    this.#isStored = isStored;
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
      if (this.#isStored(file, bytes)) continue;
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

async function namesIn(directory: string): Promise<readonly string[]> {
  return (await entriesIn(directory)).map(({ name }) => name);
}

async function entriesIn(directory: string) {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return [];
    throw error;
  }
}

/** 0 if it is no file, or not there. */
async function sizeOf(file: string): Promise<number> {
  try {
    const found = await stat(file);
    return found.isFile() ? found.size : 0;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return 0;
    throw error;
  }
}
