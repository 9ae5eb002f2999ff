import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { hasCode } from '../encryption/durable-file.ts';
import type { Entry } from './decode-entry.ts';
import { fieldsOf } from './entry-fields.ts';
import type { EntryKind } from './ledger-port.ts';
import { complainOfFile, openEvidence } from './open-evidence.ts';
import { readEntries } from './read-entries.ts';
import { readStatedSizes } from './read-stated-sizes.ts';
import { readRefused } from './refused-ranges.ts';
import {
  findHold,
  gatewayOf,
  type RetentionEntry,
  readRetentionEntry,
} from './verify-retention.ts';

/** A recording that is not as the ledger says. */
export interface RecordingProblem {
  readonly session: string;
  /** Relative to the recordings' directory. */
  readonly path: string;
  /** For people: which stretch of the file is missing or was changed. */
  readonly problem: string;
}

/** The outcome of comparing recordings with the ledger. */
export interface RecordingsReport {
  readonly ok: boolean;
  /** Recordings of which every byte was compared. */
  readonly compared: number;
  /** Recordings that are not here, and of which the ledger says why. */
  readonly removed: number;
  readonly problems: readonly RecordingProblem[];
}

/** Which recordings to compare. */
export interface VerifyRecordingsOptions {
  /** Default: all. */
  readonly session?: string;
  /** How many entries of each log are vouched for. Default: as many as its checkpoints state, whoever signed them. */
  readonly vouched?: ReadonlyMap<string, number>;
}

const KINDS: ReadonlySet<EntryKind> = new Set([
  'gateway.start',
  'session.start',
  'recording.start',
  'recording.chunk',
  'recording.remove',
  'retention.expire',
  'hold.start',
  'hold.end',
  'ledger.resume',
  'session.end',
]);
/** Of these, those that are about no session. */
const OF_ALL: ReadonlySet<string> = new Set<EntryKind>([
  ...(['gateway.start', 'retention.expire', 'hold.start', 'hold.end', 'ledger.resume'] as const),
]);
/** Where recordings lie: a ledger that somebody made up names no other files. */
const RECORDING_PATH = /^\d{4}-\d\d-\d\d\/[A-Za-z0-9][A-Za-z0-9_-]{0,127}\.(?:rec|raw\.age)$/;
/** Of the day in such a path. */
const DAY_LENGTH = 10;
const READ_BYTES = 256 * 1024;
/** Of a stretch: twice what the longest has. A file can be said to be longer than anybody could read. */
const STRETCH_BYTES_MAX = 1024 * 1024;

/** An entry that says of recordings that they went, or how long they are kept. */
interface Said {
  readonly logName: string;
  readonly entry: Entry;
}

/** A file that the ledger names, and what it says of its bytes. */
interface Expected {
  readonly logName: string;
  readonly session: string;
  readonly path: string;
  readonly stretches: Stretch[];
}

interface Stretch {
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

/**
 * Compares each recording with the digests that the ledger has of its bytes. Needs no key. Says nothing of the
 * ledger itself: `verifyLedger` does.
 *
 * @param ledgerDirectory `<data>/ledger`. @param recordingsDirectory `<data>/recordings`.
 */
export async function verifyRecordings(
  ledgerDirectory: string,
  recordingsDirectory: string,
  { session, vouched }: VerifyRecordingsOptions = {},
): Promise<RecordingsReport> {
  // Before the entries are read: the gateway may write meanwhile.
  const sizes = vouched ?? (await readStatedSizes(ledgerDirectory));
  const comparison = new Comparison(recordingsDirectory, sizes);
  for await (const { logName, entry } of readEntries(ledgerDirectory, { kinds: KINDS })) {
    if (session === undefined || isAbout(entry, session)) await comparison.take(logName, entry);
  }
  return comparison.finish();
}

function isAbout({ kind, session, ofSession }: Entry, wanted: string): boolean {
  return OF_ALL.has(kind) || session === wanted || ofSession === wanted;
}

class Comparison {
  readonly #directory: string;
  /** Of sessions that go on, by log and session. */
  readonly #running = new Map<string, Map<string, Expected[]>>();
  /** Files that are not there; an entry that is still to come may say why. */
  readonly #missing = new Map<string, Expected>();
  readonly #vouched: ReadonlyMap<string, number>;
  /** What was said to be removed, to expire, and to be held, in order. */
  #said: Said[] = [];
  /** Digests of files whose beginning is not in the ledger; an entry that is still to come may say why. */
  readonly #unbegun: Said[] = [];
  readonly #problems: RecordingProblem[] = [];
  #compared = 0;

