import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { EntryFields, LedgerPort } from '../audit/ledger-port.ts';
import type { SaidExpiry } from '../audit/retention/retention-history.ts';
import { seal } from '../audit/seal.ts';
import type { S3Settings } from '../configuration/storage-settings.ts';
import { hasCode } from '../encryption/durable-file.ts';
import type { ArchivableFile } from './archivable-file.ts';
import { ArchiveJournal, type StoredFile } from './archive-journal.ts';
import { ExpiredCopies, type FollowedCopy } from './expired-copies.ts';
import { LedgerFinder } from './ledger-finder.ts';
import { sizeOf } from './list-files.ts';
import { ArchiveError, type ObjectStore } from './object-store.ts';
import { type HasEnded, RecordingFinder, sessionOf } from './recording-finder.ts';
import { writeSpoolState } from './spool-gate.ts';

/** What an archive is made of. */
export interface ArchiveOptions {
  readonly dataDirectory: string;
  readonly store: ObjectStore;
  readonly settings: Pick<S3Settings, 'spool' | 'keepLocalMs'>;
  /** What expired here, so that its copies are to go. Undefined: they stay. */
  readonly listExpiries: (() => Promise<readonly SaidExpiry[]>) | undefined;
  readonly ledger: LedgerPort;
  /** Resolves once what was sealed is under a checkpoint, if the disk takes it. */
  readonly signLedger: () => Promise<void>;
  readonly hasEnded: HasEnded;
  readonly nowMs: () => number;
  readonly onEvent: (event: ArchiveEvent) => void;
}

/** What happens in an archive, for the log. */
export type ArchiveEvent =
  | { readonly kind: 'failed'; readonly error: Error }
  | { readonly kind: 'recovered' }
  | { readonly kind: 'full' | 'emptied'; readonly pendingBytes: number };

/** How an archive is doing. */
export interface ArchiveHealth {
  /** Bytes that are here only. */
  readonly pendingBytes: number;
  /** More waits than may: what is configured for that case is done. */
  readonly isFull: boolean;
  /** Why the last attempt failed; undefined if it did not. */
  readonly failure: Error | undefined;
}

const LOOK_INTERVAL_MS = 2_000;
const LEDGER_LOOK_INTERVAL_MS = 20_000;
const EXPIRED_LOOK_INTERVAL_MS = 600_000;
/** After a failure, doubled with each further one. */
const RETRY_FIRST_MS = 2_000;
const RETRY_LAST_MS = 60_000;
/** A full spool is open again once it is this empty. */
const EMPTY_ENOUGH = 0.9;

/**
 * Copies what is finished to an object store, and says when too much waits for it.
 *
 * The data directory is its spool. What was copied is written down, and looked for at the next start: a process
 * that is killed leaves nothing behind that is not copied later.
 */
export class Archive implements AsyncDisposable {
  readonly #options: ArchiveOptions;
  readonly #journal: ArchiveJournal<StoredFile>;
  readonly #followed: ArchiveJournal<FollowedCopy>;
  readonly #expired: ExpiredCopies | undefined;
  #followAtMs = Number.NEGATIVE_INFINITY;
  readonly #ledger: LedgerFinder;
  readonly #recordings: RecordingFinder;
  #ledgerFiles: readonly ArchivableFile[] = [];
  #ledgerSeenAtMs = Number.NEGATIVE_INFINITY;
  readonly #stopping = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #storing: Promise<void> | undefined;
  #pendingBytes = 0;
  #isFull = false;
  #failure: Error | undefined;
  #failures = 0;
  #retryAtMs = 0;

  /** Opens the archive; `start` begins to copy. */
  static async open(options: ArchiveOptions): Promise<Archive> {
    const directory = path.join(options.dataDirectory, 'archive');
    const journal = await ArchiveJournal.open<StoredFile>(directory, 'stored.jsonl');
    const followed = await ArchiveJournal.open<FollowedCopy>(directory, 'expired.jsonl');
    const archive = new Archive(options, journal, followed);
    await archive.#measure();
    return archive;
  }

