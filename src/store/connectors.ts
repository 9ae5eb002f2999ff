import type { Pool } from 'pg';
import type {
  ConnectorRecord,
  ConnectorStore,
  EnteredRecords,
  TunnelEnd,
  TunnelFacts,
  TunnelRecord,
  WorkloadRule,
} from '../gateway/connectors/connector-store.ts';
import { sealEarlierRows } from './seal-earlier-rows.ts';
import type { SealedJson } from './sealed-json.ts';
import { transact } from './transact.ts';

interface ConnectorRow {
  readonly id: string;
  readonly name: string;
  readonly created_at: Date;
  readonly created_by: string;
  readonly token_used_at: Date | null;
  /** Null in rows from before there was one. */
  readonly sealed: Buffer | null;
  readonly certificate_expires_at: Date | null;
  readonly seen_at: Date | null;
}

/** How a connector enrols, as the columns say. */
interface EnrolmentRow {
  readonly id: string;
  readonly name: string;
  readonly workload: WorkloadRule | null;
  readonly token_hash: Buffer | null;
  readonly token_expires_at: Date | null;
}

/** How a connector enrols, as it is sealed. */
interface SealedEnrolment {
  readonly name: string;
  readonly workload?: WorkloadRule | undefined;
  readonly token?: { readonly hash: string; readonly expiresAtMs: number } | undefined;
}

interface TunnelRow {
  readonly id: string;
  readonly connector_id: string;
  readonly log: string;
  readonly opened_at: Date;
  readonly facts: TunnelFacts;
}

const COLUMNS = `id, name, created_at, created_by, certificate_expires_at, token_used_at, sealed,
  greatest(detached_at, (select max(t.seen_at) from sallyport.connector_tunnels t
    where t.connector_id = connectors.id)) as seen_at`;
/** Remembers when there last was one of the tunnels that a statement deletes. */
const DETACH = `update sallyport.connectors set detached_at = greatest(detached_at, g.seen_at)
  from (select connector_id, max(seen_at) as seen_at from gone group by connector_id) g
  where connectors.id = g.connector_id`;

/**
 * Connectors and their tunnels in the store's database. By what a connector enrols is sealed, and what is sealed counts: a
 * name, a token or a rule that somebody wrote into the columns enrols nobody.
 */
export class PostgresConnectors implements ConnectorStore {
  readonly #pool: Pool;
  readonly #sealed: SealedJson;

  constructor(pool: Pool, sealed: SealedJson) {
    this.#pool = pool;
    this.#sealed = sealed;
  }

