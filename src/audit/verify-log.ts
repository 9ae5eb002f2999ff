import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { contentOf } from './content-opener.ts';
import { hashContent } from './content-sealer.ts';
import { decodeEntry, type Entry } from './decode-entry.ts';
import type { KeyChain } from './key-chain.ts';
import { KEY_CHANGES_FILE } from './key-change-file.ts';
import { NOTHING_LASTS } from './lasting-entries.ts';
import { CHECKPOINTS_FILE } from './ledger-layout.ts';
import { countGone, LogState } from './log-state.ts';
import { hashLeaf } from './merkle-frontier.ts';
import { complainOfFile } from './open-evidence.ts';
import { type Claim, type LogTrust, readClaims } from './read-claims.ts';
import { readSegment, type SegmentPart } from './read-segment.ts';
import {
  EXPIRED_RECORD_BYTES,
  parseSegmentFileName,
  type SegmentHeader,
  type WholeFrame,
} from './segment-format.ts';
import type { KnownLog, VerifiedSegments } from './verified-segments.ts';
import type { LogHead } from './verify-heads.ts';
import type { ErasedPart, ExpiredEntries, RetentionEntry } from './verify-retention.ts';
import { findWitnessed, type WitnessedPart, type WitnessTrust } from './verify-witnessed.ts';

/** The first place of a log that is not as it must be. */
export interface LogProblem {
  /** File name within the log's directory. */
  readonly file: string;
  /** Byte offset in that file. */
  readonly offset: number;
  /** Sequence number of the entry at fault, or the first that cannot be vouched for. */
  readonly seq: number;
  readonly what: string;
}

/** What verifying one log found. */
export interface LogReport {
  readonly name: string;
  readonly entries: number;
  readonly segments: number;
  readonly checkpoints: number;
  /** Entries under the last signed checkpoint. Later ones are consistent, but nobody signed them yet. */
  readonly signedEntries: number;
  /** Earliest and latest time of the entries behind those; undefined if there are none. */
  readonly unsigned: readonly [string, string] | undefined;
  /** What those witnesses have seen that whoever verifies believes. Undefined if none was named. */
  readonly witnessed: WitnessedPart | undefined;
  /** Hex root over all entries. */
  readonly root: string;
  readonly firstAt: string | undefined;
  readonly lastAt: string | undefined;
  /** Sessions without an end: still running, or cut off by a crash. No failure. */
  readonly openSessions: readonly string[];
  readonly problem: LogProblem | undefined;
  /** Contents that are gone, by day. */
  readonly erased: readonly ErasedPart[];
  /** Entries of which only the leaf hashes are left, by day. */
  readonly expired: readonly ExpiredEntries[];
  /** What the log says of expiry and of holds. */
  readonly retention: readonly RetentionEntry[];
  /** What the log says of other logs. */
  readonly heads: readonly LogHead[];
  /** Sizes at which the log was signed, with the hex roots that it had there. */
  readonly roots: Readonly<Record<number, string>>;
  /** What a reader should know and that is no failure. */
  readonly notes: readonly string[];
}

/** Thrown to leave the walk at the first bad place. */
class ProblemFound extends Error {
  override readonly name = 'ProblemFound';
  readonly problem: LogProblem;

  constructor(problem: LogProblem) {
    super(problem.what);
    this.problem = problem;
  }
}

/** How to verify a log. */
export interface LogOptions extends LogTrust {
  /** Undefined: the log's key is believed. */
  readonly witnessing: WitnessTrust | undefined;
  /** Called now and then with the number of entries so far. */
  readonly onProgress: ((entries: number) => void) | undefined;
  /** What was walked before. */
  readonly known?: VerifiedSegments | undefined;
}

/** Verifies one log from its first byte to its last. Does not throw for what it finds. */
export async function verifyLog(
  logDirectory: string,
  name: string,
  options: LogOptions,
): Promise<LogReport> {
  const walk = new LogWalk(logDirectory, name, options);
  try {
    await walk.run();
  } catch (error) {
    if (error instanceof ProblemFound) return walk.report(error.problem);
    const reason = complainOfFile(error);
    if (reason === undefined) throw error;
    return walk.report(walk.unreadable(reason));
  }
  return walk.report(undefined);
}

/** One pass over a log; holds what must agree between its records. */
class LogWalk {
  readonly #directory: string;
  readonly #name: string;
  readonly #options: LogOptions;
  #state: LogState = new LogState();
  /** But for those on segments, which are in the state. */
  readonly #notes: string[] = [];
  /** Sizes that were signed, with the hex roots that the tree has there. */
  readonly #roots: Record<number, string> = {};
  #claims: readonly Claim[] = [];
  /** Index of the next claim that the tree has not reached. */
  #nextClaim = 0;
  /** Entries under the largest claim that fits, of those whom whoever verifies believes. */
  #vouchedFor = 0;
  #segmentCount = 0;
  #unsigned: readonly [string, string] | undefined;
  #file = '';
  #header: SegmentHeader | undefined;

  constructor(directory: string, name: string, options: LogOptions) {
    this.#directory = directory;
    this.#name = name;
    this.#options = options;
  }

