import type { Entry } from './decode-entry.ts';
import { addLasting, LASTING_KINDS, NOTHING_LASTS } from './lasting-entries.ts';
import { MerkleFrontier } from './merkle-frontier.ts';
import { readRefused } from './refused-ranges.ts';
import { type LogHead, readHeads } from './verify-heads.ts';
import {
  type ErasedPart,
  type GonePlace,
  type RetentionEntry,
  readRetentionEntry,
} from './verify-retention.ts';

/** The last entry of a session. */
interface ChainEnd {
  readonly seq: number;
  readonly n: number;
  /** Hex. */
  readonly leafHash: string;
}

/** How a log stands behind some entry: what the verifier keeps of all before it. */
export class LogState {
  frontier: MerkleFrontier = new MerkleFrontier();
  /** Sessions that go on. */
  readonly sessions: Map<string, ChainEnd> = new Map();
  /** Sessions begun before the last `gateway.start`: none of them can go on. */
  readonly interrupted: Set<string> = new Set();
  /** `name+id+key` of keys that entries announced, with the entries' numbers. */
  readonly announced: Map<unknown, number> = new Map();
  readonly heads: LogHead[] = [];
  retention: RetentionEntry[] = [];
  /** By segment. */
  readonly erased: Map<string, ErasedPart> = new Map();
  /** Digests of the entries that stay when others expire, by day; see `addLasting`. */
  readonly lasting: Map<string, string> = new Map();
  /** Entries that expired, by segment. */
  readonly expired: Map<string, ErasedPart> = new Map();
  /** The last entry since a `gateway.start` that expired; -1 for none. */
  #lastExpired = -1;
  readonly notes: string[] = [];
  firstAt: string | undefined;
  lastAt: string | undefined;

  /** Adds the next entry. Returns what is wrong with it. @param leafHash Hex. @param day Of its segment. */
  add(entry: Entry, leafHash: string, day: string): string | undefined {
    const complaint = this.#follow(entry, leafHash);
    if (complaint !== undefined) return complaint;
    const retention = readRetentionEntry(entry);
    if (retention !== undefined) this.retention.push(retention);
    if (entry.kind === 'ledger.resume') this.#forgetRefused(entry);
    this.heads.push(...readHeads(entry));
    const { kind, seq, key, at } = entry;
    if (LASTING_KINDS.has(kind)) {
      this.lasting.set(day, addLasting(this.lasting.get(day) ?? NOTHING_LASTS, leafHash));
    }
    if (kind === 'ledger.key-change') this.announced.set(key, seq);
    this.frontier.append(Buffer.from(leafHash, 'hex'));
    this.firstAt ??= at;
    this.lastAt = at;
    return undefined;
  }

  /** What permits to erase does so only if it was said; what forbids it does so in any case. */
  #forgetRefused(resume: Entry): void {
    const isRefused = readRefused(resume);
    this.retention = this.retention.filter(
      (entry) => entry.kind === 'hold' || !isRefused(entry.seq),
    );
  }

  /** Adds an entry of which only the leaf hash is left. @param place Where, and of which day. */
  addExpired(leafHash: Buffer, place: Omit<GonePlace, 'seq'>): void {
    this.#lastExpired = this.frontier.size;
    countGone(this.expired, { ...place, seq: this.frontier.size });
    this.frontier.append(leafHash);
  }

  /** One that grows apart from this. */
  copy(): LogState {
    const copy = new LogState();
    copy.frontier = new MerkleFrontier(this.frontier.size, this.frontier.peaks());
    for (const [session, end] of this.sessions) copy.sessions.set(session, end);
    for (const session of this.interrupted) copy.interrupted.add(session);
    for (const [key, seq] of this.announced) copy.announced.set(key, seq);
    for (const [file, contents] of this.erased) copy.erased.set(file, contents);
    for (const [file, entries] of this.expired) copy.expired.set(file, entries);
    for (const [day, digest] of this.lasting) copy.lasting.set(day, digest);
    copy.#lastExpired = this.#lastExpired;
    for (const head of this.heads) copy.heads.push(head);
    copy.retention = [...this.retention];
    for (const note of this.notes) copy.notes.push(note);
    copy.firstAt = this.firstAt;
    copy.lastAt = this.lastAt;
    return copy;
  }

  /** Each session counts its entries and chains them, so a gap shows to who has only that session. */
  #follow({ kind, session, seq, n = 0, prev }: Entry, leafHash: string): string | undefined {
    if (kind === 'gateway.start') {
      for (const open of this.sessions.keys()) this.interrupted.add(open);
      this.sessions.clear();
      this.#lastExpired = -1;
    }
    if (session === undefined) return undefined;
    const before = this.sessions.get(session);
    const isNext = n === (before?.n ?? 0) + 1;
    // Entries of the session in between may have expired: then it goes on somewhere behind, and who knows from what.
    const hasGap = n > (before?.n ?? 0) && (before?.seq ?? -1) < this.#lastExpired;
    if (!isNext && !hasGap) {
      return `session ${session} has entry ${n} after ${before?.n ?? 'none'}`;
    }
    if (isNext ? prev !== (before?.leafHash ?? null) : typeof prev !== 'string') {
      return `entry before this one in session ${session} is not the one it was chained to`;
    }
    const isEnd = kind === 'session.end' || kind === 'session.refuse';
    if (isEnd) this.sessions.delete(session);
    else this.sessions.set(session, { seq, n, leafHash });
    return undefined;
  }
}

/** Adds to what is gone from a segment. */
export function countGone(bySegment: Map<string, ErasedPart>, place: GonePlace): void {
  const { file, seq } = place;
  const known = bySegment.get(file);
  const count = (known?.count ?? 0) + 1;
  bySegment.set(file, { ...(known ?? place), lastSeq: seq, count });
}
