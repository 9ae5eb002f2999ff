import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { ChunkBuilder, recycleChunk } from './chunk-builder.ts';
import { compressChunk } from './compress-chunk.ts';
import type { Direction, Recorder, RecordingSummary } from './recorder.ts';
import type { TrackEncoder } from './track-encoder.ts';

/** How to record one session. */
export interface RecordingOptions {
  /** Bytes of the session that are kept; later ones are counted only. Default: 1 GiB. */
  readonly bytesMax?: number;
  /** More is in the file: for a `recording.chunk` entry. */
  readonly onChunk: (chunk: RecordedChunk) => void;
  /** `bytesMax` is reached: for a `recording.limit` entry. Called once. */
  readonly onLimit: (bytesKept: number) => void;
  /** Nothing is written any more. Called once. */
  readonly onEnd?: () => void;
  /** Resolves once all chunks are in the ledger; with false if it does not take them. Default: they are. */
  readonly settle?: () => Promise<boolean>;
  /** The file cannot be written, and nothing more is kept. Called once; the session should end. */
  readonly onFailure: (error: Error) => void;
}

/** What the ledger learns of a stretch of the file. Each begins where the one before ends, the first at 0. */
export interface RecordedChunk {
  /** From 0. */
  readonly index: number;
  readonly offset: number;
  readonly storedBytes: number;
  /** Hex SHA-256 of these bytes of the file. */
  readonly sha256: string;
}

const BYTES_MAX = 1024 ** 3;
const SEAL_AFTER_MS = 1_000;
/** Milliseconds after which what an encoder holds back goes into the file. */
const FLUSH_AFTER_MS = 60_000;
const CONGESTED_ABOVE_BYTES: number = 4 * 1024 * 1024;

/** A recorder that knows where it writes. */
export interface RecordingFile extends Recorder {
  readonly path: string;
}

/** A file that was begun. */
export interface BegunFile {
  readonly path: string;
  /** Its first bytes, which are in it already. */
  readonly header: Buffer;
  /** Milliseconds since the Unix epoch. */
  readonly startedAtMs: number;
  readonly nowMs: () => number;
}

/** A SHA-256 in Latin-1: a fifth of what a Buffer with its memory takes. */
const NO_DIGEST: string = '\0'.repeat(32);

/** A chunk on its way into the file. */
interface Job {
  readonly chunk: ChunkBuilder;
  readonly compressed: Promise<Buffer>;
}

/** Among the jobs: what the encoder holds back is to go into the file. */
const FLUSH = 'flush';

/** Records into one file. Holds neither memory nor a file while its session is idle. */
export class FileRecorder implements RecordingFile {
  readonly path: string;
  readonly #startedAtMs: number;
  readonly #nowMs: () => number;
  readonly #encoder: TrackEncoder;
  readonly #options: RecordingOptions;
  readonly #bytesMax: number;
  #chunk: ChunkBuilder | undefined;
  #sealTimer: NodeJS.Timeout | undefined;
  #flushTimer: NodeJS.Timeout | undefined;

  #jobs: (Job | typeof FLUSH)[] = [];
  #waitingBytes = 0;
  #storing: Promise<void> | undefined;
  #resumes: (() => void)[] = [];
  #state: 'keeping' | 'limited' | 'failed' = 'keeping';
  #finished: Promise<RecordingSummary> | undefined;

  /** In Latin-1; until the first entry covers it. */
  #header: string | undefined;
  #fileBytes = 0;
  #bytesSent = 0;
  #bytesShown = 0;
  #bytesKept = 0;
  /** Content of the chunks that were sealed to be kept. */
  #bytesSealed = 0;
  #chunkCount = 0;
  #digest = NO_DIGEST;

  constructor(file: BegunFile, encoder: TrackEncoder, options: RecordingOptions) {
    this.path = file.path;
    this.#header = file.header.toString('latin1');
    this.#startedAtMs = file.startedAtMs;
    this.#nowMs = file.nowMs;
    this.#encoder = encoder;
    this.#options = options;
    this.#bytesMax = options.bytesMax ?? BYTES_MAX;
  }

  get congested(): boolean {
    return this.#waitingBytes > CONGESTED_ABOVE_BYTES;
  }

