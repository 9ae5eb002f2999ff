import { createReadStream } from 'node:fs';
import { appendFile, mkdir, mkdtemp, readdir, rm, statfs } from 'node:fs/promises';
import path from 'node:path';
import { hasCode } from '../encryption/durable-file.ts';
import { KEY_CHANGES_FILE } from './key-change-file.ts';
import { CHECKPOINTS_FILE, KEYS_DIRECTORY, REGISTRY_FILE } from './ledger-layout.ts';
import { listLogs } from './list-logs.ts';
import { LOG_NAME } from './segment-format.ts';

/** A piece of a file of a ledger; those of one file come in their order. */
export interface LedgerPiece {
  /** Below the ledger's directory, with `/`. */
  readonly file: string;
  readonly bytes: Uint8Array;
}

const PIECE_BYTES = 1024 * 1024;
/** Bytes of the disk that a copy leaves free, or a tenth of the disk where that is less: the ledger itself goes on there. */
const KEPT_FREE_BYTES = 1024 ** 3;
const SEGMENT = /^\d{16}\.segment$/;
const KEY_FILE = /^(.+)\.pub$/;
/** With the process that made it; those of older versions are without. */
const COPY = /^ledger-copy-(?:(\d+)-[^/]+|[A-Za-z0-9]{6})$/;

/**
 * Reads the files of a ledger that may be written meanwhile: what is signed of all logs first, so that no checkpoint
 * speaks of entries that were not yet read.
 *
 * @param ledgerDirectory `<data>/ledger`.
 */
export async function* readLedgerPieces(
  ledgerDirectory: string,
): AsyncGenerator<LedgerPiece, void> {
  const signed = [REGISTRY_FILE];
  const segments: string[] = [];
  for (const log of await listLogs(ledgerDirectory)) {
    signed.push(`${KEYS_DIRECTORY}/${log}.pub`);
    for (const name of (await readdir(path.join(ledgerDirectory, log))).toSorted()) {
      if (name === CHECKPOINTS_FILE || name === KEY_CHANGES_FILE) signed.push(`${log}/${name}`);
      if (SEGMENT.test(name)) segments.push(`${log}/${name}`);
    }
  }
  for (const file of [...signed, ...segments]) {
    const place = path.join(ledgerDirectory, file);
    for await (const bytes of createReadStream(place, { highWaterMark: PIECE_BYTES })) {
      yield { file, bytes: bytes as Buffer };
    }
  }
}

/** There is no room for a copy beside the ledger that is written there. */
export class NoRoomError extends Error {
  override readonly name = 'NoRoomError';
  readonly code = 'ERR_NO_ROOM';
}

/** How much of a disk is free, in bytes. */
export interface DiskRoom {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** A copy of ledgers of several gateways, as one, for as long as it is needed. */
export class LedgerCopy implements AsyncDisposable {
  /** Like `<data>/ledger`. */
  readonly directory: string;
  readonly #measureRoom: (directory: string) => Promise<DiskRoom>;

  private constructor(directory: string, measure: (directory: string) => Promise<DiskRoom>) {
    this.directory = directory;
    this.#measureRoom = measure;
  }

  /**
   * @param parent Where there is room for all of them.
   * @param measure Default: asks the file system.
   */
  static async make(
    parent: string,
    measure: (directory: string) => Promise<DiskRoom> = measureRoom,
  ): Promise<LedgerCopy> {
    const directory = await mkdtemp(path.join(parent, `ledger-copy-${process.pid}-`));
    await mkdir(path.join(directory, KEYS_DIRECTORY));
    return new LedgerCopy(directory, measure);
  }

  /**
   * Removes copies of processes that were killed: nothing expires in them. To be called before this process makes any.
   *
   * @param parent As for `make`.
   */
  static async removeLeft(parent: string): Promise<void> {
    for (const name of await readdir(parent)) {
      const copy = COPY.exec(name);
      if (copy === null) continue;
      const pid = Number(copy[1] ?? process.pid);
      if (pid !== process.pid && isRunning(pid)) continue;
      await rm(path.join(parent, name), { recursive: true, force: true });
    }
  }

  /**
   * Takes the ledger of one gateway in.
   *
   * @param isIts Whether a log is that gateway's: it speaks for no other.
   * @throws {NoRoomError} If it would leave too little of the disk.
   * @throws {Error} At a piece of anything else.
   */
  async add(pieces: AsyncIterable<unknown>, isIts: (log: string) => boolean): Promise<void> {
    const registry: Uint8Array[] = [];
    for await (const piece of pieces) {
      const { file, bytes } = readPiece(piece);
      if (file === REGISTRY_FILE) {
        registry.push(bytes);
        continue;
      }
      const [folder = '', name = ''] = file.split('/');
      const log = folder === KEYS_DIRECTORY ? KEY_FILE.exec(name)?.[1] : folder;
      if (log === undefined || !isIts(log)) throw notItsOwn();
      await this.#assertRoom(bytes.length);
      await mkdir(path.join(this.directory, folder), { recursive: true });
      await appendFile(path.join(this.directory, file), bytes);
    }
    const lines = Buffer.concat(registry).toString().split('\n').filter(Boolean);
    if (!lines.every((line) => isIts(line.split('+')[0] ?? ''))) throw notItsOwn();
    const text = lines.map((line) => `${line}\n`).join('');
    await appendFile(path.join(this.directory, REGISTRY_FILE), text);
  }

  async #assertRoom(bytes: number): Promise<void> {
    const { freeBytes, totalBytes } = await this.#measureRoom(this.directory);
    if (freeBytes - bytes >= Math.min(KEPT_FREE_BYTES, totalBytes / 10)) return;
    throw new NoRoomError('Cannot copy ledgers: the disk has no room for them');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}

async function measureRoom(directory: string): Promise<DiskRoom> {
  const { bavail, blocks, bsize } = await statfs(directory);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}

/** What another gateway sends is written nowhere but in a log's own place. */
function readPiece(piece: unknown): LedgerPiece {
  const { file, bytes } = (piece ?? {}) as Partial<Record<keyof LedgerPiece, unknown>>;
  if (typeof file !== 'string' || !(bytes instanceof Uint8Array)) throw notItsOwn();
  if (file !== REGISTRY_FILE && !isPlace(file)) throw notItsOwn();
  return { file, bytes };
}

function isPlace(file: string): boolean {
  const [folder = '', name = '', ...rest] = file.split('/');
  if (rest.length > 0 || !LOG_NAME.test(folder)) return false;
  if (folder === KEYS_DIRECTORY) return LOG_NAME.test(KEY_FILE.exec(name)?.[1] ?? '');
  return name === CHECKPOINTS_FILE || name === KEY_CHANGES_FILE || SEGMENT.test(name);
}

function notItsOwn(): Error {
  return new Error('Cannot copy a ledger: it has what is no part of one of its own');
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there, and somebody else's.
    return hasCode(error, 'EPERM');
  }
}
