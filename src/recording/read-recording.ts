import { type FileHandle, open } from 'node:fs/promises';
import { type DayKeys, dayOf } from '../encryption/day-keys.ts';
import { decryptChunk } from './chunk-cipher.ts';
import { decompressChunk } from './compress-chunk.ts';
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
  recordingPurpose,
} from './recording-format.ts';

/** Asked where a recording ends so far: resolves to whether to look again. */
export type WaitForMore = () => Promise<boolean>;

/** How to read a recording. */
export interface ReadingOptions {
  /** Those that recordings are made with. */
  readonly keys: Pick<DayKeys, 'of'>;
  /** To follow a recording that is being written. Default: it ends where it ends now. */
  readonly waitForMore?: WaitForMore | undefined;
}

/**
 * Reads a recording, one chunk in memory at a time. Ends quietly where a crash cut the file.
 *
 * @throws {RecordingError} If the file is no recording, its key is gone, or a chunk is damaged.
 * @throws {EncryptionError} If its key is there and cannot be had now.
 */
export async function* readRecording(
  recordingPath: string,
  { keys, waitForMore = async () => false }: ReadingOptions,
): AsyncGenerator<RecordedBytes, void> {
  await using file = await open(recordingPath, 'r');
  const header = await readHeader(file, recordingPath);
  const key = await openKey(header, keys, recordingPath);
  let offset = header.headerBytes;
  for (let index = 0; ; ) {
    const chunk = await readChunk(file, offset, recordingPath);
    if (chunk === undefined) {
      if (await waitForMore()) continue;
      return;
    }
    const compressed = decryptChunk(key, index, chunk.header, chunk.stored);
    if (compressed === undefined) {
      throw new RecordingError(recordingPath, `chunk ${index} at byte ${offset} was changed`);
    }
    const raw = await decompressChunk(compressed, chunk.rawBytes);
    const frames = raw?.length === chunk.rawBytes ? decodeFrames(raw) : undefined;
    if (frames === undefined) {
      throw new RecordingError(recordingPath, `chunk ${index} is not what it says`);
    }
    yield* frames;
    index += 1;
    offset += CHUNK_HEADER_BYTES + chunk.stored.length;
  }
}

/** Reads what a recording says of itself. @throws {RecordingError} If the file is no recording. */
export async function readRecordingHeader(recordingPath: string): Promise<RecordingHeader> {
  await using file = await open(recordingPath, 'r');
  return await readHeader(file, recordingPath);
}

async function openKey(
  { sessionId, startedAtMs, wrappedKey }: RecordingHeader,
  keys: Pick<DayKeys, 'of'>,
  recordingPath: string,
): Promise<Buffer> {
  const day = dayOf(startedAtMs);
  const found = await keys.of(day);
  if (found.state !== 'open') {
    const isExpired = found.state === 'destroyed';
    const reason = isExpired ? `the key of ${day} was destroyed` : `there is no key of ${day}`;
    const code = isExpired ? 'ERR_RECORDING_EXPIRED' : 'ERR_RECORDING_DAMAGED';
    throw new RecordingError(recordingPath, reason, code);
  }
  const key = found.key.unwrap(wrappedKey, recordingPurpose(sessionId, startedAtMs));
  if (key !== undefined) return key;
  throw new RecordingError(recordingPath, 'its header was changed, or is that of another gateway');
}

interface StoredChunk {
  readonly header: Buffer;
  readonly stored: Buffer;
  readonly rawBytes: number;
}

/** Undefined if the file ends before the chunk does. */
async function readChunk(
  file: FileHandle,
  offset: number,
  recordingPath: string,
): Promise<StoredChunk | undefined> {
  const header = Buffer.alloc(CHUNK_HEADER_BYTES);
  if ((await readFully(file, header, offset)) < CHUNK_HEADER_BYTES) return undefined;
  const storedBytes = header.readUInt32BE(0);
  const rawBytes = header.readUInt32BE(4);
  if (storedBytes > CHUNK_STORED_BYTES_MAX || rawBytes > CHUNK_RAW_BYTES_MAX || rawBytes === 0) {
    throw new RecordingError(recordingPath, `chunk at byte ${offset} has an impossible length`);
  }
  const stored = Buffer.allocUnsafe(storedBytes);
  const bytes = await readFully(file, stored, offset + CHUNK_HEADER_BYTES);
  return bytes === storedBytes ? { header, stored, rawBytes } : undefined;
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
