import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { ChunkBuilder, recycleChunk } from './chunk-builder.ts';
import { compressChunk } from './compress-chunk.ts';
import type { Direction, Recorder, RecordingSummary } from './recorder.ts';
import { CHUNK_HEADER_BYTES, encodeRecordingHeader, SESSION_ID } from './recording-format.ts';

/** How to record one session. */
export interface RecordingOptions {
  /** Bytes of the session that are kept; later ones are counted and digested only. Default: 1 GiB. */
  readonly bytesMax?: number;
  /** A chunk is in the file: for a `recording.chunk` entry. */
  readonly onChunk: (chunk: RecordedChunk) => void;
  /** `bytesMax` is reached: for a `recording.limit` entry. Called once. */
  readonly onLimit: (bytesKept: number) => void;
  /** The file cannot be written, and nothing more is kept. Called once; the session should end. */
  readonly onFailure: (error: Error) => void;
}

/** What the ledger learns of a chunk. */
export interface RecordedChunk {
  /** From 0. */
  readonly index: number;
  /** Offset of the chunk in the file. */
  readonly offset: number;
  readonly storedBytes: number;
  /** Hex SHA-256 of the chunk before compression. */
  readonly sha256: string;
}

const BYTES_MAX = 1024 ** 3;
const FLUSH_AFTER_MS = 1_000;
const CONGESTED_ABOVE_BYTES: number = 4 * 1024 * 1024;

/**
 * Where a session's recording lies: `<data>/recordings/<yyyy-mm-dd>/<session>.rec`, by the day (UTC) of
 * its start.
 */
export function recordingPath(directory: string, sessionId: string, startedAtMs: number): string {
  assert.match(sessionId, SESSION_ID);
  const day = new Date(startedAtMs).toISOString().slice(0, 10);
  return path.join(directory, day, `${sessionId}.rec`);
}

/**
 * Begins the recording of a session. Rejects if the file cannot be created or exists already.
 *
 * @param directory `<data>/recordings`.
 */
export async function openRecording(
  directory: string,
  sessionId: string,
  options: RecordingOptions,
  nowMs: () => number,
): Promise<RecordingFile> {
  const startedAtMs = nowMs();
  const filePath = recordingPath(directory, sessionId, startedAtMs);
  await mkdir(path.dirname(filePath), { recursive: true, mode: 0o700 });
  const header = encodeRecordingHeader(sessionId, startedAtMs);
  await using file = await open(filePath, 'ax', 0o600);
  await file.writeFile(header);
  return new FileRecorder({ directory, sessionId, nowMs, startedAtMs }, header.length, options);
}

/** A recorder that knows where it writes. */
export interface RecordingFile extends Recorder {
  readonly path: string;
}

/** Whose recording it is, since when. */
interface RecordedSession {
  readonly directory: string;
  readonly sessionId: string;
  readonly nowMs: () => number;
  readonly startedAtMs: number;
}

/** A SHA-256 in Latin-1: a fifth of what a Buffer with its memory takes. */
const NO_DIGEST: string = '\0'.repeat(32);

/** A sealed chunk on its way into the file. */
interface Job {
  /** SHA-256 of the raw bytes. */
  readonly digest: Buffer;
  /** Undefined if the chunk is only digested. */
  readonly kept: { readonly chunk: ChunkBuilder; readonly stored: Promise<Buffer> } | undefined;
}

/** Holds neither memory nor a file while its session is idle. */
class FileRecorder implements RecordingFile {
  readonly #session: RecordedSession;
  readonly #options: RecordingOptions;
  readonly #bytesMax: number;
  #chunk: ChunkBuilder | undefined;
  #flushTimer: NodeJS.Timeout | undefined;

  #jobs: Job[] = [];
  #waitingBytes = 0;
  #storing: Promise<void> | undefined;
  #resumes: (() => void)[] = [];
  #state: 'keeping' | 'limited' | 'failed' = 'keeping';
  #finished: Promise<RecordingSummary> | undefined;

  #fileBytes: number;
  #bytesSent = 0;
  #bytesShown = 0;
  #bytesKept = 0;
  /** Content of the chunks that were sealed to be kept. */
  #bytesSealed = 0;
  #chunkCount = 0;
  #digest = NO_DIGEST;

  constructor(session: RecordedSession, headerBytes: number, options: RecordingOptions) {
    this.#session = session;
    this.#fileBytes = headerBytes;
    this.#options = options;
    this.#bytesMax = options.bytesMax ?? BYTES_MAX;
  }

