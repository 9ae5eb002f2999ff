import { CatalogConnection } from '../../protocols/postgres/catalog-connection.ts';
import type { UpstreamConnection } from '../../protocols/postgres/upstream.ts';
import { UpstreamError } from '../../protocols/upstream-error.ts';
import type { Catalog } from '../../sql/postgres/catalog.ts';

/**
 * Milliseconds that a connection is kept after a reading. DROP DATABASE and CREATE DATABASE … TEMPLATE wait 5 seconds for the
 * connections of others to end before they fail.
 */
const IDLE_MAX_MS = 2_000;
/** Milliseconds after its login that a connection is not used any more: by then, others would log in with a new secret. */
const AGE_MAX_MS = 30_000;

/** How the catalog of one database is reached. */
export interface CatalogSourceOptions {
  /** Logs in, for the gateway itself. @throws {UpstreamError} */
  readonly connect: () => Promise<UpstreamConnection>;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
}

interface Kept {
  readonly connection: CatalogConnection;
  readonly openedAtMs: number;
}

/** Reads the catalog of one database. Keeps one connection for readings that follow each other, as definitions bring them. */
export class CatalogSource {
  readonly #options: CatalogSourceOptions;
  #kept: Kept | undefined;
  #idle: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: CatalogSourceOptions) {
    this.#options = options;
  }

  /** Not to be called again before it has settled. @throws {UpstreamError} */
  async read(known: Catalog | undefined): Promise<Catalog> {
    const kept = this.#takeKept();
    if (kept !== undefined) {
      try {
        return await this.#readOver(kept, known);
      } catch (error) {
        // It ended meanwhile, or is not what it was. Who has waited in vain already does not wait again.
        if (error instanceof UpstreamError && error.code === 'ERR_UPSTREAM_TIMEOUT') throw error;
      }
    }
    const connection = new CatalogConnection(await this.#options.connect());
    return this.#readOver({ connection, openedAtMs: this.#options.nowMs() }, known);
  }

  /** Keeps no connection from now on: each reading logs in. */
  close(): void {
    this.#isClosed = true;
    this.#takeKept()?.connection.close();
  }

  async #readOver(kept: Kept, known: Catalog | undefined): Promise<Catalog> {
    const { connection } = kept;
    try {
      const catalog = await connection.read(known);
      if (!this.#isClosed && connection.isOpen) this.#keep(kept);
      return catalog;
    } finally {
      if (this.#kept !== kept) connection.close();
    }
  }

  #keep(kept: Kept): void {
    this.#kept = kept;
    this.#idle = setTimeout(() => this.#takeKept()?.connection.close(), IDLE_MAX_MS).unref();
  }

  #takeKept(): Kept | undefined {
    const kept = this.#kept;
    clearTimeout(this.#idle);
    this.#kept = undefined;
    if (kept === undefined) return undefined;
    const isOld = this.#options.nowMs() - kept.openedAtMs >= AGE_MAX_MS;
    if (kept.connection.isOpen && !isOld) return kept;
    kept.connection.close();
    return undefined;
  }
}
