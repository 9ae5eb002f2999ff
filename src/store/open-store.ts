import { Client, type ClientConfig, Pool } from 'pg';
import type {
  AccessRequestStore,
  DelegationStore,
  GrantStore,
  PeopleStore,
} from '../access/access-store.ts';
import type { DeliveryStore } from '../access/delivery.ts';
import type { CursorStore } from '../exports/cursor-store.ts';
import type { TunnelKeyStore } from '../gateway/connectors/tunnel-authority.ts';
import type { ProcessStore } from '../gateway/process-beat.ts';
import type { BrowserSignInStore, OnceOnlyStore } from '../identity/browser-sign-in.ts';
import type { SshKeyStore } from '../identity/ssh/ssh-key-store.ts';
import type { TokenStore } from '../identity/token-store.ts';
import type { PseudonymStorage } from '../masking/vault/seal-pseudonym.ts';
import type { TokenStorage } from '../masking/vault/token-vault.ts';
import type { AlertStore } from '../signals/alert-store.ts';
import { PostgresAccessRequests } from './access-requests.ts';
import { PostgresAlerts } from './alerts.ts';
import { Announcements } from './announcements.ts';
import { PostgresConfigurations } from './configurations.ts';
import { PostgresConnectors } from './connectors.ts';
import { PostgresDelegations } from './delegations.ts';
import { Deletions } from './deletions.ts';
import { PostgresDeliveries } from './deliveries.ts';
import type { EmbeddedConnection } from './embedded-postgres.ts';
import { PostgresExportCursors } from './export-cursors.ts';
import { PostgresGatewayProcesses } from './gateway-processes.ts';
import { PostgresGateways } from './gateways.ts';
import { PostgresGrants } from './grants.ts';
import { PostgresIdempotencyStore } from './idempotency.ts';
import { LedgerLogRegistry } from './ledger-logs.ts';
import { type Migration, migrate, readMigrations } from './migrate.ts';
import { PostgresOwnKeys } from './own-keys.ts';
import { PostgresPeople } from './people.ts';
import { PostgresPseudonymSpending } from './pseudonym-spending.ts';
import { PostgresPseudonyms } from './pseudonyms.ts';
import { SealedJson } from './sealed-json.ts';
import { PostgresSessionIndex } from './sessions.ts';
import { PostgresOnceOnlyStore, PostgresSignInStore } from './sign-ins.ts';
import { StoreError } from './store-error.ts';
import { PostgresTokenStore } from './tokens.ts';
import { PostgresTokenStorage } from './vault-tokens.ts';
import { countWaiting, type WaitingCounts } from './waiting-counts.ts';

/** Where the store's database is. */
export type StoreConnection =
  /** A server of `startEmbeddedPostgres`; workers get it from the process that started it. */
  | EmbeddedConnection
  /** A server that somebody else runs. The string is a secret: it is read from one, and never shown. */
  | { readonly kind: 'external'; readonly connectionString: string };

export interface StoreOptions {
  readonly connection: StoreConnection;
  /** Connections of this process at most. Default 8. */
  readonly connectionsMax?: number;
  /** Called when an idle connection breaks; the pool replaces it by itself. Default: ignored. */
  readonly onConnectionLost?: (error: Error) => void;
  /** Default: those of this version. */
  readonly migrations?: readonly Migration[];
}