  async add(
    { id, name, createdBy, workload }: Parameters<ConnectorStore['add']>[0],
    token: Parameters<ConnectorStore['add']>[1],
  ): Promise<boolean> {
    const enrolment: SealedEnrolment = {
      name,
      workload,
      token: token && { hash: token.hash.toString('hex'), expiresAtMs: token.expiresAtMs },
    };
    const { rowCount } = await this.#pool.query(
      `insert into sallyport.connectors
         (id, name, created_by, workload, token_hash, token_expires_at, sealed)
       values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`,
      [
        id,
        name,
        createdBy,
        workload === undefined ? null : JSON.stringify(workload),
        token?.hash ?? null,
        token === undefined ? null : new Date(token.expiresAtMs),
        this.#sealed.seal(id, enrolment),
      ],
    );
    return rowCount === 1;
  }

  /** Seals connectors from before there were seals as the columns say. Returns how many there were. */
  sealEarlier(): Promise<number> {
    return sealEarlierRows<EnrolmentRow>(this.#pool, {
      table: 'sallyport.connectors',
      columns: 'id, name, workload, token_hash, token_expires_at',
      seal: (row) => this.#sealed.seal(row.id, toEnrolment(row)),
    });
  }

  async list(): Promise<readonly ConnectorRecord[]> {
    return this.#read(
      `select ${COLUMNS} from sallyport.connectors where removed_at is null order by name`,
      [],
    );
  }

  async find(name: string): Promise<ConnectorRecord | undefined> {
    const [found] = await this.#read(
      `select ${COLUMNS} from sallyport.connectors where removed_at is null and name = $1`,
      [name],
    );
    return found;
  }

  useToken(name: string, hash: Buffer, nowMs: number): Promise<ConnectorRecord | undefined> {
    return transact(this.#pool, async (client) => {
      // Of two that come with the same token at once, the second waits, and finds it used.
      const { rows } = await client.query<ConnectorRow>(
        `select ${COLUMNS} from sallyport.connectors
         where removed_at is null and name = $1 and token_hash = $2 and token_used_at is null
         for update`,
        [name, hash],
      );
      const token = rows[0] && this.#findEnrolment(rows[0])?.token;
      if (rows[0] === undefined || token === undefined) return undefined;
      if (token.hash !== hash.toString('hex') || token.expiresAtMs <= nowMs) return undefined;
      const usedAt = new Date(nowMs);
      await client.query('update sallyport.connectors set token_used_at = $2 where id = $1', [
        rows[0].id,
        usedAt,
      ]);
      return this.#toRecord({ ...rows[0], token_used_at: usedAt });
    });
  }

  async noteCertificate(id: string, expiresAtMs: number): Promise<boolean> {
    const { rowCount } = await this.#pool.query(
      `update sallyport.connectors
       set certificate_expires_at = greatest(certificate_expires_at, $2)
       where id = $1 and removed_at is null`,
      [id, new Date(expiresAtMs)],
    );
    return rowCount === 1;
  }

  async remove(id: string): Promise<boolean> {
    const { rowCount } = await this.#pool.query(
      'update sallyport.connectors set removed_at = now() where id = $1 and removed_at is null',
      [id],
    );
    return rowCount === 1;
  }

  async noteTunnels(
    { log, gateway, nowMs }: TunnelEnd,
    tunnels: readonly TunnelRecord[],
  ): Promise<void> {
    await this.#pool.query(
      `with own as (
         insert into sallyport.tunnel_ends (log, gateway, seen_at) values ($1, $7, $6)
         on conflict (log) do update set gateway = excluded.gateway, seen_at = excluded.seen_at),
       gone as (
         delete from sallyport.connector_tunnels where log = $1 and not (id = any ($2::uuid[]))
         returning connector_id, seen_at),
       detached as (${DETACH})
       insert into sallyport.connector_tunnels (id, connector_id, log, opened_at, seen_at, facts)
       select id, connector_id, $1, opened_at, $6, facts
       from unnest($2::uuid[], $3::uuid[], $4::timestamptz[], $5::jsonb[])
         as t (id, connector_id, opened_at, facts)
       on conflict (id) do update set seen_at = excluded.seen_at, facts = excluded.facts`,
      [
        log,
        tunnels.map(({ id }) => id),
        tunnels.map(({ connectorId }) => connectorId),
        tunnels.map(({ openedAtMs }) => new Date(openedAtMs)),
        tunnels.map(({ facts }) => JSON.stringify(facts)),
        new Date(nowMs),
        gateway,
      ],
    );
  }

  async listEnds(gateway: string, seenSinceMs: number): Promise<readonly string[]> {
    const { rows } = await this.#pool.query<{ readonly log: string }>(
      'select log from sallyport.tunnel_ends where gateway = $1 and seen_at >= $2 order by log',
      [gateway, new Date(seenSinceMs)],
    );
    return rows.map(({ log }) => log);
  }

  async forgetEnd(log: string): Promise<void> {
    await this.#pool.query(
      `with gone as (
         delete from sallyport.connector_tunnels where log = $1 returning connector_id, seen_at),
       detached as (${DETACH})
       delete from sallyport.tunnel_ends where log = $1`,
      [log],
    );
  }

  async listTunnels(seenSinceMs: number): Promise<readonly TunnelRecord[]> {
    const { rows } = await this.#pool.query<TunnelRow>(
      `select id, connector_id, log, opened_at, facts from sallyport.connector_tunnels
       where seen_at >= $1 order by opened_at, id`,
      [new Date(seenSinceMs)],
    );
    return rows.map(({ id, connector_id, log, opened_at, facts }) => ({
      ...{ id, connectorId: connector_id, log, facts },
      openedAtMs: opened_at.getTime(),
    }));
  }

  async findEntered(id: string, process: string): Promise<EnteredRecords | undefined> {
    const { rows } = await this.#pool.query<{
      readonly sequence: string;
      readonly digest: string;
    }>(
      `select sequence, digest from sallyport.connector_records
       where connector_id = $1 and process = $2`,
      [id, process],
    );
    return rows[0] && { sequence: Number(rows[0].sequence), digest: rows[0].digest };
  }

  async noteEntered(
    id: string,
    process: string,
    { sequence, digest }: EnteredRecords,
  ): Promise<void> {
    await this.#pool.query(
      `insert into sallyport.connector_records as kept (connector_id, process, sequence, digest)
       values ($1, $2, $3, $4)
       on conflict (connector_id, process) do update
       set sequence = excluded.sequence, digest = excluded.digest, entered_at = now()
       where kept.sequence < excluded.sequence`,
      [id, process, sequence, digest],
    );
  }

  async #read(sql: string, values: readonly unknown[]): Promise<readonly ConnectorRecord[]> {
    const { rows } = await this.#pool.query<ConnectorRow>(sql, [...values]);
    return rows.map((row) => this.#toRecord(row));
  }

  #toRecord(row: ConnectorRow): ConnectorRecord {
    const { workload, token } = this.#findEnrolment(row) ?? {};
    return {
      id: row.id,
      name: row.name,
      createdAtMs: row.created_at.getTime(),
      createdBy: row.created_by,
      workload,
      tokenExpiresAtMs: row.token_used_at === null ? token?.expiresAtMs : undefined,
      certificateExpiresAtMs: row.certificate_expires_at?.getTime(),
      seenAtMs: row.seen_at?.getTime(),
    };
  }

  /** Undefined where no gateway with the key wrote it, or for another name: such a connector enrols by nothing. */
  #findEnrolment({ id, name, sealed }: ConnectorRow): SealedEnrolment | undefined {
    if (sealed === null) return undefined;
    const open = (): SealedEnrolment => this.#sealed.open(id, sealed) as SealedEnrolment;
    const [enrolment] = this.#sealed.openAll([sealed], open);
    return enrolment?.name === name ? enrolment : undefined;
  }
}

function toEnrolment(row: EnrolmentRow): SealedEnrolment {
  const { name, workload, token_hash: hash, token_expires_at: expiresAt } = row;
  return {
    name,
    ...(workload !== null && { workload }),
    ...(hash !== null &&
      expiresAt !== null && {
        token: { hash: hash.toString('hex'), expiresAtMs: expiresAt.getTime() },
      }),
  };
}
