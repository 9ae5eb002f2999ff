import type { Entry } from './decode-entry.ts';
import { MerkleFrontier } from './merkle-frontier.ts';
import { type LogHead, readHeads } from './verify-heads.ts';
import {
  type ErasedContents,
  type RetentionEntry,
  readRetentionEntry,
} from './verify-retention.ts';

/** The last entry of a session. */
interface ChainEnd {
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
  readonly retention: RetentionEntry[] = [];
  /** By day. */
  readonly erased: Map<string, ErasedContents> = new Map();
  readonly notes: string[] = [];
  firstAt: string | undefined;
  lastAt: string | undefined;

  /** Adds the next entry. Returns what is wrong with it. @param leafHash Hex. */
  add(entry: Entry, leafHash: string): string | undefined {
    const complaint = this.#follow(entry, leafHash);
    if (complaint !== undefined) return complaint;
    const retention = readRetentionEntry(entry);
    if (retention !== undefined) this.retention.push(retention);
    this.heads.push(...readHeads(entry));
    const { kind, seq, key, at } = entry;
    if (kind === 'ledger.key-change') this.announced.set(key, seq);
    this.frontier.append(Buffer.from(leafHash, 'hex'));
    this.firstAt ??= at;
    this.lastAt = at;
    return undefined;
  }

  /** One that grows apart from this. */
  copy(): LogState {
    const copy = new LogState();
    copy.frontier = new MerkleFrontier(this.frontier.size, this.frontier.peaks());
    for (const [session, end] of this.sessions) copy.sessions.set(session, end);
    for (const session of this.interrupted) copy.interrupted.add(session);
    for (const [key, seq] of this.announced) copy.announced.set(key, seq);
    for (const [day, contents] of this.erased) copy.erased.set(day, contents);
    copy.heads.push(...this.heads);
    copy.retention.push(...this.retention);
    copy.notes.push(...this.notes);
    copy.firstAt = this.firstAt;
    copy.lastAt = this.lastAt;
    return copy;
  }

  /** Each session counts its entries and chains them, so a gap shows to who has only that session. */
  #follow({ kind, session, n, prev }: Entry, leafHash: string): string | undefined {
    if (kind === 'gateway.start') {
      for (const open of this.sessions.keys()) this.interrupted.add(open);
      this.sessions.clear();
    }
    if (session === undefined) return undefined;
    const before = this.sessions.get(session);
    if (n !== (before?.n ?? 0) + 1) {
      return `session ${session} has entry ${n} after ${before?.n ?? 'none'}`;
    }
    if (prev !== (before?.leafHash ?? null)) {
      return `entry before this one in session ${session} is not the one it was chained to`;
    }
    const isEnd = kind === 'session.end' || kind === 'session.refuse';
    if (isEnd) this.sessions.delete(session);
    else this.sessions.set(session, { n: n ?? 0, leafHash });
    return undefined;
  }
}
