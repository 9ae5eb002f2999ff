import { hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { crc32, zstdDecompress } from 'node:zlib';
import type { RecordedBytes } from './recorded-event.ts';
import { RecordingError } from './recording-error.ts';
import {
  CHUNK_HEADER_BYTES,
  CHUNK_RAW_BYTES_MAX,
  CHUNK_STORED_BYTES_MAX,
  decodeFrames,
  decodeRecordingHeader,
  HEADER_BYTES_MAX,
  type RecordingHeader,
} from './recording-format.ts';

const decompress = promisify(zstdDecompress);

/** Asked where a recording ends so far: resolves to whether to look again. */
export type WaitForMore = () => Promise<boolean>;

/**
 * Reads a recording, one chunk in memory at a time. Ends quietly where a crash cut the file.
 *
 * @param waitForMore To follow a recording that is being written. Default: it ends where it ends now.
 * @throws {RecordingError} If the file is no recording or a chunk is damaged.
 */
export async function* readRecording(
  recordingPath: string,
  waitForMore?: WaitForMore,
): AsyncGenerator<RecordedBytes, void> {
  for await (const raw of readChunks(recordingPath, waitForMore)) {
    const frames = decodeFrames(raw);
    if (frames === undefined)
      throw new RecordingError(recordingPath, 'frames do not fill their chunk');
    yield* frames;
  }
}

/** Reads what a recording says of itself. @throws {RecordingError} If the file is no recording. */
export async function readRecordingHeader(recordingPath: string): Promise<RecordingHeader> {
  await using file = await open(recordingPath, 'r');
  return await readHeader(file, recordingPath);
}

/** The digests of a recording, to be compared with the ledger's. */
export interface RecordingDigests {
  /** Hex SHA-256 of each chunk, as in its `recording.chunk` entry. */
  readonly chunks: readonly string[];
  /** Hex. Chained over the chunks in the file; that of the session's end if none is missing. */
  readonly sha256: string;
}

/** Computes the digests of a recording anew. @throws {RecordingError} As `readRecording`. */
export async function digestRecording(recordingPath: string): Promise<RecordingDigests> {
  const chunks: string[] = [];
  let chained: Buffer = Buffer.alloc(32);
  for await (const raw of readChunks(recordingPath)) {
    const digest = hash('sha256', raw, 'buffer');
    chunks.push(digest.toString('hex'));
    chained = hash('sha256', Buffer.concat([chained, digest]), 'buffer');
  }
  return { chunks, sha256: chained.toString('hex') };
}

async function* readChunks(
  recordingPath: string,
  waitForMore: WaitForMore = async () => false,
): AsyncGenerator<Buffer, void> {
  await using file = await open(recordingPath, 'r');
  let offset = (await readHeader(file, recordingPath)).headerBytes;
  const header = Buffer.alloc(CHUNK_HEADER_BYTES);
  for (;;) {
    if ((await readFully(file, header, offset)) < CHUNK_HEADER_BYTES) {
      if (await waitForMore()) continue;
      return;
    }
    const storedBytes = header.readUInt32BE(0);
    const rawBytes = header.readUInt32BE(4);
    if (storedBytes > CHUNK_STORED_BYTES_MAX || rawBytes > CHUNK_RAW_BYTES_MAX || rawBytes === 0) {
      throw new RecordingError(recordingPath, `chunk at byte ${offset} has an impossible length`);
    }
    const stored = Buffer.allocUnsafe(storedBytes);
    if ((await readFully(file, stored, offset + CHUNK_HEADER_BYTES)) < storedBytes) {
      if (await waitForMore()) continue;
      return;
    }
    if (crc32(stored) !== header.readUInt32BE(8)) {
      throw new RecordingError(recordingPath, `CRC of the chunk at byte ${offset} does not match`);
    }
    yield await decompressChunk(stored, rawBytes, recordingPath, offset);
    offset += CHUNK_HEADER_BYTES + storedBytes;
  }
}

/** A chunk that would decompress to more than it says is stopped there. */
async function decompressChunk(
  stored: Buffer,
  rawBytes: number,
  recordingPath: string,
  offset: number,
): Promise<Buffer> {
  let raw: Buffer;
  try {
    raw = await decompress(stored, {
      maxOutputLength: rawBytes,
      chunkSize: Math.max(64, rawBytes),
    });
  } catch (cause) {
    throw new RecordingError(recordingPath, `chunk at byte ${offset} does not decompress`, {
      cause,
    });
  }
  if (raw.length === rawBytes) return raw;
  throw new RecordingError(recordingPath, `chunk at byte ${offset} is shorter than it says`);
}

async function readHeader(file: FileHandle, recordingPath: string): Promise<RecordingHeader> {
  const start = Buffer.alloc(HEADER_BYTES_MAX);
  const bytes = await readFully(file, start, 0);
  const header = decodeRecordingHeader(start.subarray(0, bytes));
  if (header === undefined) throw new RecordingError(recordingPath, 'has no header of a recording');
  return header;
}

async function readFully(file: FileHandle, into: Buffer, position: number): Promise<number> {
  let done = 0;
  while (done < into.length) {
    const { bytesRead } = await file.read(into, done, into.length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}
