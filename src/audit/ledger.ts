import assert from 'node:assert/strict';
import { createPublicKey, type KeyObject } from 'node:crypto';
import { fdatasync, writeSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { CheckpointFile } from './checkpoint-file.ts';
import { CheckpointWriter, type SignedCheckpoint } from './checkpoint-writer.ts';
import type { SealedKey } from './content-key.ts';
import { type ContentSealer, makeSealer } from './content-sealer.ts';
import { createSegment, type OpenSegment } from './create-segment.ts';
import { encodeContent } from './encode-content.ts';
import { encodeEntry } from './encode-entry.ts';
import { type Done, EntryBatch } from './entry-batch.ts';
import { EntryClock } from './entry-clock.ts';
import { GrowingTree } from './growing-tree.ts';
import { codeOf, LedgerError, unavailable } from './ledger-error.ts';
import { KEYS_DIRECTORY, type LogPaths, logPaths } from './ledger-layout.ts';
import { lockLog } from './ledger-lock.ts';
import { LedgerMeter } from './ledger-meter.ts';
import type { LedgerOptions } from './ledger-options.ts';
import type { EntryFields, LedgerHealth, LedgerPort } from './ledger-port.ts';
import { type Edge, edgeOf, MerkleFrontier } from './merkle-frontier.ts';
import { recoverLog } from './recover-log.ts';
import { refusedRanges } from './refused-ranges.ts';
import { LOG_NAME } from './segment-format.ts';
import { SessionChains } from './session-chains.ts';
import { formatVerifierKey, parseVerifierKey } from './signed-note.ts';
import { loadSigningKey, registerLog } from './signing-key.ts';
import { TurnPacing } from './turn-pacing.ts';

const DAY_MS = 86_400_000;
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
 * @throws {EncryptionError} If today's key cannot be had.
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
  const sealer = makeSealer(await options.dayKeys.open(options.nowMs()), logName);
  // What an earlier process began is not continued: nobody knows how far it used its key.
  const segment = await createSegment(
    paths.log,
    { logName, frontier: log.frontier, contentKey: sealer.key.sealed },
    [],
  );
  cleanUp.defer(() => segment.file.close());
  await registerLog(paths, verifierKey);
  const checkpointFile = await CheckpointFile.open(paths.checkpoints, log.checkpointBytes);
  cleanUp.move();

  if (log.droppedBytes > 0) {
    options.onEvent?.({ kind: 'tail-dropped', bytes: log.droppedBytes });
  }
  return new Ledger(options, { ...log, segment, sealer, paths, lock, signingKey, checkpointFile });
}

/** What an open log holds on to. */
interface OpenLog {
  readonly segment: OpenSegment;
  readonly sealer: ContentSealer;
  readonly frontier: MerkleFrontier;
  readonly checkpoint: SignedCheckpoint | undefined;
  readonly paths: LogPaths;
  readonly lock: AsyncDisposable;
  readonly signingKey: KeyObject;
  readonly checkpointFile: CheckpointFile;
}

/** A batch that a failed segment may lack, and where the tree stands behind it. */
interface UnsafeBatch {
  readonly bytes: Buffer;
  readonly contentKey: SealedKey;
  readonly end: Edge;
}

/**
 * One log: entries in, group commit, failure and recovery. `openLedger` makes it.
 *
 * The entries of one turn of the event loop share a write, or a few; one fdatasync at a time runs in the
 * thread pool and covers everything written before it began. After a failed write or sync the segment
 * is never written again: what it may lack is kept in memory and moves to a fresh one, see `#recover`.
 */
export class Ledger implements LedgerPort, AsyncDisposable {
  readonly #options: LedgerOptions;
  readonly #log: OpenLog;
  #state: 'open' | 'failing' | 'closed' = 'open';

  #segment: OpenSegment;
  #segmentBytes: number;
  /** When it was begun, on the clock of `performance`. */
  #segmentSinceMs: number = performance.now();
  /** Of the segment that new entries are for: while one is made, the next one's. */
  #sealer: ContentSealer;
  /** Over all entries appended. */
  readonly #tree: GrowingTree;
  /** Over all entries on stable storage. */
  #durable: Edge;
  readonly #sessions: SessionChains = new SessionChains();
  readonly meter: LedgerMeter = new LedgerMeter();
  readonly #clock: EntryClock;
  /** Days since the epoch, of `#sealer`'s key. */
  #day: number;

