import { open } from 'node:fs/promises';
import path from 'node:path';
import { KEY_CHANGES_FILE } from '../audit/key-change-file.ts';
import { CHECKPOINTS_FILE, KEYS_DIRECTORY, REGISTRY_FILE } from '../audit/ledger-layout.ts';
import { LOG_NAME, parseSegmentFileName } from '../audit/segment-format.ts';
import type { ArchivableFile, StoredBytes } from './archivable-file.ts';
import { listFiles, namesIn, sizeOf } from './list-files.ts';

const LEDGER = 'ledger';
const TILES = 'tile';
/** Directory of tiles that are not whole. */
const PARTIAL_TILES = /\.p$/;
const NOTE_READ_BYTES: number = 64 * 1024;

/**
 * What the ledger has for the archive: closed segments, what vouches for them, and whole tiles. Looks only at what
 * is new: a ledger has a hundred thousand files after a year.
 */
export class LedgerFinder {
  readonly #dataDirectory: string;
  readonly #storedBytes: StoredBytes;
  /** By the file of a log's checkpoints: those over closed segments. */
  readonly #covered = new Map<string, Covered>();

  constructor(dataDirectory: string, storedBytes: StoredBytes) {
    this.#dataDirectory = dataDirectory;
    this.#storedBytes = storedBytes;
  }

  /** What is not stored yet, or has grown since. */
  async find(): Promise<readonly ArchivableFile[]> {
    const files = await this.#findGrowing(`${LEDGER}/${REGISTRY_FILE}`);
    const keys = `${LEDGER}/${KEYS_DIRECTORY}`;
    for (const name of await namesIn(this.#place(keys))) {
      if (name.endsWith('.pub')) files.push(...(await this.#findGrowing(`${keys}/${name}`)));
    }
    for (const log of await namesIn(this.#place(LEDGER))) {
      if (!LOG_NAME.test(log) || log === KEYS_DIRECTORY || log === REGISTRY_FILE) continue;
      files.push(...(await this.#findInLog(`${LEDGER}/${log}`)));
    }
    return files;
  }

  /** How many entries of a log the archive's copy proves by itself. */
  findProvenEntries(log: string): number {
    const checkpoints = `${LEDGER}/${log}/${CHECKPOINTS_FILE}`;
    const { offset, entries } = this.#covered.get(checkpoints) ?? NOTHING_COVERED;
    return this.#storedBytes(checkpoints) === offset ? entries : 0;
  }

  async #findInLog(log: string): Promise<ArchivableFile[]> {
    const names = await namesIn(this.#place(log));
    const segments = names.filter((name) => parseSegmentFileName(name) !== undefined).toSorted();
    const open = segments.pop();
    if (open === undefined) return [];
    const files: ArchivableFile[] = [];
    for (const name of segments) {
      const segment = `${log}/${name}`;
      if (this.#storedBytes(segment) !== undefined) continue;
      files.push({ name: segment, bytes: await sizeOf(this.#place(segment)), state: 'final' });
    }
    const current = `${log}/${open}`;
    files.push({ name: current, bytes: await sizeOf(this.#place(current)), state: 'open' });
    files.push(...(await this.#findGrowing(`${log}/${KEY_CHANGES_FILE}`)));
    const closedEntries = parseSegmentFileName(open) ?? 0;
    const checkpoints = `${log}/${CHECKPOINTS_FILE}`;
    const covered = await this.#findCovered(checkpoints, closedEntries);
    files.push(...(await this.#findGrowing(checkpoints, covered)));
    files.push(...(await this.#findTiles(`${log}/${TILES}`)));
    return files;
  }

  async #findGrowing(name: string, bytesMax = Number.POSITIVE_INFINITY): Promise<ArchivableFile[]> {
    const bytes = Math.min(bytesMax, await sizeOf(this.#place(name)));
    const isNews = bytes > 0 && this.#storedBytes(name) !== bytes;
    return isNews ? [{ name, bytes, state: 'growing' }] : [];
  }

  /**
   * Where the checkpoints over what is closed end: one over entries that the archive does not have would say that
   * it was cut.
   */
  async #findCovered(checkpoints: string, closedEntries: number): Promise<number> {
    let { offset, entries } = this.#covered.get(checkpoints) ?? NOTHING_COVERED;
    if ((await sizeOf(this.#place(checkpoints))) <= offset) return offset;
    await using file = await open(this.#place(checkpoints), 'r');
    const buffer = Buffer.alloc(NOTE_READ_BYTES);
    for (let isMore = true; isMore; ) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, offset);
      const found = findCoveredNotes(buffer.subarray(0, bytesRead), closedEntries);
      isMore = found.offset > 0;
      offset += found.offset;
      if (isMore) entries = found.entries;
    }
    this.#covered.set(checkpoints, { offset, entries });
    return offset;
  }

  async #findTiles(directory: string): Promise<readonly ArchivableFile[]> {
    const found: ArchivableFile[] = [];
    const entries = await listFiles(this.#place(directory));
    for (const { name } of entries.filter((entry) => entry.isDirectory())) {
      if (!PARTIAL_TILES.test(name)) found.push(...(await this.#findTiles(`${directory}/${name}`)));
    }
    const files = entries.filter((entry) => entry.isFile() && !entry.name.endsWith('.unfinished'));
    for (const { name } of files) {
      const tile = `${directory}/${name}`;
      if (this.#storedBytes(tile) !== undefined) continue;
      found.push({ name: tile, bytes: await sizeOf(this.#place(tile)), state: 'final' });
    }
    return found;
  }

  #place(name: string): string {
    return path.join(this.#dataDirectory, name);
  }
}

/** Checkpoints over closed entries. */
interface Covered {
  /** Where the last of them ends. */
  readonly offset: number;
  /** How many entries it is over. */
  readonly entries: number;
}

const NOTHING_COVERED: Covered = { offset: 0, entries: 0 };

/** The whole notes, from the first one on, that speak of closed entries only. */
function findCoveredNotes(notes: Buffer, closedEntries: number): Covered {
  for (let offset = 0, entries = 0; ; ) {
    // A note is text, empty line, signatures; an empty line stands between two notes.
    const signatures = notes.indexOf('\n\n', offset);
    const next = signatures === -1 ? -1 : notes.indexOf('\n\n', signatures + 2);
    const text = notes.toString('latin1', offset, Math.max(offset, signatures));
    const size = Number(text.split('\n', 2)[1]);
    if (next === -1 || !(size <= closedEntries)) return { offset, entries };
    entries = size;
    offset = next + 2;
  }
}
