import assert from 'node:assert/strict';
import { createPublicKey, type KeyObject } from 'node:crypto';
import { fdatasync, writeSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { CheckpointFile } from './checkpoint-file.ts';
import { CheckpointWriter, type SignedCheckpoint } from './checkpoint-writer.ts';
import { createSegment, type OpenSegment } from './create-segment.ts';
import { encodeEntry } from './encode-entry.ts';
import { type Done, EntryBatch } from './entry-batch.ts';
import { LedgerError } from './ledger-error.ts';
import { KEYS_DIRECTORY, type LogPaths, logPaths } from './ledger-layout.ts';
import { lockLog } from './ledger-lock.ts';
import type { EntryFields, LedgerHealth, LedgerPort } from './ledger-port.ts';
import { MerkleFrontier } from './merkle-frontier.ts';
import { recoverLog } from './recover-log.ts';
import { refusedRanges } from './refused-ranges.ts';
import { LOG_NAME } from './segment-format.ts';
import { formatVerifierKey, parseVerifierKey } from './signed-note.ts';
import { loadSigningKey, registerLog } from './signing-key.ts';

/** How to open one log. One process writes it. */
export interface LedgerOptions {
  /** The gateway's data directory. */
  readonly dataDirectory: string;
  /** Lower-case letters, digits, `.`, `_`, `-`; one per gateway process: `gw-1.0`. */
  readonly logName: string;
  /** Wall clock, for the entries. */
  readonly nowMs: () => number;
  /** Default: 64 MiB. */
  readonly segmentBytesMax?: number;
  /** How often new entries are put under a signed checkpoint. Default: 10 s. */
  readonly checkpointIntervalMs?: number;
  /** What `written` entries may lose in a power failure, in milliseconds. Default: 50. */
  readonly flushIntervalMs?: number;
  /** Called when `failing` begins, with its cause, and when it ends. */
  readonly onEvent?: (event: LedgerEvent) => void;
}

/** What an operator should hear of. */
export type LedgerEvent =
  | { readonly kind: 'failed'; readonly error: Error; readonly refusedCount: number }
  | { readonly kind: 'recovered'; readonly failedForMs: number }
  /** Entries are safe, but not yet under a signature; it is tried again. */
  | { readonly kind: 'checkpoint-failed'; readonly error: Error }
  /** At opening: a record that a crash had cut was dropped. */
  | { readonly kind: 'tail-dropped'; readonly bytes: number };

const SEGMENT_BYTES_MAX = 64 * 1024 * 1024;
const CHECKPOINT_INTERVAL_MS = 10_000;
/** What `written` entries may lose in a power failure. */
const SYNC_DELAY_MAX_MS = 50;
const SLOW_AFTER_MS = 250;
const FAILING_AFTER_MS = 2_000;
/** Entries that wait for a disk that does not answer; more are refused. */
const WAITING_BYTES_MAX = 64 * 1024 * 1024;
const PROBE_DELAY_MIN_MS = 100;
const PROBE_DELAY_MAX_MS = 5_000;

/**
 * Opens a log for appending; recovers it after a crash and makes its key at first start.
 *
 * @throws {LedgerError} `ERR_LEDGER_LOCKED`, `ERR_LEDGER_CORRUPT`.
 */
export async function openLedger(options: LedgerOptions): Promise<Ledger> {
  const { dataDirectory, logName } = options;
  assert.match(logName, LOG_NAME);
  assert.notEqual(logName, KEYS_DIRECTORY);
  const paths = logPaths(dataDirectory, logName);
  await mkdir(paths.log, { recursive: true, mode: 0o700 });

  await using cleanUp = new AsyncDisposableStack();
  const lock = cleanUp.use(await lockLog(paths.log));
  const signingKey = await loadSigningKey(paths, logName);
  const verifierKey = formatVerifierKey(logName, createPublicKey(signingKey));
  const verifier = parseVerifierKey(verifierKey);
  assert(verifier);
  const log = await recoverLog(dataDirectory, logName, verifier);
  cleanUp.defer(() => log.segment.file.close());
  await registerLog(paths, verifierKey);
  const checkpointFile = await CheckpointFile.open(paths.checkpoints, log.checkpointBytes);
  cleanUp.move();

  if (log.droppedBytes > 0) {
    options.onEvent?.({ kind: 'tail-dropped', bytes: log.droppedBytes });
  }
  return new Ledger(options, { ...log, paths, lock, signingKey, checkpointFile });
}

/** What an open log holds on to. */
interface OpenLog {
  readonly segment: OpenSegment;
  readonly frontier: MerkleFrontier;
  readonly checkpoint: SignedCheckpoint | undefined;
  readonly paths: LogPaths;
  readonly lock: AsyncDisposable;
  readonly signingKey: KeyObject;
  readonly checkpointFile: CheckpointFile;
}

/** Where a tree stood at one moment. */
type Edge = Pick<MerkleFrontier, 'size' | 'peaks'>;

interface SessionChain {
  count: number;
  prev: string;
}

/**
 * One log: entries in, group commit, failure and recovery. `openLedger` makes it.
 *
 * All entries of one turn of the event loop go into one write; one fdatasync at a time runs in the
 * thread pool and covers everything written before it began. After a failed write or sync the segment
 * is never written again: what it may lack is kept in memory and moves to a fresh one, see `#recover`.
 */
export class Ledger implements LedgerPort, AsyncDisposable {
  readonly #options: LedgerOptions;
  readonly #log: OpenLog;
  #state: 'open' | 'failing' | 'closed' = 'open';

  #segment: OpenSegment;
  #segmentBytes: number;
  /** Over all entries appended. */
  #frontier: MerkleFrontier;
  /** Over all entries on stable storage. */
  #durable: Edge;
  readonly #sessions = new Map<string, SessionChain>();
  readonly #leafHash: Buffer = Buffer.alloc(32);
  #atMs = Number.NaN;
  #at = '';

  /** Takes new entries. */
  #filling = new EntryBatch();
  /** Its fdatasync is running. */
  #syncing: EntryBatch | undefined;
  #spare: EntryBatch | undefined;
  #flushIsDue = false;
  #syncTimer: NodeJS.Timeout | undefined;
  /** Writes wait while a new segment is made, so that the old one ends with its last sync. */
  #isRotating = false;

  #failure: Error | undefined;
  #failedAtMs = 0;
  /** Entries that the failed segment may lack, oldest first. */
  #unsafe: EntryBatch[] = [];
  #refused: number[] = [];
  #probeTimer: NodeJS.Timeout | undefined;
  #probing: Promise<void> | undefined;

  /** What is signed of the log. */
  readonly checkpoints: CheckpointWriter;
  /** Called by whoever ends a sync or a recovery, for `close`. */
  #onSettled: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: LedgerOptions, log: OpenLog) {
    this.#options = options;
    this.#log = log;
    this.#segment = log.segment;
    this.#segmentBytes = log.segment.bytes;
    this.#frontier = log.frontier;
    this.#durable = edgeOf(log.frontier);
    this.checkpoints = new CheckpointWriter({
      origin: options.logName,
      signingKey: log.signingKey,
      file: log.checkpointFile,
      last: log.checkpoint,
      intervalMs: options.checkpointIntervalMs ?? CHECKPOINT_INTERVAL_MS,
      durable: () => this.#durable,
      onError: (error) => options.onEvent?.({ kind: 'checkpoint-failed', error }),
    });
  }

  /** How many entries the log has, durable or not. */
  get size(): number {
    return this.#frontier.size;
  }

  /** Age of the oldest entry that is not yet on stable storage. */
  get unsealedForMs(): number {
    const oldest = this.#syncing ?? this.#filling;
    return oldest.byteLength === 0 ? 0 : performance.now() - oldest.firstAtMs;
  }

  get health(): LedgerHealth {
    if (this.#state !== 'open') return 'failing';
    const unsealedForMs = this.unsealedForMs;
    if (unsealedForMs > FAILING_AFTER_MS) return 'failing';
    return unsealedForMs > SLOW_AFTER_MS ? 'slow' : 'healthy';
  }

  append(fields: EntryFields, mode: 'sealed' | 'written', done: Done): void {
    const batch = this.#filling;
    if (this.#state !== 'open' || batch.byteLength > WAITING_BYTES_MAX) {
      process.nextTick(done, unavailable(this.#failure));
      return;
    }
    try {
      this.#add(fields, batch);
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
      process.nextTick(done, error);
      return;
    }
    batch.wait(mode, this.#frontier.size - 1, done);
    if (this.#flushIsDue) return;
    this.#flushIsDue = true;
    // Runs after all sockets that were ready in this turn: their entries share one write.
    setImmediate(this.#flush);
  }

  /** Seals what is left, signs a last checkpoint and lets go of the files. Entries after it are refused. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#settle();
    clearTimeout(this.#syncTimer);
    clearTimeout(this.#probeTimer);
    await this.#probing;
    if (this.#state === 'failing') await this.#recover();
    const isWhole = this.#state === 'open';
    this.#state = 'closed';
    this.#filling.refuse(unavailable(undefined));
    await this.checkpoints.close();
    // A segment that failed was closed then.
    if (isWhole) await this.#segment.file.close();
    await this.#log.lock[Symbol.asyncDispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Encodes, numbers, chains and hashes one entry into a batch. Nothing changes if it throws. */
  #add(fields: EntryFields, batch: EntryBatch): void {
    const { session, kind } = fields;
    const chain = session === undefined ? undefined : this.#sessions.get(session);
    const n = (chain?.count ?? 0) + 1;
    const position = { seq: this.#frontier.size, at: this.#formatNow(), n, prev: chain?.prev };
    const entry = encodeEntry(fields, position);

    if (batch.byteLength === 0) batch.firstAtMs = performance.now();
    const leafHash = batch.add(entry);
    this.#leafHash.write(leafHash, 'hex');
    this.#frontier.append(this.#leafHash);
    if (session === undefined) return;
    if (kind === 'session.end' || kind === 'session.refuse') this.#sessions.delete(session);
    else if (chain === undefined) this.#sessions.set(session, { count: n, prev: leafHash });
    else {
      chain.count = n;
      chain.prev = leafHash;
    }
  }

  /** Formatting a date costs as much as hashing an entry, and many entries share a millisecond. */
  #formatNow(): string {
    const nowMs = this.#options.nowMs();
    if (nowMs !== this.#atMs) {
      this.#atMs = nowMs;
      this.#at = new Date(nowMs).toISOString();
    }
    return this.#at;
  }

  readonly #flush = (): void => {
    this.#flushIsDue = false;
    const batch = this.#filling;
    if (this.#state !== 'open' || this.#isRotating || batch.byteLength === 0) return;
    if (!this.#write()) return;
    if (batch.isAwaited) this.#startSync();
    else
      this.#syncTimer ??= setTimeout(
        this.#startSync,
        this.#options.flushIntervalMs ?? SYNC_DELAY_MAX_MS,
      );
    batch.acknowledgeWrite();
  };

  /** Writes what was added since the last write. False if the disk did not take it. */
  #write(): boolean {
    const batch = this.#filling;
    const { bytes } = batch;
    const { fd } = this.#segment.file;
    try {
      while (batch.writtenBytes < bytes.length) {
        const left = bytes.length - batch.writtenBytes;
        const written = writeSync(fd, bytes, batch.writtenBytes, left);
        batch.writtenBytes += written;
        this.#segmentBytes += written;
      }
      return true;
    } catch (error) {
      this.#fail(error as Error);
      return false;
    }
  }

  /** Makes durable all that was added so far. While one sync runs, its end starts the next. */
  readonly #startSync = (): void => {
    clearTimeout(this.#syncTimer);
    this.#syncTimer = undefined;
    const batch = this.#filling;
    if (this.#state !== 'open' || this.#isRotating || this.#syncing !== undefined) return;
    if (batch.byteLength === 0 || !this.#write()) return;

    this.#syncing = batch;
    this.#filling = this.#spare ?? new EntryBatch();
    this.#spare = undefined;
    const covered = edgeOf(this.#frontier);
    this.#isRotating = this.#segmentBytes >= (this.#options.segmentBytesMax ?? SEGMENT_BYTES_MAX);
    fdatasync(this.#segment.file.fd, (error) => this.#endSync(error, covered));
    batch.acknowledgeWrite();
  };

  #endSync(error: Error | null, covered: Edge): void {
    const batch = this.#syncing;
    assert(batch);
    this.#syncing = undefined;
    if (error === null) {
      this.#durable = covered;
      batch.acknowledgeSync();
      batch.reset();
      this.#spare = batch;
    } else {
      this.#unsafe.push(batch);
      this.#refused.push(...batch.refuse(unavailable(error)));
      if (this.#state === 'open') this.#isRotating = false;
    }

    if (this.#state === 'failing') this.#abandonSegment();
    else if (error !== null) this.#fail(error);
    else if (this.#isRotating) void this.#rotate();
    else this.#continue();
  }

  /** After a sync or a new segment: goes on with what came meanwhile. */
  #continue(): void {
    if (this.#filling.byteLength > 0) this.#flush();
    this.#onSettled?.();
  }

  async #rotate(): Promise<void> {
    const full = this.#segment;
    try {
      const { logName } = this.#options;
      this.#segment = await createSegment(this.#log.paths.log, logName, this.#durable, []);
      this.#segmentBytes = this.#segment.bytes;
      this.#isRotating = false;
      await full.file.close();
      this.#continue();
    } catch (error) {
      this.#isRotating = false;
      this.#fail(error as Error);
    }
  }

  /**
   * The disk failed: whoever waits is told that the operation must not happen. Those whose sync is
   * still running wait for its end.
   */
  #fail(error: Error): void {
    assert.equal(this.#state, 'open');
    this.#state = 'failing';
    this.#failure = error;
    this.#failedAtMs = performance.now();
    clearTimeout(this.#syncTimer);
    this.#syncTimer = undefined;
    this.#refused.push(...this.#filling.refuse(unavailable(error)));
    this.#options.onEvent?.({ kind: 'failed', error, refusedCount: this.#refused.length });
    if (this.#syncing === undefined) this.#abandonSegment();
  }

  /** The kernel may have dropped pages of this file and call them clean: it is not written again. */
  #abandonSegment(): void {
    this.#unsafe.push(this.#filling);
    this.#filling = new EntryBatch();
    void Promise.allSettled([this.#segment.file.close()]);
    this.#scheduleProbe(PROBE_DELAY_MIN_MS);
    this.#onSettled?.();
  }

  #scheduleProbe(delayMs: number): void {
    this.#probeTimer = setTimeout(() => {
      this.#probing = this.#probe(delayMs);
    }, delayMs);
  }

  async #probe(delayMs: number): Promise<void> {
    await this.#recover();
    if (this.#state !== 'failing' || this.#closing !== undefined) return;
    this.#scheduleProbe(Math.min(delayMs * 2, PROBE_DELAY_MAX_MS));
  }

  /**
   * Continues in a fresh segment from the last durable entry. All later entries move there as they
   * are, since some were acknowledged as `written` and their session chains go on; behind them an
   * entry says which ones were refused. Nothing changes if the disk still fails.
   */
  async #recover(): Promise<void> {
    const resume = new EntryBatch();
    const frontier = new MerkleFrontier(this.#frontier.size, this.#frontier.peaks());
    const cause = codeOf(this.#failure);
    for (const refused of refusedRanges(this.#refused)) {
      const position = { seq: frontier.size, at: this.#formatNow(), n: 1, prev: undefined };
      const entry = encodeEntry({ kind: 'ledger.resume', cause, refused }, position);
      frontier.append(Buffer.from(resume.add(entry), 'hex'));
    }
    const frames = [...this.#unsafe, resume].map((batch) => batch.bytes);
    try {
      const { logName } = this.#options;
      this.#segment = await createSegment(this.#log.paths.log, logName, this.#durable, frames);
    } catch (error) {
      this.#failure = error as Error;
      return;
    }
    this.#segmentBytes = this.#segment.bytes;
    this.#frontier = frontier;
    this.#durable = edgeOf(frontier);
    this.#unsafe = [];
    this.#refused = [];
    this.#failure = undefined;
    this.#state = 'open';
    this.#options.onEvent?.({
      kind: 'recovered',
      failedForMs: performance.now() - this.#failedAtMs,
    });
  }

  /** Waits until nothing is left to write, or the disk has failed. */
  async #settle(): Promise<void> {
    while (this.#syncing !== undefined || this.#isRotating || this.#filling.byteLength > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#onSettled = resolve;
      this.#startSync();
      await promise;
    }
  }
}

/** The system's name for an error, such as `EIO`. */
function codeOf(error: Error | undefined): string | undefined {
  const code: unknown = error !== undefined && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

function edgeOf(frontier: MerkleFrontier): Edge {
  const { size } = frontier;
  const peaks = frontier.peaks();
  return { size, peaks: () => peaks };
}

function unavailable(cause: Error | undefined): LedgerError {
  return new LedgerError(
    'ERR_LEDGER_UNAVAILABLE',
    'Cannot append entry: the disk does not take it',
    {
      cause,
    },
  );
}
