import type { Pool } from 'pg';
import type { PrincipalId } from '../identity/principal.ts';
import type {
  SessionEnd,
  SessionFilter,
  SessionIndex,
  SessionPage,
  SessionRecord,
  SessionStart,
} from '../recording/session-index.ts';
import { sealEarlierRows } from './seal-earlier-rows.ts';
import type { SealedJson } from './sealed-json.ts';

/** As it was when it started. */
interface StartRow {
  readonly id: string;
  readonly gateway: string;
  readonly principal_id: PrincipalId;
  readonly principal_name: string;
  readonly target: string;
  readonly database: string;
  readonly account: string;
  readonly client_address: string;
  readonly application_name: string;
  readonly started_at: Date;
  readonly recording_path: string | null;
}

interface SessionRow {
  readonly id: string;
  readonly started_at: Date;
  /** Null in rows from before there was one. */
  readonly sealed: Buffer | null;
  readonly ended_at: Date | null;
  readonly ended_reason: string | null;
  /** bigint columns arrive as text. */
  readonly operations: string | null;
  readonly refused: string | null;
  readonly rows_shown: string | null;
  readonly bytes_sent: string | null;
  readonly bytes_shown: string | null;
  readonly recording_sha256: string | null;
}

const START_COLUMNS = `id, gateway, principal_id, principal_name, target, database, account, client_address, application_name,
  started_at, recording_path`;

const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 1_000;

/**
 * The session index in the store's database. What a session was when it started is sealed, and what is sealed counts: by whose
 * it is, on which target, it is decided who may watch it. The columns are for searching, and say how it ended.
 */
export class PostgresSessionIndex implements SessionIndex {
  readonly #pool: Pool;
  readonly #sealed: SealedJson;

  constructor(pool: Pool, sealed: SealedJson) {
    this.#pool = pool;
    this.#sealed = sealed;
  }