/** The database behind the ports that the domain declares. */
export interface Store extends AsyncDisposable {
  readonly tokens: TokenStore;
  readonly logs: LedgerLogRegistry;
  /** Which gateways there are. */
  readonly gateways: PostgresGateways;
  /** Which processes of gateways there are. */
  readonly gatewayProcesses: ProcessStore;
  readonly signIns: BrowserSignInStore;
  /** Messages to channels. */
  readonly alerts: AlertStore;
  readonly deliveries: DeliveryStore;
  /** How far the exports of the ledger are. */
  readonly exportCursors: CursorStore;
  readonly onceOnly: OnceOnlyStore;
  readonly deletions: Deletions;
  readonly vaultTokens: TokenStorage;
  readonly pseudonyms: PseudonymStorage;
  readonly pseudonymSpending: PostgresPseudonymSpending;
  /** What other processes and gateways on this store change; silent until it is opened. */
  readonly announcements: Announcements;
  /**
   * @param masterKey 32 bytes, of which the keys derive that requests, grants and delegations are encrypted with.
   * @param onUnreadable Told of what lists leave out. Default: ignored.
   */
  openAccess(masterKey: Buffer, onUnreadable?: (error: Error) => void): AccessStores;
  /** @param masterKey As for {@link openAccess}: the gateway's own keys for SSH are sealed with it. */
  openSshKeys(masterKey: Buffer): SshKeyStore;
  /**
   * @param masterKey As for {@link openAccess}: answers to requests that are done once are sealed with it.
   * @param onUnreadable Told of answers that cannot be read. Default: ignored.
   */
  openIdempotency(
    masterKey: Buffer,
    onUnreadable?: (error: Error) => void,
  ): PostgresIdempotencyStore;
  /** @param masterKey As for {@link openAccess}: the key of the authority of tunnels is sealed with it. */
  openTunnelKeys(masterKey: Buffer): TunnelKeyStore;
  /**
   * @param masterKey As for {@link openAccess}: whose sessions are is sealed with it.
   * @param onUnreadable Told of what is left out. Default: ignored.
   */
  openSessions(masterKey: Buffer, onUnreadable?: (error: Error) => void): PostgresSessionIndex;
  /**
   * Who may begin tunnels, and who has.
   *
   * @param masterKey As for {@link openAccess}: by what connectors enrol is sealed with it.
   * @param onUnreadable Told of connectors by whose rows nobody can enrol. Default: ignored.
   */
  openConnectors(masterKey: Buffer, onUnreadable?: (error: Error) => void): PostgresConnectors;
  /** @param masterKey As for {@link openAccess}: the configuration that gateways share is sealed with it. */
  openConfigurations(masterKey: Buffer): PostgresConfigurations;
  /** What waits for people. */
  countWaiting(): Promise<WaitingCounts>;
  /** Whether the database answers, and takes what is written; never rejects. */
  isReady(): Promise<boolean>;
  /** Gives all connections back. Does not stop an embedded server. */
  close(): Promise<void>;
}

/** Where it is kept who asked for what, and was granted what. */
export interface AccessStores {
  readonly requests: AccessRequestStore;
  readonly grants: GrantStore;
  readonly delegations: DelegationStore;
  readonly people: PeopleStore;
}