  get #size(): number {
    return this.#state.frontier.size;
  }

  report(problem: LogProblem | undefined): LogReport {
    const { witnessing } = this.#options;
    const fitting = this.#claims.slice(0, this.#nextClaim);
    const { frontier, firstAt, lastAt, sessions, interrupted, erased, retention } = this.#state;
    return {
      name: this.#name,
      entries: frontier.size,
      segments: this.#segmentCount,
      checkpoints: this.#claims.length,
      signedEntries: fitting.at(-1)?.size ?? 0,
      unsigned: this.#unsigned,
      witnessed: witnessing && findWitnessed(fitting, witnessing),
      root: frontier.root().toString('hex'),
      firstAt,
      lastAt,
      openSessions: [...sessions.keys(), ...interrupted],
      problem,
      erased: [...erased.values()],
      expired: [...this.#state.expired.values()].map((part) => {
        const lasting = this.#state.lasting.get(part.day) ?? NOTHING_LASTS;
        return { ...part, lasting, by: undefined };
      }),
      retention,
      heads: this.#state.heads,
      roots: this.#roots,
      notes: [...this.#notes, ...this.#state.notes],
    };
  }

  /** The file that it was at cannot be read. */
  unreadable(reason: string): LogProblem {
    const file = this.#file === '' ? CHECKPOINTS_FILE : this.#file;
    return { file, offset: 0, seq: this.#size, what: `it cannot be read: ${reason}` };
  }

  async run(): Promise<void> {
    const read = await readClaims(this.#directory, this.#name, this.#options);
    if ('what' in read) this.#found(read.what, read.offset, read.file);
    this.#claims = read.claims;
    if (read.tornBytes > 0)
      this.#notes.push(`${CHECKPOINTS_FILE} ends with ${read.tornBytes} bytes of a cut note`);
    const segments = (await readdir(this.#directory))
      .filter((fileName) => parseSegmentFileName(fileName) !== undefined)
      .toSorted();
    this.#expectRoot(0);
    const { known } = this.#options;
    let place = known?.begin(this.#name);
    for (const [index, file] of segments.entries()) {
      this.#file = file;
      const nextSeq = parseSegmentFileName(segments[index + 1] ?? '');
      if (known !== undefined && place !== undefined)
        place = await known.goOn(place, { file: path.join(this.#directory, file), nextSeq });
      const walked = place === undefined ? undefined : known?.find(place);
      if (walked === undefined || !this.#adopt(walked)) await this.#walkSegment(file, nextSeq);
      if (place !== undefined) known?.add(place, { state: this.#state, roots: this.#roots });
      this.#segmentCount++;
    }
    const missed = this.#claims[this.#nextClaim];
    if (missed !== undefined) {
      const what = `${missed.size} entries were signed, but the log ends after ${this.#size}`;
      this.#found(what, missed.offset, missed.file);
    }
    if (this.#claims.length === 0) this.#notes.push('nothing is signed yet');
    this.#expectAnnounced(read.chain);
  }

  /** Goes on behind a segment that was walked before, if what was signed of it is what it was then. */
  #adopt({ state, roots }: KnownLog): boolean {
    const { size } = state.frontier;
    const next = this.#claims.findIndex((claim) => claim.size > size);
    const until = next === -1 ? this.#claims.length : next;
    const within = this.#claims.slice(this.#nextClaim, until);
    if (!within.every((claim) => roots[claim.size] === claim.root.toString('hex'))) return false;
    this.#state = state.copy();
    for (const claim of within) this.#reach(claim);
    return true;
  }

  /** Each key but the first was announced by an entry that the one before signed. */
  #expectAnnounced(chain: KeyChain): void {
    for (const [index, { last }] of chain.entries()) {
      const next = chain[index + 1];
      if (last === undefined || next === undefined) continue;
      const seq = this.#state.announced.get(next.text);
      if (seq === undefined || seq >= last.size) {
        const place = { file: KEY_CHANGES_FILE, offset: 0, seq: last.size };
        throw new ProblemFound({ ...place, what: 'a key signed that no entry announced' });
      }
    }
    const { key } = this.#options;
    const trusted = chain.findIndex(({ text }) => text === key);
    const before = chain[trusted - 1]?.last?.size;
    if (before === undefined) return;
    this.#notes.push(
      `entries before ${before} were signed by older keys, which only the given one vouches for: that proves no older time`,
    );
  }

  /** @param nextSeq First entry of the segment after this one: what this one has from there on is void. */
  async #walkSegment(file: string, nextSeq: number | undefined): Promise<void> {
    for await (const part of readSegment(path.join(this.#directory, file))) {
      switch (part.kind) {
        case 'header':
          this.#expectHeader(part.header);
          this.#header = part.header;
          break;
        case 'run':
          this.#options.onProgress?.(this.#size);
          for (const frame of part.records) {
            if (this.#size === nextSeq) return this.#noteVoid(file);
            this.#addEntry(part.bytes, frame, part.offset);
          }
          break;
        case 'expired':
          for (const [index, leafHash] of part.leafHashes.entries()) {
            if (this.#size === nextSeq) return this.#noteVoid(file);
            this.#addExpired(leafHash, part.offset + index * EXPIRED_RECORD_BYTES);
          }
          break;
        case 'end':
          return this.#expectEnd(part, nextSeq);
      }
    }
  }

  #expectHeader(header: Extract<SegmentPart, { kind: 'header' }>['header']): void {
    if (header.logName !== this.#name) this.#found(`segment belongs to log ${header.logName}`, 0);
    if (header.firstSeq !== parseSegmentFileName(this.#file)) {
      this.#found(`segment begins with entry ${header.firstSeq}, not what its name says`, 0);
    }
    if (header.firstSeq !== this.#size) {
      const last = header.firstSeq - 1;
      this.#found(`entries ${this.#size} to ${last} are missing before this segment`, 0);
    }
    if (!header.peaks.equals(this.#state.frontier.peaks())) {
      this.#found('entries before this segment are not those that it continues', 0);
    }
  }

  #expectEnd(end: Extract<SegmentPart, { kind: 'end' }>, nextSeq: number | undefined): void {
    const { offset, restBytes, damage } = end;
    if (nextSeq !== undefined) {
      if (this.#size === nextSeq) {
        if (restBytes > 0) this.#noteVoid(this.#file);
        return;
      }
      if (restBytes === 0) {
        this.#found(`entries ${this.#size} to ${nextSeq - 1} are missing`, offset);
      }
      this.#found(`record is damaged: ${damage ?? 'the file ends inside it'}`, offset);
    }
    if (restBytes === 0) return;
    // What a crash cuts was never acknowledged, and so never signed; damage before the end is another thing.
    if (damage !== undefined) this.#found(`record is damaged: ${damage}`, offset);
    this.#state.notes.push(`${this.#file} ends with an unacknowledged tail of ${restBytes} bytes`);
  }

  /** @param runOffset Of `run` in the file. */
  #addEntry(run: Buffer, frame: WholeFrame, runOffset: number): void {
    const offset = runOffset + frame.start;
    const bytes = run.subarray(frame.start, frame.entryEnd);
    const entry = decodeEntry(bytes);
    if (entry === undefined) this.#found('entry is malformed', offset);
    if (entry.seq !== this.#size) {
      this.#found(`entry ${entry.seq} stands where entry ${this.#size} belongs`, offset);
    }
    const leafHash = hashLeaf(bytes);
    this.#expectContent(entry, run, frame, offset);
    const complaint = this.#state.add(entry, leafHash, this.#header?.contentKey.day ?? '');
    if (complaint !== undefined) this.#found(complaint, offset);
    const { at } = entry;
    const [since, until] = this.#unsigned ?? [at, at];
    this.#unsigned = [at < since ? at : since, at > until ? at : until];
    this.#expectRoot(offset);
  }

  /** The hash that is left of an entry: whether that was to be, all logs say together. */
  #addExpired(leafHash: Buffer, offset: number): void {
    if (this.#header?.isThinned !== true) {
      this.#found('an entry is gone from a segment that is not said to lack any', offset);
    }
    const { day } = this.#header.contentKey;
    this.#state.addExpired(leafHash, { day, file: this.#file, offset });
    this.#expectRoot(offset);
  }

  /** Needs no key: the entry holds the hash of the ciphertext. */
  #expectContent({ content, seq }: Entry, run: Buffer, frame: WholeFrame, offset: number): void {
    const stored = contentOf(run, frame);
    if (content === undefined) {
      if (frame.end > frame.entryEnd)
        this.#found('entry has a content of which it does not speak', offset);
      return;
    }
    const { id, day } = this.#header?.contentKey ?? { id: Buffer.alloc(0), day: '' };
    if (stored === undefined) {
      countGone(this.#state.erased, { day, file: this.#file, offset, seq });
    } else if (hashContent(id, stored.offset, stored.bytes) !== content) {
      this.#found('content is not the one that its entry speaks of', offset);
    }
  }

  #expectRoot(offset: number): void {
    for (let claim = this.#claims[this.#nextClaim]; claim?.size === this.#size; ) {
      const root = this.#state.frontier.root();
      if (!root.equals(claim.root)) {
        const from = this.#vouchedFor;
        const what = `entries ${from} to ${claim.size - 1} are not those that were signed (${claim.file})`;
        throw new ProblemFound({ file: this.#file, offset, seq: from, what });
      }
      this.#reach(claim);
      claim = this.#claims[this.#nextClaim];
    }
  }

  #reach({ size, root, cosignedAtMs }: Claim): void {
    this.#roots[size] = root.toString('hex');
    this.#unsigned = undefined;
    // Where witnesses are believed, what only the log's key signed vouches for nothing.
    if (this.#options.witnesses.length === 0 || cosignedAtMs.size > 0) this.#vouchedFor = size;
    this.#nextClaim++;
  }

  #noteVoid(file: string): void {
    this.#state.notes.push(
      `${file} ends with records that the next segment took over after a failure`,
    );
  }

  #found(what: string, offset: number, file: string = this.#file): never {
    throw new ProblemFound({ file, offset, seq: this.#size, what });
  }
}
