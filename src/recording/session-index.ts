import type { PrincipalId } from '../identity/principal.ts';

/** A session when it starts, as the index keeps it. Holds no statement and no row. */
export interface SessionStart {
  /** Same as in the ledger. */
  readonly id: string;
  /** Which gateway serves it, so that a restart can close what a crash left open. */
  readonly gateway: string;
  readonly principalId: PrincipalId;
  /** For people to read, as it was when the session started. */
  readonly principalName: string;
  readonly target: string;
  /** "" where the target has none. */
  readonly database: string;
  /** The user on an SSH target; "" on others. */
  readonly account: string;
  /** `address:port` of the client. */
  readonly clientAddress: string;
  /** What the client calls itself; anything it likes. */
  readonly applicationName: string;
  /** Milliseconds since the Unix epoch. */
  readonly startedAtMs: number;
  /** Where the recording is, relative to the recordings' directory. Absent when nothing is recorded. */
  readonly recordingPath?: string;
}

export interface SessionEnd {
  /** Milliseconds since the Unix epoch. */
  readonly endedAtMs: number;
  /** Such as `client-closed`, `target-closed`, `idle-timeout`, `gateway-lost`. */
  readonly reason: string;
  readonly operations: number;
  readonly refused: number;
  readonly rows: number;
  readonly bytesSent: number;
  readonly bytesShown: number;
  /** Hex, from the recording's summary. Absent when nothing was recorded. */
  readonly recordingSha256?: string;
}

export interface SessionRecord extends SessionStart {
  /** Absent while the session runs. */
  readonly end?: SessionEnd;
}

export interface SessionFilter {
  readonly principalId?: PrincipalId;
  readonly target?: string;
  /** Milliseconds since the Unix epoch; sessions that started then or later. */
  readonly sinceMs?: number;
  readonly state?: 'live' | 'ended';
  /** Only sessions of this principal or on these targets: what the asker may see. */
  readonly visibleTo?: { readonly principalId: PrincipalId; readonly targets: readonly string[] };
  /** Sessions at most; default 50. */
  readonly limit?: number;
  /** `nextCursor` of the page before. */
  readonly cursor?: string;
}

export interface SessionPage {
  /** Newest first. */
  readonly sessions: readonly SessionRecord[];
  /** Absent on the last page. */
  readonly nextCursor?: string;
}

/**
 * The list of sessions that people look through. The ledger is the proof; this is its table of
 * contents, and may be rebuilt. `store/` provides it; every method rejects if it cannot answer.
 */
export interface SessionIndex {
  start(session: SessionStart): Promise<void>;
  /** Ending a session twice keeps the first end. */
  end(id: string, end: SessionEnd): Promise<void>;
  find(id: string): Promise<SessionRecord | undefined>;
  list(filter: SessionFilter): Promise<SessionPage>;
  /** Those that started or ended at an instant or later, at most 1 000; oldest change first. */
  listChanged(sinceMs: number): Promise<readonly SessionRecord[]>;
  /** Has the gateway that serves a session end it. False when it does not run. */
  requestStop(id: string, nowMs: number): Promise<boolean>;
  /** Sessions of a gateway that are to be ended. */
  listStopRequests(gateway: string): Promise<readonly string[]>;
  /** Closes what a crash of `gateway` left open, as `gateway-lost`. Returns how many there were. */
  endAbandoned(gateway: string, nowMs: number): Promise<number>;
}
