import type { Side } from '../e2e/environment.ts';
import { type PrivatePostgres, startPrivatePostgres } from '../e2e/private-postgres.ts';
import type { PlantedSchema, World } from './canaries.ts';

/** Two servers with the planted schema, one for each world. */
export interface WorldServers extends AsyncDisposable {
  readonly servers: Readonly<Record<World, PrivatePostgres>>;
  readonly sides: Readonly<Record<World, Side>>;
}

export const LEAKS_DATABASE = 'leaks';

/** Nothing may hang, and nothing may happen by itself in one world and not yet in the other. */
const SETTINGS: Readonly<Record<string, string>> = {
  statement_timeout: '10s',
  lock_timeout: '2s',
  autovacuum: 'off',
  jit: 'off',
  max_prepared_transactions: '5',
  TimeZone: 'UTC',
};

/** Starts both servers. The same statements in the same order give both the same OIDs and transaction numbers. */
export async function startWorlds(
  schema: PlantedSchema,
  version: 'debian' | 'embedded',
): Promise<WorldServers> {
  await using started = new AsyncDisposableStack();
  const start = async (world: World): Promise<PrivatePostgres> => {
    const server = await startPrivatePostgres({ version, settings: SETTINGS });
    started.use(server);
    await server.execute(`CREATE DATABASE ${LEAKS_DATABASE}`);
    await server.execute(schema.sql[world], LEAKS_DATABASE);
    return server;
  };
  const servers = { a: await start('a'), b: await start('b') };
  const cleanUp = started.move();
  return {
    servers,
    sides: { a: sideOf(servers.a), b: sideOf(servers.b) },
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
}

function sideOf({ host, port, superuser }: PrivatePostgres): Side {
  return {
    name: 'direct',
    host,
    port,
    user: superuser,
    password: 'unused',
    database: LEAKS_DATABASE,
    authorityFile: undefined,
  };
}