  async start(started: SessionStart): Promise<void> {
    const session: SessionStart = {
      ...started,
      principalName: toStorable(started.principalName),
      database: toStorable(started.database),
      applicationName: toStorable(started.applicationName),
    };
    await this.#pool.query(
      `insert into sallyport.sessions (id, gateway, principal_id, principal_name, target, database,
         account, client_address, application_name, started_at, recording_path, sealed)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
      [
        session.id,
        session.gateway,
        session.principalId,
        session.principalName,
        session.target,
        session.database,
        session.account,
        session.clientAddress,
        session.applicationName,
        new Date(session.startedAtMs),
        session.recordingPath ?? null,
        this.#sealed.seal(session.id, session),
      ],
    );
  }

  async end(id: string, end: SessionEnd): Promise<void> {
    await this.#pool.query(
      `update sallyport.sessions set ended_at = $2, ended_reason = $3, operations = $4, refused = $5,
         rows_shown = $6, bytes_sent = $7, bytes_shown = $8, recording_sha256 = $9
       where id = $1 and ended_at is null`,
      [
        id,
        new Date(end.endedAtMs),
        end.reason,
        end.operations,
        end.refused,
        end.rows,
        end.bytesSent,
        end.bytesShown,
        end.recordingSha256 ?? null,
      ],
    );
  }

  async find(id: string): Promise<SessionRecord | undefined> {
    const { rows } = await this.#pool.query<SessionRow>(
      'select * from sallyport.sessions where id = $1',
      [id],
    );
    return this.#toRecords(rows)[0];
  }

  async list(filter: SessionFilter): Promise<SessionPage> {
    const limit = Math.min(Math.max(filter.limit ?? LIMIT_DEFAULT, 1), LIMIT_MAX);
    const after = decodeCursor(filter.cursor);
    const { rows } = await this.#pool.query<SessionRow>(
      `select * from sallyport.sessions
       where ($1::text is null or principal_id = $1)
         and ($2::text is null or target = $2)
         and ($3::timestamptz is null or started_at >= $3)
         and ($4::text is null or principal_id = $4 or target = any ($5::text[]))
         and ($6::timestamptz is null or (started_at, id) < ($6, $7))
         and ($9::boolean is null or (ended_at is null) = $9)
       order by started_at desc, id desc
       limit $8`,
      [
        filter.principalId ?? null,
        filter.target ?? null,
        filter.sinceMs === undefined ? null : new Date(filter.sinceMs),
        filter.visibleTo?.principalId ?? null,
        filter.visibleTo?.targets ?? [],
        after === undefined ? null : new Date(after.startedAtMs),
        after?.id ?? null,
        limit + 1,
        filter.state === undefined ? null : filter.state === 'live',
      ],
    );
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    const more = rows.length > limit && last !== undefined;
    return { sessions: this.#toRecords(shown), ...(more && { nextCursor: encodeCursor(last) }) };
  }

  async listChanged(sinceMs: number): Promise<readonly SessionRecord[]> {
    const { rows } = await this.#pool.query<SessionRow>(
      `select * from sallyport.sessions where started_at >= $1 or ended_at >= $1
       order by coalesce(ended_at, started_at) limit ${LIMIT_MAX}`,
      [new Date(sinceMs)],
    );
    return this.#toRecords(rows);
  }

  async requestStop(id: string, nowMs: number): Promise<boolean> {
    const { rowCount } = await this.#pool.query(
      `update sallyport.sessions set stop_requested_at = coalesce(stop_requested_at, $2)
       where id = $1 and ended_at is null`,
      [id, new Date(nowMs)],
    );
    return rowCount === 1;
  }

  async listStopRequests(gateway: string): Promise<readonly string[]> {
    const { rows } = await this.#pool.query<{ readonly id: string }>(
      `select id from sallyport.sessions
       where gateway = $1 and ended_at is null and stop_requested_at is not null`,
      [gateway],
    );
    return rows.map(({ id }) => id);
  }

  async endAbandoned(gateway: string, nowMs: number): Promise<number> {
    const { rowCount } = await this.#pool.query(
      `update sallyport.sessions set ended_at = $2, ended_reason = 'gateway-lost'
       where gateway = $1 and ended_at is null`,
      [gateway, new Date(nowMs)],
    );
    return rowCount ?? 0;
  }

  /** Seals sessions from before there were seals as the columns say. Returns how many there were. */
  sealEarlier(): Promise<number> {
    return sealEarlierRows<StartRow>(this.#pool, {
      ...{ table: 'sallyport.sessions', columns: START_COLUMNS },
      seal: (row) => this.#sealed.seal(row.id, toStart(row)),
    });
  }

  /** Leaves out what no gateway with the key wrote, and rows from before there were seals. */
  #toRecords(rows: readonly SessionRow[]): readonly SessionRecord[] {
    const withSeal = rows.flatMap((row) => (row.sealed ? [{ row, sealed: row.sealed }] : []));
    return this.#sealed.openAll(withSeal, ({ row, sealed }) => {
      const start = this.#sealed.open(row.id, sealed) as SessionStart;
      return { ...start, ...(row.ended_at !== null && { end: toEnd(row, row.ended_at) }) };
    });
  }
}

function toStart(row: StartRow): SessionStart {
  return {
    id: row.id,
    gateway: row.gateway,
    principalId: row.principal_id,
    principalName: row.principal_name,
    target: row.target,
    database: row.database,
    account: row.account,
    clientAddress: row.client_address,
    applicationName: row.application_name,
    startedAtMs: row.started_at.getTime(),
    ...(row.recording_path !== null && { recordingPath: row.recording_path }),
  };
}

/** PostgreSQL's text cannot hold a zero byte; a client must not keep its session out of the list by one. */
function toStorable(text: string): string {
  return text.replaceAll('\0', '\u{fffd}');
}

interface Cursor {
  readonly startedAtMs: number;
  readonly id: string;
}

function encodeCursor({ started_at: startedAt, id }: SessionRow): string {
  return `${startedAt.getTime()}.${id}`;
}

/** A cursor that is none starts from the newest: it is a place in a list, not a permission. */
function decodeCursor(cursor: string | undefined): Cursor | undefined {
  const match = /^(\d{1,15})\.(.+)$/.exec(cursor ?? '');
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  return { startedAtMs: Number(match[1]), id: match[2] };
}

function toEnd(row: SessionRow, endedAt: Date): SessionEnd {
  return {
    endedAtMs: endedAt.getTime(),
    reason: row.ended_reason ?? '',
    operations: Number(row.operations ?? 0),
    refused: Number(row.refused ?? 0),
    rows: Number(row.rows_shown ?? 0),
    bytesSent: Number(row.bytes_sent ?? 0),
    bytesShown: Number(row.bytes_shown ?? 0),
    ...(row.recording_sha256 !== null && { recordingSha256: row.recording_sha256 }),
  };
}
