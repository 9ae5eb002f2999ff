import assert from 'node:assert/strict';
import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { access, mkdir, open, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { type Day, type DayKey, type DayKeyState, type DayKeys, dayOf } from './day-keys.ts';
import {
  createDurably,
  hasCode,
  readIfPresent,
  replaceDurably,
  syncDirectory,
} from './durable-file.ts';
import { EncryptionError } from './encryption-error.ts';
import type { MasterKey } from './master-key.ts';
import { KEY_BYTES, unwrapKey, wrapKey } from './wrap-key.ts';

/** What the keys are for: each kind of thing is kept for a time of its own. */
export type KeyPurpose = 'content' | 'recordings';

/** How to open the day keys of a data directory. */
export interface DayKeyFilesOptions {
  /** The gateway's data directory. */
  readonly dataDirectory: string;
  readonly purpose: KeyPurpose;
  readonly masterKey: MasterKey;
}

const DAY_MS = 86_400_000;
/** Keys are made this many days ahead, so that writing goes on while the master key's service is away. */
const DAYS_AHEAD = 2;
const AHEAD_INTERVAL_MS = 3_600_000;
const KEY_FILE = /^(\d{4}-\d\d-\d\d)\.key$/;
/** Stands for a key that was destroyed, so that nobody makes another one for that day. */
const TOMBSTONE_FILE = /^(\d{4}-\d\d-\d\d)\.destroyed$/;

/** Where the day keys of one purpose lie. */
export function dayKeyDirectory(dataDirectory: string, purpose: KeyPurpose): string {
  return path.join(dataDirectory, 'keys', 'days', purpose);
}

/**
 * The day keys of a data directory: one file a day, `<data>/keys/days/<purpose>/<day>.key`, with the key
 * wrapped by the master key. All processes of a gateway share them.
 */
export class DayKeyFiles implements DayKeys, Disposable {
  readonly #directory: string;
  readonly #purpose: KeyPurpose;
  readonly #masterKey: MasterKey;
  readonly #opened = new Map<Day, DayKey>();
  #aheadTimer: NodeJS.Timeout | undefined;

  constructor({ dataDirectory, purpose, masterKey }: DayKeyFilesOptions) {
    this.#directory = dayKeyDirectory(dataDirectory, purpose);
    this.#purpose = purpose;
    this.#masterKey = masterKey;
  }

  /**
   * Opens the keys of today and the next days, and goes on doing so until disposed.
   *
   * @param onError Told when keys could not be made ahead; it is tried again every hour.
   * @throws {EncryptionError} If today's key cannot be had.
   */
  async keepAhead(nowMs: () => number, onError: (error: Error) => void): Promise<void> {
    const openAhead = async (): Promise<void> => {
      for (let days = 0; days <= DAYS_AHEAD; days++) await this.open(nowMs() + days * DAY_MS);
    };
    await this.open(nowMs());
    await openAhead().catch(onError);
    this.#aheadTimer = setInterval(() => void openAhead().catch(onError), AHEAD_INTERVAL_MS);
    this.#aheadTimer.unref();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#aheadTimer);
  }

  today(nowMs: number): DayKey {
    const day = dayOf(nowMs);
    const key = this.#opened.get(day);
    if (key !== undefined) return key;
    throw new EncryptionError(
      'ERR_KEY_UNAVAILABLE',
      `Cannot encrypt ${this.#purpose}: the key of ${day} was not opened yet`,
    );
  }

  async open(nowMs: number): Promise<DayKey> {
    const day = dayOf(nowMs);
    let found = await this.of(day);
    if (found.state === 'missing') {
      await this.#create(day);
      found = await this.of(day);
    }
    if (found.state === 'open') return found.key;
    throw new EncryptionError(
      'ERR_KEY_DESTROYED',
      `Cannot encrypt ${this.#purpose}: the key of ${day} was destroyed; is the clock right?`,
    );
  }

  async of(day: Day): Promise<DayKeyState> {
    // A day that is out of use must not be read through a key that was kept in memory.
    if (await exists(this.#tombstone(day))) {
      this.#opened.delete(day);
      return { state: 'destroyed' };
    }
    const opened = this.#opened.get(day);
    if (opened !== undefined) return { state: 'open', key: opened };
    const wrapped = await this.#readWrapped(day);
    if (wrapped === undefined) return { state: 'missing' };
    const bytes = await this.#masterKey.unwrap(wrapped, this.#describe(day));
    const key = new OpenDayKey(day, createSecretKey(bytes));
    bytes.fill(0);
    this.#opened.set(day, key);
    return { state: 'open', key };
  }

  /** The tombstone comes first: after a crash in between, the next `destroy` goes on where this one was. */
  async destroy(day: Day): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    await (await open(this.#tombstone(day), 'w', 0o600)).close();
    await syncDirectory(this.#directory);
    this.#opened.delete(day);
    const names = await readdir(this.#directory);
    for (const name of names.filter((one) => one.startsWith(`${day}.key`))) {
      await overwrite(path.join(this.#directory, name));
      await rm(path.join(this.#directory, name), { force: true });
    }
    await syncDirectory(this.#directory);
  }

  async list(): Promise<readonly Day[]> {
    return this.#listDays(KEY_FILE);
  }

  /** Days whose keys were destroyed, in order. */
  async listDestroyed(): Promise<readonly Day[]> {
    return this.#listDays(TOMBSTONE_FILE);
  }

  /**
   * Wraps all keys by another master key: what follows when the master key is replaced. Keys that `to` opens
   * already are left alone, so that it can be called again after a failure.
   *
   * @returns How many keys were wrapped anew.
   * @throws {EncryptionError} If one opens with neither; those before it are done.
   */
  async rewrap(to: MasterKey): Promise<number> {
    let count = 0;
    for (const day of await this.list()) {
      const purpose = this.#describe(day);
      const wrapped = await this.#readWrapped(day);
      if (wrapped === undefined || (await opens(to, wrapped, purpose))) continue;
      const key = await this.#masterKey.unwrap(wrapped, purpose);
      await replaceDurably(this.#file(day), `${await to.wrap(key, purpose)}\n`);
      key.fill(0);
      count += 1;
    }
    return count;
  }

  async #create(day: Day): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const key = randomBytes(KEY_BYTES);
    const wrapped = await this.#masterKey.wrap(key, this.#describe(day));
    key.fill(0);
    // Another process may have made one meanwhile: then that one is everybody's.
    await createDurably(this.#file(day), `${wrapped}\n`);
  }

  async #readWrapped(day: Day): Promise<string | undefined> {
    return (await readIfPresent(this.#file(day)))?.toString('latin1').trim();
  }

  async #listDays(pattern: RegExp): Promise<readonly Day[]> {
    const days: Day[] = [];
    for (const name of await readDirectoryIfPresent(this.#directory)) {
      const day = pattern.exec(name)?.[1];
      if (day !== undefined) days.push(day);
    }
    return days.toSorted();
  }

  #describe(day: Day): string {
    return `${this.#purpose} ${day}`;
  }

  #file(day: Day): string {
    assert.match(day, DAY);
    return path.join(this.#directory, `${day}.key`);
  }

  #tombstone(day: Day): string {
    assert.match(day, DAY);
    return path.join(this.#directory, `${day}.destroyed`);
  }
}

const DAY = /^\d{4}-\d\d-\d\d$/;

class OpenDayKey implements DayKey {
  readonly day: Day;
  readonly #key: KeyObject;

  constructor(day: Day, key: KeyObject) {
    this.day = day;
    this.#key = key;
  }

  wrap(key: Uint8Array, purpose: string): Buffer {
    return wrapKey(this.#key, key, purpose);
  }

  unwrap(wrapped: Uint8Array, purpose: string): Buffer | undefined {
    return unwrapKey(this.#key, wrapped, purpose);
  }
}

async function opens(masterKey: MasterKey, wrapped: string, purpose: string): Promise<boolean> {
  try {
    (await masterKey.unwrap(wrapped, purpose)).fill(0);
    return true;
  } catch (error) {
    if (error instanceof EncryptionError && error.code === 'ERR_KEY_REFUSED') return false;
    throw error;
  }
}

/** Where the disk writes in place, the old bytes are gone; docs/retention.md says where they are not. */
async function overwrite(filePath: string): Promise<void> {
  await using file = await open(filePath, 'r+');
  const { size } = await file.stat();
  await file.write(randomBytes(size), 0, size, 0);
  await file.sync();
}

async function exists(filePath: string): Promise<boolean> {
  try {
    await access(filePath);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

async function readDirectoryIfPresent(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}
