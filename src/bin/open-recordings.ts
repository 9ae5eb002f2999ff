import path from 'node:path';
import type { LedgerPort } from '../audit/ledger-port.ts';
import type { OpenedRecording } from '../gateway/door.ts';
import { decodePlayback } from '../protocols/postgres/playback.ts';
import { openRecording, recordingPath } from '../recording/open-recording.ts';
import { readRecording } from '../recording/read-recording.ts';
import type { RecordedEvent } from '../recording/recorded-event.ts';
import type { SessionRecord } from '../recording/session-index.ts';
import type { Target } from '../targets/target.ts';

/** Name of the folder in the data directory. */
const RECORDINGS = 'recordings';

/** Makes the function that begins a session's recording, with its digests in the ledger. */
export function openRecordings(
  dataDirectory: string,
  ledger: LedgerPort,
): (sessionId: string, target: Target) => Promise<OpenedRecording> {
  const directory = path.join(dataDirectory, RECORDINGS);
  return async (session, target) => {
    const failed = Promise.withResolvers<Error>();
    const startedAtMs = Date.now();
    const recorder = await openRecording(
      directory,
      session,
      {
        bytesMax: target.recording.bytesMax,
        onChunk: (chunk) =>
          ledger.append({ kind: 'recording.chunk', session, ...chunk }, 'written', ignoreOutcome),
        onLimit: (bytesKept) =>
          ledger.append({ kind: 'recording.limit', session, bytesKept }, 'written', ignoreOutcome),
        onFailure: (error) => failed.resolve(error),
      },
      () => Math.max(startedAtMs, Date.now()),
    );
    const file = recordingPath(directory, session, startedAtMs);
    return { recorder, path: path.relative(directory, file), failed: failed.promise };
  };
}

/** What happened in a recorded session. Rejects if its recording is missing or was changed. */
export async function* playRecording(
  dataDirectory: string,
  { recordingPath: file }: SessionRecord,
): AsyncGenerator<RecordedEvent, void> {
  if (file === undefined) return;
  yield* decodePlayback(readRecording(path.join(dataDirectory, RECORDINGS, file)));
}

/** The recording goes on; the ledger reports its own failures, and operations stop with it. */
function ignoreOutcome(): void {}
