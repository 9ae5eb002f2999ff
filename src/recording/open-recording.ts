import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { type DayKeys, dayOf } from '../encryption/day-keys.ts';
import { KEY_BYTES } from '../encryption/wrap-key.ts';
import { ChunkCipher } from './chunk-cipher.ts';
import { FileRecorder, type RecordingFile, type RecordingOptions } from './file-recorder.ts';
import { encodeRecordingHeader, recordingPurpose, SESSION_ID } from './recording-format.ts';

/**
 * Where a session's recording lies: `<data>/recordings/<yyyy-mm-dd>/<session>.rec`, by the day (UTC) of
 * its start.
 */
export function recordingPath(directory: string, sessionId: string, startedAtMs: number): string {
  assert.match(sessionId, SESSION_ID);
  return path.join(directory, dayOf(startedAtMs), `${sessionId}.rec`);
}

/**
 * Begins the recording of a session. Rejects if the file cannot be created or exists already, and if there is no
 * key to encrypt it with.
 *
 * @param directory `<data>/recordings`.
 */
export async function openRecording(
  directory: string,
  sessionId: string,
  options: RecordingOptions,
  { keys, nowMs }: RecordingServices,
): Promise<RecordingFile> {
  const startedAtMs = nowMs();
  const key = randomBytes(KEY_BYTES);
  const dayKey = await keys.open(startedAtMs);
  const wrapped = dayKey.wrap(key, recordingPurpose(sessionId, startedAtMs));
  const header = encodeRecordingHeader(sessionId, startedAtMs, wrapped);
  const filePath = recordingPath(directory, sessionId, startedAtMs);
  await createFile(filePath, header);
  return new FileRecorder(
    { path: filePath, header, startedAtMs, nowMs },
    new ChunkCipher(key),
    options,
  );
}

/** What recordings are made with. */
export interface RecordingServices {
  /** Those of recordings: nothing else is encrypted with them. */
  readonly keys: Pick<DayKeys, 'open'>;
  readonly nowMs: () => number;
}

/** Creates the file with its first bytes. Rejects if it exists. */
export async function createFile(filePath: string, header: Buffer): Promise<void> {
  await mkdir(path.dirname(filePath), { recursive: true, mode: 0o700 });
  await using file = await open(filePath, 'ax', 0o600);
  await file.writeFile(header);
}