  onDrain(resume: () => void): void {
    this.#resumes.push(resume);
    if (!this.congested) process.nextTick(() => this.#resumeIfDrained());
  }

  record(direction: Direction, bytes: Buffer, start: number, end: number): void {
    assert.equal(this.#finished, undefined);
    if (direction === 'sent') this.#bytesSent += end - start;
    else this.#bytesShown += end - start;
    // A clock that was set back must not make the offset negative.
    const atMs = Math.max(0, this.#nowMs() - this.#startedAtMs);
    for (let at = start; at < end && this.#state === 'keeping'; ) {
      this.#chunk ??= this.#beginChunk();
      at = this.#chunk.add(direction, atMs, bytes, at, end);
      if (this.#chunk.isFull) this.#seal();
    }
  }

  limit(): void {
    if (this.#state !== 'keeping' || this.#finished !== undefined) return;
    if (this.#chunk !== undefined) this.#seal();
    this.#limit();
  }

  finish(): Promise<RecordingSummary> {
    this.#finished ??= this.#finish();
    return this.#finished;
  }

  async #finish(): Promise<RecordingSummary> {
    if (this.#chunk !== undefined) this.#seal();
    await this.#storing;
    clearTimeout(this.#flushTimer);
    if (this.#state !== 'failed') {
      try {
        await using file = await open(this.path, 'a');
        await this.#append(file, this.#encoder.end());
        await file.datasync();
      } catch (error) {
        this.#fail(error as Error);
      }
    }
    this.#options.onEnd?.();
    const isEntered = (await this.#options.settle?.()) ?? true;
    return {
      bytesSent: this.#bytesSent,
      bytesShown: this.#bytesShown,
      bytesKept: this.#bytesKept,
      chunks: this.#chunkCount,
      sha256: Buffer.from(this.#digest, 'latin1').toString('hex'),
      truncated: this.#bytesKept < this.#bytesSent + this.#bytesShown,
      failed: this.#state === 'failed' || !isEntered,
    };
  }

  #beginChunk(): ChunkBuilder {
    this.#sealTimer = setTimeout(() => this.#seal(), SEAL_AFTER_MS);
    return new ChunkBuilder();
  }

  /** Hands the chunk over to the thread pool, unless there is no more room for it. */
  #seal(): void {
    clearTimeout(this.#sealTimer);
    this.#sealTimer = undefined;
    const chunk = this.#chunk;
    assert(chunk);
    this.#chunk = undefined;
    if (this.#state === 'keeping' && this.#bytesSealed + chunk.contentBytes > this.#bytesMax) {
      this.#limit();
    }
    if (this.#state !== 'keeping') return recycleChunk(chunk.memory);
    this.#bytesSealed += chunk.contentBytes;
    const compressed = compressChunk(chunk.raw);
    // Seen by #storeAll when its turn comes; until then it must not count as unhandled.
    compressed.catch(() => undefined);
    this.#jobs.push({ chunk, compressed });
    this.#waitingBytes += chunk.raw.length;
    this.#storing ??= this.#storeAll();
  }

  #limit(): void {
    this.#state = 'limited';
    this.#options.onLimit(this.#bytesSealed);
  }

  /** Stores what waits, in order. The file is open only meanwhile: idle sessions have none. */
  async #storeAll(): Promise<void> {
    let file: FileHandle | undefined;
    try {
      for (let job = this.#jobs.shift(); job !== undefined; job = this.#jobs.shift()) {
        const bytes = job === FLUSH ? this.#encoder.flush() : await this.#encode(job);
        if (bytes.length > 0 && this.#state !== 'failed') {
          file ??= await open(this.path, 'a');
          await this.#append(file, bytes);
        }
        if (job !== FLUSH) this.#stored(job.chunk);
      }
      await file?.close();
    } catch (error) {
      this.#fail(error as Error);
      await Promise.allSettled([file?.close()]);
    }
    this.#storing = undefined;
    if (this.#encoder.isHolding)
      this.#flushTimer ??= setTimeout(() => this.#flush(), FLUSH_AFTER_MS);
    if (this.#jobs.length > 0) this.#storing = this.#storeAll();
    await this.#storing;
  }

  async #encode({ chunk, compressed }: Job): Promise<Buffer> {
    return this.#encoder.encode(await compressed, chunk.raw.length);
  }

  #stored({ raw, memory, contentBytes }: ChunkBuilder): void {
    if (this.#state !== 'failed') this.#bytesKept += contentBytes;
    this.#waitingBytes -= raw.length;
    recycleChunk(memory);
    this.#resumeIfDrained();
  }

  #flush(): void {
    this.#flushTimer = undefined;
    if (this.#finished !== undefined) return;
    this.#jobs.push(FLUSH);
    this.#storing ??= this.#storeAll();
  }

  async #append(file: FileHandle, bytes: Buffer): Promise<void> {
    if (bytes.length === 0) return;
    await file.appendFile(bytes);
    // The first digest covers the header, too.
    const stored =
      this.#header === undefined
        ? bytes
        : Buffer.concat([Buffer.from(this.#header, 'latin1'), bytes]);
    this.#header = undefined;
    const sha256 = hash('sha256', stored, 'hex');
    this.#digest = chainDigest(this.#digest, sha256);
    const offset = this.#fileBytes;
    this.#fileBytes += stored.length;
    const index = this.#chunkCount++;
    this.#options.onChunk({ index, offset, storedBytes: stored.length, sha256 });
  }

  #fail(error: Error): void {
    if (this.#state === 'failed') return;
    this.#state = 'failed';
    this.#waitingBytes = this.#jobs.reduce(
      (sum, job) => (job === FLUSH ? sum : sum + job.chunk.raw.length),
      0,
    );
    this.#options.onFailure(error);
    this.#resumeIfDrained();
  }

  #resumeIfDrained(): void {
    if (this.congested || this.#resumes.length === 0) return;
    const resumes = this.#resumes;
    this.#resumes = [];
    for (const resume of resumes) resume();
  }
}

/** @param before In Latin-1, as is the answer. @param sha256 Hex. */
function chainDigest(before: string, sha256: string): string {
  const both = Buffer.concat([Buffer.from(before, 'latin1'), Buffer.from(sha256, 'hex')]);
  return hash('sha256', both, 'binary');
}
