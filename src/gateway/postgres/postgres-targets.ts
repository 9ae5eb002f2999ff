import { readFile } from 'node:fs/promises';
import { CatalogCache } from '../../protocols/postgres/catalog-cache.ts';
import { readCatalog } from '../../protocols/postgres/catalog-reader.ts';
import {
  cancelUpstream,
  connectUpstream,
  type UpstreamConnection,
  type UpstreamOptions,
} from '../../protocols/postgres/upstream.ts';
import { UpstreamError } from '../../protocols/upstream-error.ts';
import type { Catalog } from '../../sql/postgres/catalog.ts';
import { SecretError } from '../../targets/secret-error.ts';
import type { ResolveSecret } from '../../targets/secret-resolver.ts';
import type { PostgresTarget } from '../../targets/target.ts';
import { logUpstreamUnreachable } from '../../telemetry/events.ts';
import type { Log } from '../../telemetry/log.ts';

/** Milliseconds from the first packet to the target until it is ready. */
const LOGIN_TIMEOUT_MS = 15_000;
/** Milliseconds after which a catalog is read again without anybody asking. */
const CATALOG_AGE_MAX_MS = 30_000;
/** What the gateway calls itself when it asks for itself. */
const OWN_SETTINGS: ReadonlyMap<string, string> = new Map([
  ['application_name', 'sallyport catalog'],
  ['client_encoding', 'UTF8'],
]);

type OnCatalog = (target: PostgresTarget, database: string, catalog: Catalog) => void;

/** Connects to PostgreSQL targets, with credentials that never leave this folder and `upstream.ts`. */
export class PostgresTargets {
  readonly #resolveSecret: ResolveSecret;
  readonly #log: Log;
  readonly #signal: AbortSignal;
  readonly #onCatalog: OnCatalog;
  #catalogs = new Map<string, CatalogCache>();

  /** @param onCatalog Told of each catalog that was read. */
  constructor(
    resolveSecret: ResolveSecret,
    log: Log,
    signal: AbortSignal,
    onCatalog: OnCatalog = () => undefined,
  ) {
    this.#resolveSecret = resolveSecret;
    this.#log = log;
    this.#signal = signal;
    this.#onCatalog = onCatalog;
  }

  /** @throws {UpstreamError} */
  async connect(
    target: PostgresTarget,
    database: string,
    parameters: ReadonlyMap<string, string>,
    signal: AbortSignal,
  ): Promise<UpstreamConnection> {
    const options = await this.#buildOptions(target, database, parameters);
    return connectUpstream(options, signal);
  }

  async cancel(target: PostgresTarget, key: UpstreamConnection['backendKey']): Promise<void> {
    const options = await this.#buildOptions(target, target.database, new Map());
    await cancelUpstream(options, key, this.#signal);
  }

  /** The catalog of a target's database; made at the first session on it. */
  findCatalogs(target: PostgresTarget, database: string): CatalogCache {
    // By everything that is configured: a target that changes is read anew, in its new way.
    const key = JSON.stringify([target, database]);
    let catalogs = this.#catalogs.get(key);
    if (catalogs === undefined) {
      catalogs = new CatalogCache({
        read: (known) => this.#readCatalog(target, database, known),
        onError: (error) => this.#report(target, error),
        nowMs: () => performance.now(),
        ageMaxMs: CATALOG_AGE_MAX_MS,
      });
      this.#catalogs.set(key, catalogs);
    }
    return catalogs;
  }

  /** Forgets the catalogs: the configuration changed, and sessions that run keep what they have. */
  forgetCatalogs(): void {
    this.#catalogs = new Map();
  }

  async #readCatalog(
    target: PostgresTarget,
    database: string,
    known: Catalog | undefined,
  ): Promise<Catalog> {
    const upstream = await this.connect(target, database, OWN_SETTINGS, this.#signal);
    try {
      const catalog = await readCatalog(upstream, known);
      this.#onCatalog(target, database, catalog);
      return catalog;
    } finally {
      upstream.socket.destroy();
    }
  }

  #report({ name }: PostgresTarget, error: unknown): void {
    const code = error instanceof UpstreamError ? error.code : 'ERR_CATALOG';
    logUpstreamUnreachable(this.#log, { target: name, code });
  }

  async #buildOptions(
    target: PostgresTarget,
    database: string,
    parameters: ReadonlyMap<string, string>,
  ): Promise<UpstreamOptions> {
    const { host, port, tls, credential } = target;
    const read = async (reference: string | undefined): Promise<Buffer | undefined> => {
      if (reference === undefined) return undefined;
      return this.#resolveSecret(reference);
    };
    try {
      const password = await read(credential.password);
      const clientCertificate = await read(credential.clientCertificate);
      const clientKey = await read(credential.clientKey);
      const ca = tls.caFile === undefined ? undefined : await readFile(tls.caFile, 'utf8');
      return {
        host,
        port,
        tls: {
          mode: tls.mode,
          ...(ca !== undefined && { ca }),
          ...(tls.serverName !== undefined && { serverName: tls.serverName }),
        },
        user: credential.user,
        database,
        parameters,
        loginTimeoutMs: LOGIN_TIMEOUT_MS,
        ...(password !== undefined && { password: trimLineEnd(password) }),
        ...(clientCertificate !== undefined && { clientCertificate: clientCertificate.toString() }),
        ...(clientKey !== undefined && { clientKey: clientKey.toString() }),
      };
    } catch (cause) {
      const isOurs =
        cause instanceof SecretError || (cause as NodeJS.ErrnoException).code !== undefined;
      if (!isOurs) throw cause;
      throw new UpstreamError('ERR_UPSTREAM_LOGIN', 'its credential cannot be read', { cause });
    }
  }
}

/** Editors end files with a line feed that nobody means to be part of a password. */
function trimLineEnd(secret: Buffer): Buffer {
  let end = secret.length;
  while (end > 0 && (secret[end - 1] === 0x0a || secret[end - 1] === 0x0d)) end -= 1;
  return secret.subarray(0, end);
}