  /** Made anew when it is wanted: idle sessions do without. */
  get path(): string {
    const { directory, sessionId, startedAtMs } = this.#session;
    return recordingPath(directory, sessionId, startedAtMs);
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
    const { nowMs, startedAtMs } = this.#session;
    const atMs = Math.max(0, nowMs() - startedAtMs);
    for (let at = start; at < end; ) {
      this.#chunk ??= this.#beginChunk();
      at = this.#chunk.add(direction, atMs, bytes, at, end);
      if (this.#chunk.isFull) this.#seal();
    }
  }

  finish(): Promise<RecordingSummary> {
    this.#finished ??= this.#finish();
    return this.#finished;
  }

  async #finish(): Promise<RecordingSummary> {
    if (this.#chunk !== undefined) this.#seal();
    await this.#storing;
    if (this.#state !== 'failed') {
      try {
        await using file = await open(this.path, 'r+');
        await file.datasync();
      } catch (error) {
        this.#fail(error as Error);
      }
    }
    return {
      bytesSent: this.#bytesSent,
      bytesShown: this.#bytesShown,
      bytesKept: this.#bytesKept,
      chunks: this.#chunkCount,
      sha256: Buffer.from(this.#digest, 'latin1').toString('hex'),
      truncated: this.#bytesKept < this.#bytesSent + this.#bytesShown,
      failed: this.#state === 'failed',
    };
  }

  #beginChunk(): ChunkBuilder {
    this.#flushTimer = setTimeout(() => this.#seal(), FLUSH_AFTER_MS);
    return new ChunkBuilder();
  }

  /** Digests the chunk, and hands it over to the thread pool if it is kept. */
  #seal(): void {
    clearTimeout(this.#flushTimer);
    this.#flushTimer = undefined;
    const chunk = this.#chunk;
    assert(chunk);
    this.#chunk = undefined;
    if (this.#state === 'keeping' && this.#bytesSealed + chunk.contentBytes > this.#bytesMax) {
      this.#state = 'limited';
      this.#options.onLimit(this.#bytesSealed);
    }
    const { raw } = chunk;
    // On this thread: handing a chunk over to another costs more than hashing it.
    const digest = hash('sha256', raw, 'buffer');
    if (this.#state !== 'keeping') {
      recycleChunk(chunk.memory);
      if (this.#storing === undefined) this.#chain(digest);
      else this.#jobs.push({ digest, kept: undefined });
      return;
    }
    this.#bytesSealed += chunk.contentBytes;
    const stored = compressChunk(raw);
    // Seen by #storeAll when its turn comes; until then it must not count as unhandled.
    stored.catch(() => undefined);
    this.#jobs.push({ digest, kept: { chunk, stored } });
    this.#waitingBytes += raw.length;
    this.#storing ??= this.#storeAll();
  }

  #chain(digest: Buffer): void {
    const both = Buffer.concat([Buffer.from(this.#digest, 'latin1'), digest]);
    this.#digest = hash('sha256', both, 'binary');
  }

  /** Stores what waits, in order. The file is open only meanwhile: idle sessions have none. */
  async #storeAll(): Promise<void> {
    let file: FileHandle | undefined;
    try {
      for (let job = this.#jobs.shift(); job !== undefined; job = this.#jobs.shift()) {
        const { digest, kept } = job;
        const stored = await kept?.stored;
        this.#chain(digest);
        if (kept === undefined || stored === undefined) continue;
        if (this.#state !== 'failed') {
          file ??= await open(this.path, 'a');
          await this.#store(file, kept.chunk, stored, digest);
        }
        this.#waitingBytes -= kept.chunk.raw.length;
        recycleChunk(kept.chunk.memory);
        this.#resumeIfDrained();
      }
      await file?.close();
    } catch (error) {
      this.#fail(error as Error);
      await Promise.allSettled([file?.close()]);
    }
    this.#storing = undefined;
    if (this.#jobs.length > 0) this.#storing = this.#storeAll();
    await this.#storing;
  }

  async #store(
    file: FileHandle,
    chunk: ChunkBuilder,
    stored: Buffer,
    digest: Buffer,
  ): Promise<void> {
    const header = Buffer.alloc(CHUNK_HEADER_BYTES);
    header.writeUInt32BE(stored.length, 0);
    header.writeUInt32BE(chunk.raw.length, 4);
    header.writeUInt32BE(crc32(stored), 8);
    await file.appendFile(Buffer.concat([header, stored]));
    const offset = this.#fileBytes;
    const storedBytes = header.length + stored.length;
    this.#fileBytes += storedBytes;
    this.#bytesKept += chunk.contentBytes;
    const index = this.#chunkCount++;
    this.#options.onChunk({ index, offset, storedBytes, sha256: digest.toString('hex') });
  }

  #fail(error: Error): void {
    if (this.#state === 'failed') return;
    this.#state = 'failed';
    this.#waitingBytes = this.#jobs.reduce(
      (sum, { kept }) => sum + (kept?.chunk.raw.length ?? 0),
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
