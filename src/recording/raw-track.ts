import assert from 'node:assert/strict';
import path from 'node:path';
import { dayOf } from '../encryption/day-keys.ts';
import {
  type AgeDecryption,
  AgeEncoder,
  AgeFileError,
  beginAgeFile,
  decryptAgeFile,
} from './age-file.ts';
import { decompressChunk } from './compress-chunk.ts';
import { FileRecorder, type RecordingFile, type RecordingOptions } from './file-recorder.ts';
import { createFile } from './open-recording.ts';
import type { RecordedBytes } from './recorded-event.ts';
import { CHUNK_RAW_BYTES_MAX, decodeFrames, SESSION_ID } from './recording-format.ts';
import { findFrame } from './skipped-frames.ts';

/** Whose raw track. */
export interface RawTrackSession {
  readonly id: string;
  /** Milliseconds since the Unix epoch. */
  readonly startedAtMs: number;
}

/** How the raw track is kept. */
export interface RawTrackServices {
  /** `age1…`: who can open it. The gateway cannot. */
  readonly recipients: readonly string[];
  readonly nowMs: () => number;
}

/** Where a session's raw track lies: beside its recording, `<session>.raw.age`. */
export function rawTrackPath(directory: string, { id, startedAtMs }: RawTrackSession): string {
  assert.match(id, SESSION_ID);
  return path.join(directory, dayOf(startedAtMs), `${id}.raw.age`);
}

/**
 * Begins the sealed track of a session: what went between gateway and target. Rejects if the file cannot be
 * created or exists already.
 *
 * @param directory `<data>/recordings`.
 */
export async function openRawTrack(
  directory: string,
  session: RawTrackSession,
  options: RecordingOptions,
  { recipients, nowMs }: RawTrackServices,
): Promise<RecordingFile> {
  const filePath = rawTrackPath(directory, session);
  const { start: header, payloadKey } = await beginAgeFile(recipients);
  await createFile(filePath, header);
  const { startedAtMs } = session;
  const encoder = new AgeEncoder(payloadKey);
  return new FileRecorder({ path: filePath, header, startedAtMs, nowMs }, encoder, options);
}

/**
 * Reads a raw track, with a key of one of its recipients.
 *
 * @throws {AgeFileError} If it is none, is for somebody else, or was changed.
 */
export async function* readRawTrack(
  source: AsyncIterable<Uint8Array>,
  decryption: AgeDecryption,
): AsyncGenerator<RecordedBytes, void> {
  let bytes: Buffer = Buffer.alloc(0);
  for await (const plain of decryptAgeFile(source, decryption)) {
    bytes = Buffer.concat([bytes, plain]);
    let end = 0;
    for (let next = findFrame(bytes, end); next.kind !== 'more'; next = findFrame(bytes, end)) {
      if (next.kind === 'malformed') throw new AgeFileError('it holds something else');
      const raw = await decompressChunk(bytes.subarray(next.start, next.end), CHUNK_RAW_BYTES_MAX);
      const frames = raw && decodeFrames(raw);
      if (frames === undefined) throw new AgeFileError('it holds something else');
      yield* frames;
      end = next.end;
    }
    bytes = bytes.subarray(end);
  }
}