  constructor(recordingsDirectory: string, vouched: ReadonlyMap<string, number>) {
    this.#directory = recordingsDirectory;
    this.#vouched = vouched;
  }

  async take(logName: string, entry: Entry): Promise<void> {
    const sessions = this.#sessionsOf(logName);
    const { kind, session = '' } = entry;
    if (kind === 'gateway.start') {
      // No session outlives its gateway: what a crash left open was written up to where its file ends.
      for (const files of sessions.values()) await this.#compareAll(files, false);
      sessions.clear();
    } else if (kind === 'ledger.resume') {
      this.#forgetRefused(logName, entry);
    } else if (OF_ALL.has(kind) || kind === 'recording.remove') {
      this.#said.push({ logName, entry });
    } else if (kind === 'session.start' || kind === 'recording.start') {
      const files = sessions.get(session) ?? [];
      if (entry['recording'] !== undefined)
        files.push(expect(logName, session, entry['recording']));
      sessions.set(session, files);
    } else if (kind === 'recording.chunk') {
      if (!note(sessions.get(session) ?? [], entry)) this.#unbegun.push({ logName, entry });
    } else {
      await this.#compareAll(sessions.get(session) ?? [], !hasFailed(entry));
      sessions.delete(session);
    }
  }

  async finish(): Promise<RecordingsReport> {
    for (const sessions of this.#running.values()) {
      for (const files of sessions.values()) await this.#compareAll(files, false);
    }
    let removed = 0;
    for (const expected of this.#missing.values()) {
      const problem = this.#complainOfMissing(expected);
      if (problem === undefined) removed += 1;
      else this.#report(expected, problem);
    }
    for (const { logName, entry } of this.#unbegun) {
      const { session = '', path: name, at } = entry;
      const isBefore = (day: unknown): boolean => textOf(day) <= at.slice(0, DAY_LENGTH);
      const expiries = this.#findExpiries(logName, 'entries').filter((one) =>
        this.#isVouchedFor(one),
      );
      if (expiries.some(({ entry }) => isBefore(entry['day']))) continue;
      const file = { session, path: textOf(name) };
      this.#report(file, 'has digests, but no beginning in the ledger');
    }
    return {
      ok: this.#problems.length === 0,
      compared: this.#compared,
      removed,
      problems: this.#problems,
    };
  }

  /** Undefined if it was to go. */
  #complainOfMissing({ logName, path: file }: Expected): string | undefined {
    const isRemoval = ({ entry }: Said): boolean =>
      entry.kind === 'recording.remove' && entry['path'] === file;
    const day = file.slice(0, DAY_LENGTH);
    const expiries = this.#findExpiries(logName, 'recordings');
    const said = [
      ...this.#said.filter(isRemoval),
      ...expiries.filter(({ entry }) => entry['day'] === day),
    ];
    const vouched = said.filter((one) => this.#isVouchedFor(one));
    if (vouched.length === 0) {
      return said.length === 0 ? 'is missing' : 'is missing, and nobody signed that it was to go';
    }
    if (vouched.some(isRemoval)) return undefined;
    const lastAt = vouched.reduce((last, { entry }) => (last < entry.at ? entry.at : last), '');
    const hold = findHold(this.#listHolds(logName), 'recordings', day, lastAt);
    return hold && `is missing, though hold ${hold} kept it`;
  }

  /** Beginnings and ends of the holds that are about a log: what permits to erase counts only if it is vouched for. */
  #listHolds(log: string): readonly RetentionEntry[] {
    return this.#said.flatMap((one) => {
      const said = readRetentionEntry(one.entry);
      if (said === undefined || said.kind === 'expire' || !speaksFor(one, log)) return [];
      return said.kind === 'hold' || this.#isVouchedFor(one) ? [said] : [];
    });
  }

  /** What permits to erase does so only if it was said; what forbids it does so in any case. */
  #forgetRefused(log: string, resume: Entry): void {
    const isRefused = readRefused(resume);
    this.#said = this.#said.filter(
      ({ logName, entry }) =>
        entry.kind === 'hold.start' || logName !== log || !isRefused(entry.seq),
    );
  }

  /** Anybody who has the files can write entries that nobody has signed yet. */
  #isVouchedFor({ logName, entry }: Said): boolean {
    return entry.seq < (this.#vouched.get(logName) ?? 0);
  }

  /** Of days that are over. */
  #findExpiries(log: string, of: 'recordings' | 'entries'): readonly Said[] {
    return this.#said.filter((one) => {
      const { kind, at, ...fields } = one.entry;
      const isOver = textOf(fields['day']) < at.slice(0, DAY_LENGTH);
      return kind === 'retention.expire' && fields['of'] === of && isOver && speaksFor(one, log);
    });
  }

  #sessionsOf(logName: string): Map<string, Expected[]> {
    const known = this.#running.get(logName);
    if (known !== undefined) return known;
    const sessions = new Map<string, Expected[]>();
    this.#running.set(logName, sessions);
    return sessions;
  }

  async #compareAll(files: readonly Expected[], isFinished: boolean): Promise<void> {
    for (const expected of files) {
      if (!RECORDING_PATH.test(expected.path)) {
        this.#report(expected, 'is no name of a recording');
        continue;
      }
      let file: FileHandle;
      try {
        file = await openEvidence(path.join(this.#directory, expected.path));
      } catch (error) {
        const reason = complainOfFile(error);
        if (reason === undefined) throw error;
        if (hasCode(error, 'ENOENT')) this.#missing.set(expected.path, expected);
        else this.#report(expected, `cannot be read: ${reason}`);
        continue;
      }
      await using opened = file;
      const problem = await compare(opened, expected.stretches, isFinished);
      if (problem === undefined) this.#compared += 1;
      else this.#report(expected, problem);
    }
  }

  #report({ session, path: file }: Pick<Expected, 'session' | 'path'>, problem: string): void {
    this.#problems.push({ session, path: file, problem });
  }
}

