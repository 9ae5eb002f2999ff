import { access, open } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { SpoolGate } from '../archive/spool-gate.ts';
import { LedgerError } from '../audit/ledger-error.ts';
import type { EntryFields, LedgerPort } from '../audit/ledger-port.ts';
import { seal } from '../audit/seal.ts';
import type { DayKeys } from '../encryption/day-keys.ts';
import { hasCode } from '../encryption/durable-file.ts';
import type { OpenedRecording } from '../gateway/door.ts';
import { decodePlayback } from '../protocols/decode-playback.ts';
import type { RecordedChunk, RecordingFile, RecordingOptions } from '../recording/file-recorder.ts';
import { openRecording } from '../recording/open-recording.ts';
import { openRawTrack, type RawTrackSession, rawTrackPath } from '../recording/raw-track.ts';
import { readRecording, type WaitForMore } from '../recording/read-recording.ts';
import type { RecordedEvent } from '../recording/recorded-event.ts';
import type { SessionIndex, SessionRecord } from '../recording/session-index.ts';
import type { Target } from '../targets/target.ts';

/** Name of the folder in the data directory. */
const RECORDINGS = 'recordings';
/** Milliseconds between looks at a recording that is being written. */
const FOLLOW_INTERVAL_MS = 500;

/** Where recordings lie and what opens them. */
export interface RecordingsPlace {
  readonly dataDirectory: string;
  /** Those that recordings are made with. */
  readonly keys: DayKeys;
  /** Brings a file of the data directory back from the archive; false if it is not there either. */
  readonly restore?: ((name: string) => Promise<boolean>) | undefined;
}

/** Makes the function that begins a session's recording, with its digests in the ledger. */
export function openRecordings(
  { dataDirectory, keys }: RecordingsPlace,
  ledger: LedgerPort,
  spool: Pick<SpoolGate, 'state' | 'listen'>,
): (sessionId: string, target: Target) => Promise<OpenedRecording> {
  const directory = path.join(dataDirectory, RECORDINGS);
  const services = { keys, nowMs: Date.now };
  const running = new Set<RecordingFile>();
  spool.listen((state) => {
    if (state === 'end-recording') for (const recorder of running) recorder.limit();
  });
  return async (session, { recording: { bytesMax } }) => {
    const entries = new RecordingEntries(session, ledger, bytesMax);
    const recorder = await openRecording(directory, session, entries, services);
    running.add(recorder);
    entries.onEnd = () => running.delete(recorder);
    if (spool.state === 'end-recording') recorder.limit();
    const file = path.relative(directory, recorder.path);
    return { recorder, path: file, onFailure: (listener) => entries.listen(listener) };
  };
}

/** Makes the function that begins a session's sealed raw track. */
export function openRawTracks(
  dataDirectory: string,
  ledger: LedgerPort,
  spool: Pick<SpoolGate, 'state' | 'listen'>,
  recipients: () => readonly string[],
): (session: RawTrackSession, target: Target) => Promise<OpenedRecording> {
  const directory = path.join(dataDirectory, RECORDINGS);
  const running = new Set<RecordingEntries>();
  // What has to be kept and cannot be does not happen: the session ends.
  spool.listen((state) => {
    if (state === 'end-recording') for (const entries of running) entries.onFailure();
  });
  return async (session, { recording: { bytesMax } }) => {
    if (spool.state !== 'open') throw new Error('the spool of the archive is full');
    const file = path.relative(directory, rawTrackPath(directory, session));
    const entries = new RecordingEntries(session.id, ledger, bytesMax, file);
    const named = recipients();
    const services = { recipients: named, nowMs: Date.now };
    const recorder = await openRawTrack(directory, session, entries, services);
    try {
      await seal(ledger, {
        kind: 'recording.start',
        session: session.id,
        track: 'raw',
        recording: file,
        recipients: named,
      });
    } catch (error) {
      // Digests without a beginning would contradict the ledger.
      entries.abandon();
      await recorder.finish();
      throw error;
    }
    running.add(entries);
    entries.onEnd = () => running.delete(entries);
    return { recorder, path: file, onFailure: (listener) => entries.listen(listener) };
  };
}

/** Milliseconds after which a ledger that did not take an entry is asked again; it recovers by itself. */
const RETRY_MS = 100;
/** Milliseconds that the end of a session waits for its last digests. */
const SETTLE_MS_MAX = 3_000;