  /** Takes new entries. */
  #filling = new EntryBatch();
  /** Its fdatasync is running. */
  #syncing: EntryBatch | undefined;
  #spare: EntryBatch | undefined;
  readonly #pacing = new TurnPacing(
    () => this.#writeEarly(),
    () => this.#flush(),
  );
  #syncTimer: NodeJS.Timeout | undefined;
  /** Writes wait while a new segment is made, so that the old one ends with its last sync. */
  #isRotating = false;

  #failure: Error | undefined;
  #failedAtMs = 0;
  /** Entries that the failed segment may lack, oldest first. */
  #unsafe: UnsafeBatch[] = [];
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
    this.#clock = new EntryClock(options.nowMs);
    this.#segment = log.segment;
    this.#segmentBytes = log.segment.bytes;
    this.#sealer = log.sealer;
    this.#day = log.sealer.dayNumber;
    this.#tree = new GrowingTree(log.frontier);
    this.#durable = edgeOf(this.#tree);
    this.checkpoints = new CheckpointWriter({
      origin: options.logName,
      signingKey: log.signingKey,
      file: log.checkpointFile,
      last: log.checkpoint,
      intervalMs: options.checkpointIntervalMs ?? CHECKPOINT_INTERVAL_MS,
      durable: () => this.#durable,
      leaves: this.#tree,
      onError: (error) => options.onEvent?.({ kind: 'checkpoint-failed', error }),
    });
  }

  /** How many entries the log has, durable or not. */
  get size(): number {
    return this.#tree.size;
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
    if (batch.byteLength === 0) this.#expectDay();
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
    batch.wait(mode, this.#tree.size - 1, done);
    this.meter.add(fields);
    this.#pacing.added();
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
    const { content } = fields;
    const sealed = content === undefined ? undefined : this.#sealer.seal(encodeContent(content));
    const { n, prev } = this.#sessions.next(fields.session);
    const position = { seq: this.#tree.size, at: this.#clock.format(), n, prev };
    const entry = encodeEntry(fields, position, sealed?.hash);

    if (batch.byteLength === 0) batch.firstAtMs = performance.now();
    const leafHash = batch.add(entry, sealed);
    this.#tree.append(leafHash);
    this.#sessions.add(fields, leafHash);
  }

  /**
   * A segment is of one day. Called before the first entry of a batch, so that the contents of a batch are
   * sealed with one key.
   */
  #expectDay(): void {
    if (this.#state !== 'open' || this.#isRotating) return;
    if (Math.floor(this.#options.nowMs() / DAY_MS) === this.#day) return;
    if (this.#turn() && this.#syncing === undefined) void this.#rotate();
  }

  /** From here on, entries are for the next segment. False if there is no key for it. */
  #turn(): boolean {
    const { dayKeys, nowMs, logName } = this.#options;
    try {
      this.#useSealer(makeSealer(dayKeys.today(nowMs()), logName));
      this.#isRotating = true;
      return true;
    } catch (error) {
      this.#fail(error as Error);
      return false;
    }
  }

  #useSealer(sealer: ContentSealer): void {
    this.#sealer = sealer;
    this.#day = sealer.dayNumber;
  }

  /** What waits for the disk waits together, until the turn's end. */
  #writeEarly(): void {
    const batch = this.#filling;
    if (this.#state !== 'open' || this.#isRotating || batch.isAwaited) return;
    if (this.#write()) batch.acknowledgeWrite();
  }

  #flush(): void {
    const batch = this.#filling;
    if (this.#state !== 'open' || this.#isRotating || batch.byteLength === 0) return;
    const mayWait = batch.isAwaited && this.#syncing === undefined;
    if ((mayWait && this.#pacing.putsOffSync(batch)) || !this.#write()) return;
    if (batch.isAwaited) this.#startSync();
    else
      this.#syncTimer ??= setTimeout(
        this.#startSync,
        this.#options.flushIntervalMs ?? SYNC_DELAY_MAX_MS,
      );
    batch.acknowledgeWrite();
  }

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

    this.#pacing.syncs(batch);
    this.#syncing = batch;
    this.#filling = this.#spare ?? new EntryBatch();
    this.#spare = undefined;
    const covered = edgeOf(this.#tree);
    const key = this.#sealer.key.sealed;
    const done = this.meter.time((error) => this.#endSync(error, key, covered));
    fdatasync(this.#segment.file.fd, done);
    if (this.#isSegmentFull || this.#sealer.isSpent) this.#turn();
    batch.acknowledgeWrite();
  };

  get #isSegmentFull(): boolean {
    const { segmentBytesMax = SEGMENT_BYTES_MAX, segmentAgeMaxMs = DAY_MS } = this.#options;
    const ageMs = performance.now() - this.#segmentSinceMs;
    return this.#segmentBytes >= segmentBytesMax || ageMs >= segmentAgeMaxMs;
  }

  #endSync(error: Error | null, contentKey: SealedKey, covered: Edge): void {
    const batch = this.#syncing;
    assert(batch);
    this.#syncing = undefined;
    if (error === null) {
      this.#durable = covered;
      batch.acknowledgeSync();
      batch.reset();
      this.#spare = batch;
    } else {
      this.#unsafe.push({ bytes: batch.bytes, contentKey, end: covered });
      this.#refused = this.#refused.concat(batch.refuse(unavailable(error, true)));
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
      this.#segment = await this.#createSegment(this.#durable, this.#sealer.key.sealed, []);
      this.#segmentBytes = this.#segment.bytes;
      this.#segmentSinceMs = performance.now();
      this.#isRotating = false;
      // All of it is on the disk: a close that fails takes nothing away.
      await Promise.allSettled([full.file.close()]);
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
    this.#refused = this.#refused.concat(this.#filling.refuse(unavailable(error, true)));
    this.#options.onEvent?.({ kind: 'failed', error, refusedCount: this.#refused.length });
    if (this.#syncing === undefined) this.#abandonSegment();
  }

  /** The kernel may have dropped pages of this file and call them clean: it is not written again. */
  #abandonSegment(): void {
    const { bytes } = this.#filling;
    const contentKey = this.#sealer.key.sealed;
    if (bytes.length > 0) this.#unsafe.push({ bytes, contentKey, end: edgeOf(this.#tree) });
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
   * Continues in fresh segments from the last durable entry. All later entries move there as they are,
   * since some were acknowledged as `written` and their session chains go on; behind them an entry says
   * which ones were refused. If the disk still fails, this goes on later where it was.
   */
  async #recover(): Promise<void> {
    try {
      await this.#moveUnsafe();
      await this.#resume();
    } catch (error) {
      this.#failure = error as Error;
      return;
    }
    this.#refused = [];
    this.#failure = undefined;
    this.#state = 'open';
    this.#options.onEvent?.({
      kind: 'recovered',
      failedForMs: performance.now() - this.#failedAtMs,
    });
  }

  /** Each key's entries get a segment to which nothing is added: its key is used up to where they end. */
  async #moveUnsafe(): Promise<void> {
    for (;;) {
      const [first] = this.#unsafe;
      if (first === undefined) return;
      const moved = this.#unsafe.filter(({ contentKey }) => contentKey === first.contentKey);
      const frames = moved.map(({ bytes }) => bytes);
      const { file } = await this.#createSegment(this.#durable, first.contentKey, frames);
      await file.close();
      this.#durable = moved.at(-1)?.end ?? first.end;
      this.#unsafe = this.#unsafe.slice(moved.length);
    }
  }

  async #resume(): Promise<void> {
    const { dayKeys, nowMs, logName } = this.#options;
    const sealer = makeSealer(await dayKeys.open(nowMs()), logName);
    const resume = new EntryBatch();
    const frontier = new MerkleFrontier(this.#tree.size, this.#tree.peaks());
    const cause = codeOf(this.#failure);
    for (const refused of refusedRanges(this.#refused)) {
      const position = { seq: frontier.size, at: this.#clock.format(), n: 1, prev: undefined };
      const entry = encodeEntry({ kind: 'ledger.resume', cause, refused }, position, undefined);
      frontier.append(Buffer.from(resume.add(entry, undefined), 'hex'));
    }
    this.#segment = await this.#createSegment(this.#durable, sealer.key.sealed, [resume.bytes]);
    this.#segmentBytes = this.#segment.bytes;
    this.#useSealer(sealer);
    this.#tree.continueFrom(frontier);
    this.#durable = edgeOf(frontier);
  }

  #createSegment(
    frontier: Edge,
    contentKey: SealedKey,
    frames: readonly Uint8Array[],
  ): Promise<OpenSegment> {
    const { logName } = this.#options;
    return createSegment(this.#log.paths.log, { logName, frontier, contentKey }, frames);
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