/** What is said of keeping holds for the logs that it names and those of its own gateway. */
function speaksFor({ logName, entry }: Said, log: string): boolean {
  const logs: unknown = entry['logs'];
  return gatewayOf(logName) === gatewayOf(log) || (Array.isArray(logs) && logs.includes(log));
}

/** Whether a track could not be written on, or not all of its digests be entered: then bytes without any may be there. */
function hasFailed(end: Entry): boolean {
  return [end['recording'], end['raw']].some((summary) => fieldsOf(summary)['failed'] === true);
}

function expect(logName: string, session: string, recording: unknown): Expected {
  return { logName, session, path: textOf(recording), stretches: [] };
}

/** Each track's digests name their file; without a name they are of the first. Returns whether there is such a file. */
function note(files: readonly Expected[], { path: name, storedBytes, sha256 }: Entry): boolean {
  const file = name === undefined ? files[0] : files.find((one) => one.path === name);
  const length = Number.isSafeInteger(storedBytes) ? Number(storedBytes) : 0;
  const bytes = length >= 0 && length <= STRETCH_BYTES_MAX ? length : 0;
  file?.stretches.push({ bytes, sha256: textOf(sha256) });
  return file !== undefined;
}

/** What is wrong with a file, for people; undefined if nothing is. */
async function compare(
  file: FileHandle,
  stretches: readonly Stretch[],
  isFinished: boolean,
): Promise<string | undefined> {
  const { size } = await file.stat();
  let offset = 0;
  for (const [index, { bytes, sha256 }] of stretches.entries()) {
    const place = `chunk ${index}, bytes ${offset} to ${offset + bytes}`;
    if (offset + bytes > size) {
      return `${place}: missing; the file ends at byte ${size}, and should have ${stretches.length} chunks`;
    }
    const actual = await digest(file, offset, bytes);
    if (actual !== sha256) {
      const other = stretches.findIndex((stretch) => stretch.sha256 === actual);
      return other === -1 ? `${place}: changed` : `${place}: swapped; it is chunk ${other}`;
    }
    offset += bytes;
  }
  // The header of a recording in which nothing happened stands alone; a crash or a full disk leaves bytes without a digest.
  if (!isFinished || size === offset || stretches.length === 0) return undefined;
  return `bytes ${offset} to ${size}: not known to the ledger`;
}

async function digest(file: FileHandle, start: number, bytes: number): Promise<string> {
  const sha256 = createHash('sha256');
  const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, bytes));
  for (let done = 0; done < bytes; ) {
    const { bytesRead } = await file.read(
      buffer,
      0,
      Math.min(buffer.length, bytes - done),
      start + done,
    );
    if (bytesRead === 0) break;
    sha256.update(buffer.subarray(0, bytesRead));
    done += bytesRead;
  }
  return sha256.digest('hex');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