/** Enters in the ledger what becomes of a recording. One object for each session, and no callbacks. */
class RecordingEntries implements RecordingOptions {
  readonly bytesMax: number;
  /** Nothing is written any more. */
  onEnd: () => void = ignoreOutcome;
  readonly #session: string;
  readonly #ledger: LedgerPort;
  /** Set for a track beside the recording itself. */
  readonly #path: string | undefined;
  #failed: (() => void) | undefined;
  #hasFailed = false;
  /** Not entered yet, oldest first: a digest is of the bytes that follow those of the one before. */
  #waiting: EntryFields[] = [];
  #settled: (() => void) | undefined;
  #isAbandoned = false;

  // oxlint-disable-next-line max-params -- no object is made for the arguments: one for each session
  constructor(session: string, ledger: LedgerPort, bytesMax: number, file?: string) {
    this.#session = session;
    this.#ledger = ledger;
    this.bytesMax = bytesMax;
    this.#path = file;
  }

  onChunk(chunk: RecordedChunk): void {
    this.#enter({ kind: 'recording.chunk', session: this.#session, ...this.#track, ...chunk });
  }

  onLimit(bytesKept: number): void {
    this.#enter({ kind: 'recording.limit', session: this.#session, ...this.#track, bytesKept });
  }

  get #track(): { readonly path?: string } {
    return this.#path === undefined ? {} : { path: this.#path };
  }

  onFailure(): void {
    this.#hasFailed = true;
    this.#failed?.();
  }

  /** Has `listener` called once it fails; at once if it has already. */
  listen(listener: () => void): void {
    this.#failed = listener;
    if (this.#hasFailed) listener();
  }

  /** Whether all is entered. What the ledger does not take in time never will be. */
  async settle(): Promise<boolean> {
    if (this.#waiting.length === 0) return true;
    const settled = new Promise<void>((resolve) => (this.#settled = resolve));
    await Promise.race([settled, setTimeout(SETTLE_MS_MAX, undefined, { ref: false })]);
    const isEntered = this.#waiting.length === 0;
    this.#waiting = [];
    return isEntered;
  }

  /** Enters nothing from now on. */
  abandon(): void {
    this.#isAbandoned = true;
    this.#waiting = [];
  }

  #enter(entry: EntryFields): void {
    if (this.#isAbandoned) return;
    this.#waiting.push(entry);
    if (this.#waiting.length === 1) this.#enterNext();
  }

  #enterNext(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#settled?.();
      return;
    }
    this.#ledger.append(next, 'written', (error) => {
      if (error !== undefined && !(error instanceof LedgerError && error.isEntered)) {
        void setTimeout(RETRY_MS, undefined, { ref: false }).then(() => this.#enterNext());
        return;
      }
      this.#waiting.shift();
      this.#enterNext();
    });
  }
}

/** The sealed raw track of a session; undefined if there is none. */
export async function findRawTrack(
  { dataDirectory, restore }: RecordingsPlace,
  session: RawTrackSession,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  const track = rawTrackPath(path.join(dataDirectory, RECORDINGS), session);
  if (restore !== undefined && !(await exists(track))) {
    await restore(path.relative(dataDirectory, track));
  }
  try {
    const file = await open(track);
    return file.createReadStream() as AsyncIterable<Buffer>;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** What happened in a recorded session. Rejects if its recording is missing, was changed or has expired. */
export async function* playRecording(
  { dataDirectory, keys, restore }: RecordingsPlace,
  { recordingPath: file }: SessionRecord,
  waitForMore?: WaitForMore,
): AsyncGenerator<RecordedEvent, void> {
  if (file === undefined) return;
  const recorded = path.join(dataDirectory, RECORDINGS, file);
  if (restore !== undefined && !(await exists(recorded))) await restore(`${RECORDINGS}/${file}`);
  yield* decodePlayback(readRecording(recorded, { keys, waitForMore }));
}

/**
 * What happens in a session, from its beginning and as it goes on: about a second behind, as chunks are
 * written. Ends with the session.
 */
export function followRecording(
  place: RecordingsPlace,
  session: SessionRecord,
  { sessions, signal }: { readonly sessions: SessionIndex; readonly signal: AbortSignal },
): AsyncGenerator<RecordedEvent, void> {
  let hasEnded = false;
  return playRecording(place, session, async () => {
    // What was written before the end was seen is read once more.
    if (hasEnded || signal.aborted) return false;
    await setTimeout(FOLLOW_INTERVAL_MS, undefined, { signal }).catch(ignoreOutcome);
    const found = await sessions.find(session.id);
    hasEnded = found === undefined || found.end !== undefined;
    return !signal.aborted;
  });
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch {
    return false;
  }
}

/** The recording goes on; the ledger reports its own failures, and operations stop with it. */
function ignoreOutcome(): void {}