const CONNECTIONS_DEFAULT = 8;
/** Milliseconds. Nothing that the store is asked may hold up a session for longer. */
const STATEMENT_TIMEOUT_MS = 10_000;
/** Milliseconds until a server is given up that does not even say that it took too long: it, or the way to it, is gone. */
const SILENCE_TIMEOUT_MS = STATEMENT_TIMEOUT_MS + 2_000;
/** Milliseconds. */
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Connects to the store and brings its schema up to date.
 *
 * @throws {StoreError} If the database cannot be reached or migrated.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const pool = new Pool({
    ...toClientConfig(options.connection),
    max: options.connectionsMax ?? CONNECTIONS_DEFAULT,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: SILENCE_TIMEOUT_MS,
    application_name: 'sallyport',
    allowExitOnIdle: true,
  });
  pool.on('error', (error) => options.onConnectionLost?.(error));
  // Of a connection in use nobody else listens, and an error that nobody hears ends the process; its query rejects by itself.
  pool.on('connect', (client) => client.on('error', () => undefined));
  try {
    await bringUpToDate(options);
  } catch (cause) {
    await pool.end();
    if (cause instanceof StoreError) throw cause;
    throw new StoreError(`Cannot open the store: ${describe(cause)}`, { cause });
  }
  const announcements = new Announcements(toClientConfig(options.connection), (error) =>
    options.onConnectionLost?.(error),
  );
  const close = async (): Promise<void> => {
    await announcements[Symbol.asyncDispose]();
    await pool.end();
  };
  return {
    tokens: new PostgresTokenStore(pool),
    logs: new LedgerLogRegistry(pool),
    gateways: new PostgresGateways(pool),
    gatewayProcesses: new PostgresGatewayProcesses(pool),
    signIns: new PostgresSignInStore(pool),
    alerts: new PostgresAlerts(pool),
    deliveries: new PostgresDeliveries(pool),
    exportCursors: new PostgresExportCursors(pool),
    onceOnly: new PostgresOnceOnlyStore(pool),
    deletions: new Deletions(pool),
    vaultTokens: new PostgresTokenStorage(pool),
    pseudonyms: new PostgresPseudonyms(pool),
    pseudonymSpending: new PostgresPseudonymSpending(pool),
    announcements,
    openAccess: (masterKey, onUnreadable) => openAccess(pool, masterKey, onUnreadable),
    openSshKeys: (masterKey) => new PostgresOwnKeys(pool, new SealedJson(masterKey, 'ssh key')),
    openTunnelKeys: (masterKey) =>
      new PostgresOwnKeys(pool, new SealedJson(masterKey, 'tunnel key')),
    openIdempotency: (masterKey, onUnreadable) =>
      new PostgresIdempotencyStore(pool, new SealedJson(masterKey, 'answer', onUnreadable)),
    openSessions: (masterKey, onUnreadable) =>
      new PostgresSessionIndex(pool, new SealedJson(masterKey, 'session', onUnreadable)),
    openConnectors: (masterKey, onUnreadable) =>
      new PostgresConnectors(pool, new SealedJson(masterKey, 'connector', onUnreadable)),
    openConfigurations: (masterKey) =>
      new PostgresConfigurations(pool, new SealedJson(masterKey, 'configuration')),
    countWaiting: () => countWaiting(pool),
    isReady: () => isReady(pool),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** On a connection of its own: a step takes the time that it takes, and so does waiting for another gateway that makes it. */
async function bringUpToDate({ connection, migrations }: StoreOptions): Promise<void> {
  const client = new Client({
    ...toClientConfig(connection),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'sallyport',
    // Nothing else finds out that the server is gone.
    keepAlive: true,
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    // Databases and roles can have limits of their own.
    for (const limit of ['statement_timeout', 'lock_timeout']) {
      await client.query('select set_config($1, $2, false)', [limit, '0']);
    }
    await migrate(client, migrations ?? readMigrations());
  } finally {
    await client.end();
  }
}

function openAccess(
  pool: Pool,
  masterKey: Buffer,
  onUnreadable?: (error: Error) => void,
): AccessStores {
  const sealedFor = (purpose: string): SealedJson =>
    new SealedJson(masterKey, purpose, onUnreadable);
  const grants = sealedFor('grant');
  return {
    requests: new PostgresAccessRequests(pool, sealedFor('access request'), grants),
    grants: new PostgresGrants(pool, grants),
    delegations: new PostgresDelegations(pool, sealedFor('delegation')),
    people: new PostgresPeople(pool, sealedFor('person')),
  };
}

function toClientConfig(connection: StoreConnection): ClientConfig {
  if (connection.kind === 'external') return { connectionString: connection.connectionString };
  const { host, port, user, database } = connection;
  // Said, not left to libpq's environment variables (PGSSLMODE): a Unix socket has no TLS.
  return { host, port, user, database, ssl: false };
}

async function isReady(pool: Pool): Promise<boolean> {
  try {
    // A standby, or a server that an administrator keeps from writing, answers and takes nothing.
    const { rows } = await pool.query<{ writable: boolean }>(
      "select current_setting('transaction_read_only') = 'off' as writable",
    );
    return rows[0]?.writable === true;
  } catch {
    return false; // Why is logged where the store is used; here only whether it answers counts.
  }
}

/** The error's code only: messages of drivers quote host and user names of the connection string. */
function describe(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? `the database answers ${code}` : 'the database does not answer';
}
