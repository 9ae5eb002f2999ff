import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import type { PostgresConnectors } from './connectors.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts';
import { type AccessStores, openStore, type Store } from './open-store.ts';

/** The key that tests encrypt with. */
export const MASTER_KEY: Buffer = Buffer.alloc(32, 7);

/** A store on a server of its own, as two processes see it. */
export interface PrivateStore extends AsyncDisposable {
  readonly server: EmbeddedPostgres;
  readonly store: Store;
  readonly other: Store;
  readonly access: AccessStores;
  readonly otherAccess: AccessStores;
  readonly connectors: PostgresConnectors;
  readonly otherConnectors: PostgresConnectors;
  query(text: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

/** Starts a server and opens its store twice. */
export async function openPrivateStore(): Promise<PrivateStore> {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-store-'));
  const server = await startEmbeddedPostgres(directory);
  const store = await openStore({ connection: server.connection });
  const other = await openStore({ connection: server.connection });
  const { host, port, user, database } = server.connection;
  return {
    server,
    store,
    other,
    access: store.openAccess(MASTER_KEY),
    otherAccess: other.openAccess(MASTER_KEY),
    connectors: store.openConnectors(MASTER_KEY),
    otherConnectors: other.openConnectors(MASTER_KEY),
    async query(text) {
      const client = new Client({ host, port, user, database });
      await client.connect();
      try {
        const { rows } = await client.query<Record<string, unknown>>(text);
        return rows;
      } finally {
        await client.end();
      }
    },
    async [Symbol.asyncDispose]() {
      await store.close();
      await other.close();
      await server.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