  private constructor(
    options: ArchiveOptions,
    journal: ArchiveJournal<StoredFile>,
    followed: ArchiveJournal<FollowedCopy>,
  ) {
    this.#options = options;
    this.#journal = journal;
    this.#followed = followed;
    const { dataDirectory, hasEnded } = options;
    const storedBytes = (name: string): number | undefined => journal.find(name)?.bytes;
    this.#ledger = new LedgerFinder(dataDirectory, storedBytes);
    this.#recordings = new RecordingFinder(dataDirectory, storedBytes, hasEnded);
    const { store, listExpiries, nowMs } = options;
    if (listExpiries === undefined) return;
    this.#expired = new ExpiredCopies({
      ...{ dataDirectory, store, listExpiries, nowMs, followed, stored: journal },
      findProvenEntries: (log) => this.#ledger.findProvenEntries(log),
      storeAgain: (name, signal) => this.#storeAgain(name, signal),
    });
  }

  get health(): ArchiveHealth {
    return { pendingBytes: this.#pendingBytes, isFull: this.#isFull, failure: this.#failure };
  }

  /** Looks for what is finished, now and again and again. */
  start(): void {
    this.#timer = setInterval(() => void this.look(), LOOK_INTERVAL_MS);
    void this.look();
  }

  /** Looks once, and begins to store what is found unless that goes on already. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  /** Resolves once nothing is being stored. */
  async settle(): Promise<void> {
    await this.#looking;
    await this.#storing;
  }

  /**
   * Brings a file back that is not here any more.
   *
   * @returns Whether the archive has it. @throws {ArchiveError}
   */
  async restore(name: string): Promise<boolean> {
    const { store, dataDirectory, nowMs } = this.#options;
    const content = await store.get(name, this.#stopping.signal);
    if (content === undefined) return false;
    const target = path.join(dataDirectory, name);
    await mkdir(path.dirname(target), { recursive: true, mode: 0o700 });
    // Somebody else may be asking for the same file.
    const unfinished = `${target}.${randomUUID()}.unfinished`;
    try {
      const { bytes, sha256 } = await writeAll(unfinished, content);
      await this.#journal.add({ name, bytes, sha256, storedAtMs: nowMs() });
      await rename(unfinished, target);
    } finally {
      await rm(unfinished, { force: true });
    }
    return true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#stopping.abort();
    await this.settle();
    await this.#journal[Symbol.asyncDispose]();
    await this.#followed[Symbol.asyncDispose]();
  }

  async #look(): Promise<void> {
    try {
      const files = await this.#measure();
      if (this.#storing !== undefined || this.#options.nowMs() < this.#retryAtMs) return;
      this.#storing = this.#storeAll(files).finally(() => {
        this.#storing = undefined;
      });
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  /** What is not in the archive yet. */
  async #measure(): Promise<readonly ArchivableFile[]> {
    const files = [...(await this.#findLedgerFiles()), ...(await this.#recordings.find())];
    this.#pendingBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
    await this.#weigh();
    return files;
  }

  /** A ledger has many files, and few new ones. */
  async #findLedgerFiles(): Promise<readonly ArchivableFile[]> {
    const nowMs = this.#options.nowMs();
    if (nowMs - this.#ledgerSeenAtMs >= LEDGER_LOOK_INTERVAL_MS) {
      this.#ledgerSeenAtMs = nowMs;
      this.#ledgerFiles = await this.#ledger.find();
    }
    return this.#ledgerFiles.filter(({ name, bytes }) => this.#journal.find(name)?.bytes !== bytes);
  }

  async #weigh(): Promise<void> {
    const { spool } = this.#options.settings;
    const limit = this.#isFull ? spool.bytesMax * EMPTY_ENOUGH : spool.bytesMax;
    const isFull = this.#pendingBytes > limit;
    if (isFull === this.#isFull) return;
    this.#isFull = isFull;
    const pendingBytes = this.#pendingBytes;
    await writeSpoolState(this.#options.dataDirectory, isFull ? spool.whenFull : 'open');
    this.#options.onEvent({ kind: isFull ? 'full' : 'emptied', pendingBytes });
    this.#note(
      isFull
        ? { kind: 'storage.full', pendingBytes, consequence: spool.whenFull }
        : { kind: 'storage.recover', pendingBytes },
    );
  }

  /** Nothing waits for the entry: what it speaks of happens in any case. */
  #note(entry: EntryFields): void {
    this.#options.ledger.append(entry, 'sealed', () => undefined);
  }

  async #storeAll(files: readonly ArchivableFile[]): Promise<void> {
    const { signal } = this.#stopping;
    try {
      for (const file of files) {
        if (file.state === 'open') continue;
        await this.#store(file, signal);
        this.#pendingBytes -= file.bytes;
        await this.#weigh();
      }
      const failure = await this.#followExpired(signal);
      await this.#removeOld(signal);
      if (failure !== undefined) throw failure;
      if (this.#failure !== undefined) this.#options.onEvent({ kind: 'recovered' });
      this.#failure = undefined;
      this.#failures = 0;
    } catch (error) {
      if (!signal.aborted) this.#fail(error as Error);
    }
  }

  #fail(error: Error): void {
    const waitMs = Math.min(RETRY_LAST_MS, RETRY_FIRST_MS * 2 ** this.#failures);
    this.#failures += 1;
    this.#retryAtMs = this.#options.nowMs() + waitMs;
    this.#failure = error;
    this.#options.onEvent({ kind: 'failed', error });
  }

  /** Resolves with why that failed: a ledger that cannot be read must not fill the disk. */
  async #followExpired(signal: AbortSignal): Promise<Error | undefined> {
    const nowMs = this.#options.nowMs();
    if (this.#expired === undefined || nowMs < this.#followAtMs) return undefined;
    try {
      await this.#expired.follow(signal);
    } catch (error) {
      if (signal.aborted) throw error;
      return error as Error;
    }
    this.#followAtMs = nowMs + EXPIRED_LOOK_INTERVAL_MS;
    return undefined;
  }

  async #storeAgain(name: string, signal: AbortSignal): Promise<void> {
    const bytes = await sizeOf(path.join(this.#options.dataDirectory, name));
    await this.#store({ name, bytes, state: 'final' }, signal);
  }

  async #store({ name, bytes }: ArchivableFile, signal: AbortSignal): Promise<void> {
    const { dataDirectory, store, nowMs } = this.#options;
    await using file = await openIfPresent(path.join(dataDirectory, name));
    // Expired in the meantime.
    if (file === undefined) return;
    const source = { bytes, read: (start: number, length: number) => readAt(file, start, length) };
    const sha256 = await store.put(name, source, signal);
    await this.#journal.add({ name, bytes, sha256, storedAtMs: nowMs() });
  }

  /** Removes recordings here that the archive has had for long enough, and still has. */
  async #removeOld(signal: AbortSignal): Promise<void> {
    const { settings, nowMs } = this.#options;
    if (settings.keepLocalMs === undefined) return;
    const before = nowMs() - settings.keepLocalMs;
    for (const file of [...this.#journal.list()]) {
      const session = sessionOf(file.name);
      if (session === undefined || file.storedAtMs > before) continue;
      await this.#remove(file, session, signal);
    }
  }

  async #remove(stored: StoredFile, session: string, signal: AbortSignal): Promise<void> {
    const { name } = stored;
    const { dataDirectory, ledger, signLedger } = this.#options;
    const local = path.join(dataDirectory, name);
    if (await isPresent(local)) {
      await this.#expectReadable(stored, signal);
      const [, ...rest] = name.split('/');
      const file = { path: rest.join('/'), bytes: stored.bytes, sha256: stored.sha256 };
      await seal(ledger, { kind: 'recording.remove', ofSession: session, ...file });
      // A verifier takes nobody's word that a recording was to go unless it is signed.
      await signLedger();
      await rm(local);
    }
    await this.#journal.forget(name);
  }

  /** Reads all of it: what is removed here cannot be sent again. */
  async #expectReadable({ name, sha256 }: StoredFile, signal: AbortSignal): Promise<void> {
    const content = await this.#options.store.get(name, signal);
    const actual = createHash('sha256');
    if (content !== undefined) for await (const chunk of content) actual.update(chunk);
    if (content !== undefined && actual.digest('hex') === sha256) return;
    await this.#journal.forget(name);
    this.#recordings.lookAgain(name);
    throw new ArchiveError('ERR_ARCHIVE_LIES', `Cannot read ${name} back: not what was stored`);
  }
}

async function writeAll(
  file: string,
  content: AsyncIterable<Uint8Array>,
): Promise<{ readonly bytes: number; readonly sha256: string }> {
  await using opened = await open(file, 'wx', 0o600);
  const sha256 = createHash('sha256');
  let bytes = 0;
  for await (const chunk of content) {
    sha256.update(chunk);
    bytes += chunk.length;
    await opened.appendFile(chunk);
  }
  return { bytes, sha256: sha256.digest('hex') };
}

async function openIfPresent(file: string): Promise<FileHandle | undefined> {
  try {
    return await open(file, 'r');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function isPresent(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

async function readAt(file: FileHandle, start: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  const { bytesRead } = await file.read(buffer, 0, length, start);
  return buffer.subarray(0, bytesRead);
}
