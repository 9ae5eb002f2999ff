import { CatalogCache } from '../../protocols/postgres/catalog-cache.ts';
import type { UpstreamConnection } from '../../protocols/postgres/upstream.ts';
import { UpstreamError } from '../../protocols/upstream-error.ts';
import type { Catalog } from '../../sql/postgres/catalog.ts';
import type { PostgresTarget } from '../../targets/target.ts';
import { logUpstreamUnreachable } from '../../telemetry/events.ts';
import type { Log } from '../../telemetry/log.ts';
import {
  type CarriedFor,
  FOR_GATEWAY,
  type PostgresStart,
  type Ways,
} from '../../upstream/ways.ts';
import { CatalogSource } from './catalog-source.ts';

/** Milliseconds after which a catalog is read again without anybody asking. */
const CATALOG_AGE_MAX_MS = 30_000;
/** What the gateway calls itself when it asks for itself. */
const OWN_SETTINGS: ReadonlyMap<string, string> = new Map([
  ['application_name', 'sallyport catalog'],
  ['client_encoding', 'UTF8'],
]);

interface KnownDatabase {
  readonly catalogs: CatalogCache;
  readonly source: CatalogSource;
}

type OnCatalog = (target: PostgresTarget, database: string, catalog: Catalog) => void;

/** Connects to PostgreSQL targets, and knows their catalogs. */
export class PostgresTargets {
  readonly #ways: Ways;
  readonly #log: Log;
  readonly #signal: AbortSignal;
  readonly #onCatalog: OnCatalog;
  #databases = new Map<string, KnownDatabase>();

  /** @param onCatalog Told of each catalog that was read. */
  constructor(ways: Ways, log: Log, signal: AbortSignal, onCatalog: OnCatalog = () => undefined) {
    this.#ways = ways;
    this.#log = log;
    this.#signal = signal;
    this.#onCatalog = onCatalog;
    signal.addEventListener('abort', () => this.forgetCatalogs());
  }

  /** For the gateway itself. @throws {UpstreamError} */
  async connect(
    target: PostgresTarget,
    database: string,
    parameters: ReadonlyMap<string, string>,
    signal: AbortSignal,
  ): Promise<UpstreamConnection> {
    return this.connectFor(FOR_GATEWAY, target, { database, parameters }, signal);
  }

  /** @throws {UpstreamError} */
  async connectFor(
    carriedFor: CarriedFor,
    target: PostgresTarget,
    start: PostgresStart,
    signal: AbortSignal,
  ): Promise<UpstreamConnection> {
    return this.#ways.connectPostgres(target, start, carriedFor, signal);
  }

  async cancel(
    carriedFor: CarriedFor,
    target: PostgresTarget,
    key: UpstreamConnection['backendKey'],
  ): Promise<void> {
    await this.#ways.cancelPostgres(target, key, carriedFor, this.#signal);
  }

  /** The catalog of a target's database; made at the first session on it. */
  findCatalogs(target: PostgresTarget, database: string): CatalogCache {
    // By everything that is configured: a target that changes is read anew, in its new way.
    const key = JSON.stringify([target, database]);
    let known = this.#databases.get(key);
    if (known === undefined) {
      known = this.#open(target, database);
      this.#databases.set(key, known);
    }
    return known.catalogs;
  }

  /** Forgets the catalogs: the configuration changed, and sessions that run keep what they have. */
  forgetCatalogs(): void {
    for (const { source } of this.#databases.values()) source.close();
    this.#databases = new Map();
  }

  #open(target: PostgresTarget, database: string): KnownDatabase {
    const nowMs = (): number => performance.now();
    const source = new CatalogSource({
      connect: () => this.connect(target, database, OWN_SETTINGS, this.#signal),
      nowMs,
    });
    const catalogs = new CatalogCache({
      read: async (known) => {
        const catalog = await source.read(known);
        this.#onCatalog(target, database, catalog);
        return catalog;
      },
      onError: (error) => this.#report(target, error),
      nowMs,
      ageMaxMs: CATALOG_AGE_MAX_MS,
    });
    return { catalogs, source };
  }

  #report({ name }: PostgresTarget, error: unknown): void {
    const code = error instanceof UpstreamError ? error.code : 'ERR_CATALOG';
    logUpstreamUnreachable(this.#log, { target: name, code });
  }
}
