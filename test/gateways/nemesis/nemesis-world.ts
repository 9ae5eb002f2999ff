import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { PrivatePostgres } from '../../e2e/private-postgres.ts';
import { FaultyLink } from '../../faults/matrix/faulty-link.ts';
import { SealedNumbers } from '../../faults/matrix/sealed-numbers.ts';
import { EXECUTED_TABLE } from '../../faults/numbered-statements.ts';
import { DATABASE, type Gateways, type Member, STORE, startGateways } from '../environment.ts';

/** Who runs the statements. */
export const SUBJECT = 'tester';

/** Three gateways on one store, each of which can be killed, stopped and cut off. */
export interface NemesisWorld extends AsyncDisposable {
  readonly members: readonly Member[];
  /** The target's database, which says what it executed. */
  readonly target: PrivatePostgres;
  /** Between each gateway and the store, in their order. */
  readonly storeLinks: readonly FaultyLink[];
  /** Ends all connections to the store from its own side. */
  terminateStoreConnections(): Promise<void>;
  /** Numbers of the statements that any of the ledgers let through, as of now. */
  readSealed(): Promise<ReadonlySet<number>>;
}

export async function startNemesisWorld(): Promise<NemesisWorld> {
  await using started = new AsyncDisposableStack();
  const storeLinks: FaultyLink[] = [];
  const gateways: Gateways = await startGateways({
    gateway: [[['drain'], { announce: '200ms', timeout: '2s' }]],
    target: [[['seal'], 'sealed']],
    storePort: async (_name, port) => {
      const link = started.use(await FaultyLink.open(port));
      storeLinks.push(link);
      return link.port;
    },
  });
  started.use(gateways);
  const { server, members } = gateways;
  const target: PrivatePostgres = {
    ...server,
    execute: (sql) => server.execute(sql, DATABASE),
  };
  await target.execute(EXECUTED_TABLE);
  const ledgers = members.map(
    ({ dataDirectory }) => new SealedNumbers(join(dataDirectory, 'ledger')),
  );
  const cleanUp = started.move();
  return {
    ...{ members, target, storeLinks },
    async terminateStoreConnections() {
      await server.execute(`SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE datname = '${STORE}'`);
    },
    async readSealed() {
      for (const ledger of ledgers) await ledger.readOn();
      return new Set(ledgers.flatMap(({ numbers }) => [...numbers]));
    },
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
}

/** One of them. @param share From 0 to below 1. */
export function pick<Item>(items: readonly Item[], share: number): Item {
  const item = items[Math.floor(share * items.length)];
  assert(item !== undefined, 'there is something to pick from');
  return item;
}
