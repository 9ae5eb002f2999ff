import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from '../../../demo/find-free-port.ts';
import type { GatewayProcess } from '../../../demo/start-gateway.ts';
import type { Side } from '../../e2e/environment.ts';
import type { PrivatePostgres } from '../../e2e/private-postgres.ts';
import { FaultyLink } from '../../faults/matrix/faulty-link.ts';
import { SealedNumbers } from '../../faults/matrix/sealed-numbers.ts';
import { EXECUTED_TABLE } from '../../faults/numbered-statements.ts';
import { openWallClock, type WallClock } from '../../faults/wall-clock.ts';
import {
  DATABASE,
  type Gateways,
  type Member,
  type OwnOptions,
  STORE,
  startGateways,
  TARGET,
} from '../environment.ts';
import { CONNECTORS, type NemesisConnector, startNemesisConnector } from './nemesis-connector.ts';

/** Who runs the statements. */
export const SUBJECT = 'tester';
/** Carried as bytes: the gateway has the credential. `TARGET` has its at the connectors. */
const RELAYED = 'relayed';
/** Where nobody is (RFC 5737): the way to the targets is through the connectors. */
const NOWHERE = '192.0.2.1:5432';

/** What stands between one gateway and all that it talks to, and its wall clock. */
export interface GatewaySurroundings {
  readonly store: FaultyLink;
  /** Through which the other gateways reach it. */
  readonly peers: FaultyLink;
  /** Through which connectors reach it, by their names. */
  readonly connectors: ReadonlyMap<string, FaultyLink>;
  readonly clock: WallClock;
}

/** Three gateways on one store and two connectors before one server, each of which can be killed, stopped and cut off. */
export interface NemesisWorld extends AsyncDisposable {
  readonly members: readonly Member[];
  /** Of the members, in their order. */
  readonly surroundings: readonly GatewaySurroundings[];
  readonly connectors: readonly NemesisConnector[];
  /** The targets' database, which says what it executed. */
  readonly target: PrivatePostgres;
  /** Ends all connections to the store from its own side. */
  terminateStoreConnections(): Promise<void>;
  /** Numbers of the statements that any of the ledgers let through, as of now. */
  readSealed(): Promise<ReadonlySet<number>>;
}

/** The ways through a gateway: to the target that connectors log in to, and to the one that they carry bytes to. */
export function sidesOf(member: Member): readonly [loggedIn: Side, relayed: Side] {
  const side = member.side(SUBJECT);
  return [
    { ...side, database: TARGET },
    { ...side, database: RELAYED },
  ];
}

export async function startNemesisWorld(): Promise<NemesisWorld> {
  await using started = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-nemesis-'));
  started.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }));
  const surroundings: GatewaySurroundings[] = [];
  const gateways = started.use(
    await startNemesisGateways(async (name, server) => {
      const own = await surround(join(directory, `${name}.clock`), server, started);
      surroundings.push(own);
      return describeOwn(own);
    }),
  );
  const { server, members } = gateways;
  const target: PrivatePostgres = {
    ...server,
    execute: (sql) => server.execute(sql, DATABASE),
  };
  await target.execute(EXECUTED_TABLE);
  const parts = { directory, server, members, surroundings };
  const connectors: NemesisConnector[] = [];
  for (const { name } of CONNECTORS) {
    connectors.push(
      started.use(await startNemesisConnector(name, { ...parts, targets: [TARGET, RELAYED] })),
    );
  }
  const ledgers = members.map(
    ({ dataDirectory }) => new SealedNumbers(join(dataDirectory, 'ledger')),
  );
  const cleanUp = started.move();
  return {
    ...{ members, surroundings, connectors, target },
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

function startNemesisGateways(
  own: (name: string, server: PrivatePostgres) => Promise<OwnOptions>,
): Promise<Gateways> {
  const [first, second] = CONNECTORS.map(({ name }) => name);
  return startGateways({
    gateway: [
      [['drain'], { announce: '200ms', timeout: '2s' }],
      [['listeners', 'connectors'], { address: '127.0.0.1:0' }],
      // Clients name a target.
      [['listeners', 'postgres', 0, 'target'], undefined],
    ],
    target: [
      [['seal'], 'sealed'],
      [['address'], NOWHERE],
      [['connector'], [first, second]],
      [['credential'], { at: 'connector' }],
      [['tls'], undefined],
    ],
    targets: {
      [RELAYED]: {
        ...{ kind: 'postgres', address: NOWHERE, database: DATABASE, seal: 'sealed' },
        ...{ connector: second, tls: { mode: 'disable' }, credential: { user: 'postgres' } },
      },
    },
    own,
  });
}

async function surround(
  clockFile: string,
  server: PrivatePostgres,
  started: AsyncDisposableStack,
): Promise<GatewaySurroundings> {
  const connectors = new Map<string, FaultyLink>();
  // They lead to a gateway once it has started.
  for (const { name } of CONNECTORS) connectors.set(name, started.use(await FaultyLink.open(0)));
  return {
    store: started.use(await FaultyLink.open(server.port)),
    peers: started.use(await FaultyLink.open(await findFreePort())),
    connectors,
    clock: await openWallClock(clockFile),
  };
}

function describeOwn({ store, peers, connectors, clock }: GatewaySurroundings): OwnOptions {
  return {
    gateway: [
      [
        ['listeners', 'gateways'],
        { address: `127.0.0.1:${peers.targetPort}`, advertised: `127.0.0.1:${peers.port}` },
      ],
    ],
    storePort: store.port,
    environment: clock.environment,
    onStart(process: GatewayProcess) {
      assert(process.connectors);
      for (const link of connectors.values()) link.retarget(process.connectors.port);
    },
  };
}

/** One of them. @param share From 0 to below 1. */
export function pick<Item>(items: readonly Item[], share: number): Item {
  const item = items[Math.floor(share * items.length)];
  assert(item !== undefined, 'there is something to pick from');
  return item;
}
