import { randomBytes } from 'node:crypto';
import { buildCatalog } from '../../sql/postgres/build-catalog.ts';
import type { Catalog } from '../../sql/postgres/catalog.ts';
import {
  BUILT_IN_CATALOG_SELECT,
  CATALOG_SETTINGS,
  OWN_CATALOG_SELECT,
} from '../../sql/postgres/catalog-queries.ts';
import {
  type CatalogPart,
  decodeCatalogPart,
  findBuiltInVersion,
  hashCatalogRows,
  joinCatalogParts,
  joinHashes,
} from '../../sql/postgres/decode-catalog.ts';
import { readCatalog, readRows, type TextRow } from './catalog-reader.ts';
import type { UpstreamConnection } from './upstream.ts';

/** Readings of what came with the server, when it changes while it is read. */
const ATTEMPTS_MAX = 3;

/**
 * A connection over which the catalog is read, most often once, and as a whole.
 *
 * Who reads again over the same connection reads what came with the server once more, and then only when its version is
 * another; and all else each time, by a statement that the server has planned already. For both it must be one process of the
 * server that answers: what comes through a pooler is read as a whole each time.
 */
export class CatalogConnection {
  readonly #upstream: UpstreamConnection;
  readonly #statement = `sallyport_catalog_${randomBytes(8).toString('hex')}`;
  #hasRead = false;
  #isPrepared: boolean | undefined;
  #builtIn: CatalogPart | undefined;

  constructor(upstream: UpstreamConnection) {
    this.#upstream = upstream;
  }

  get isOpen(): boolean {
    return !this.#upstream.socket.destroyed;
  }

  /**
   * @param known What it was when it was last read: nearly always the answer.
   * @throws {UpstreamError} The connection is not to be used again.
   */
  async read(known?: Catalog): Promise<Catalog> {
    const inParts = this.#hasRead ? await this.#readInParts(known) : undefined;
    this.#hasRead = true;
    return inParts ?? readCatalog(this.#upstream, known);
  }

  close(): void {
    this.#upstream.socket.destroy();
  }

  /** Undefined where the parts are not known to be of one moment. */
  async #readInParts(known: Catalog | undefined): Promise<Catalog | undefined> {
    this.#isPrepared ??= await this.#prepare();
    for (let attempt = 1; this.#isPrepared && attempt <= ATTEMPTS_MAX; attempt++) {
      const rows = await readRows(this.#upstream, `execute ${this.#statement}`);
      const version = findBuiltInVersion(rows);
      if (version === undefined) return undefined;
      const builtIn = await this.#readBuiltIn(version);
      if (builtIn.builtInVersion === version) return join(rows, builtIn, known);
    }
    return undefined;
  }

  /** Whether it is the server itself that answers, which keeps a statement for this connection alone. */
  async #prepare(): Promise<boolean> {
    const { backendKey } = this.#upstream;
    const [row] = await readRows(
      this.#upstream,
      `${CATALOG_SETTINGS}select pg_catalog.pg_backend_pid()`,
    );
    if (row?.[0] !== String(backendKey.processId)) return false;
    await readRows(this.#upstream, `prepare ${this.#statement} as ${OWN_CATALOG_SELECT}`);
    return true;
  }

  /** What is known of it, if it is of that version; else what is there now. */
  async #readBuiltIn(version: string): Promise<CatalogPart> {
    if (this.#builtIn?.builtInVersion === version) return this.#builtIn;
    const part = decodeCatalogPart(await readRows(this.#upstream, BUILT_IN_CATALOG_SELECT));
    this.#builtIn = part.relations.every(isRead) ? part : undefined;
    return part;
  }
}

/** A definition that cannot be read while something is locked can be read later, though nothing has changed then. */
function isRead({ kind, definition }: CatalogPart['relations'][number]): boolean {
  return kind !== 'v' || definition !== undefined;
}

function join(rows: readonly TextRow[], builtIn: CatalogPart, known: Catalog | undefined): Catalog {
  if (known?.version === joinHashes([hashCatalogRows(rows), builtIn.hash])) return known;
  return buildCatalog(joinCatalogParts([decodeCatalogPart(rows), builtIn]));
}
