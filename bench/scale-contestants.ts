import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { addConnector, startConnector, writeConnector } from '../test/connector/start-connector.ts';
import { CHECKOUT } from '../tools/source-file.ts';
import type { Contestant } from './contestant.ts';
import { type BenchGateway, startBenchGateway } from './gateway-under-test.ts';

/** Names of the columns. */
export const DIRECT = 'direct';
export const ONE = 'one process';
export const TWO = 'two processes';
export const CARRIED = 'connector, login at the gateway';
export const LOGGED_IN = 'connector, login at the connector';

const CONNECTOR = 'ward-3';

/** Gateways of different shapes before one server, each alike otherwise. */
export async function startScaleContestants(
  server: Contestant,
  started: AsyncDisposableStack,
): Promise<readonly Contestant[]> {
  const one = started.use(await startBenchGateway(server, 'written'));
  const two = started.use(
    await startBenchGateway(server, 'written', { gateway: [[['gateway', 'workers'], 2]] }),
  );
  const carried = await startBehindConnector(server, { at: 'gateway' }, started);
  const loggedIn = await startBehindConnector(server, { at: 'connector' }, started);
  return [
    { ...server, name: DIRECT },
    one.as('tester', ONE),
    two.as('tester', TWO),
    carried.as('tester', CARRIED),
    loggedIn.as('tester', LOGGED_IN),
  ];
}

/** A gateway of one process that reaches the server through a connector only. */
async function startBehindConnector(
  server: Contestant,
  { at }: { readonly at: 'gateway' | 'connector' },
  started: AsyncDisposableStack,
): Promise<BenchGateway> {
  const credential = { user: server.user };
  const gateway = started.use(
    await startBenchGateway(server, 'written', {
      gateway: [[['listeners', 'connectors'], { address: '127.0.0.1:0' }]],
      target: [
        [['connector'], CONNECTOR],
        // Who logs in speaks TLS or not.
        ...(at === 'gateway'
          ? []
          : ([
              [['credential'], { at: 'connector' }],
              [['tls'], undefined],
            ] as const)),
      ],
    }),
  );
  const { connectors } = gateway.process;
  if (connectors === undefined) throw new Error('Cannot start: connectors find no gateway');
  const directory = await mkdtemp(path.join(CHECKOUT, '.bench-'));
  started.defer(() => rm(directory, { recursive: true, force: true }));
  const { token, authority } = await addConnector(gateway.api, CONNECTOR);
  await writeConnector(directory, {
    ...{ name: CONNECTOR, authority, token },
    gateways: [`${connectors.host}:${connectors.port}`],
    targets: {
      postgres: {
        kind: 'postgres',
        address: `${server.host}:${server.port}`,
        database: server.database,
        ...(at === 'gateway'
          ? { credential: { at: 'gateway' } }
          : { credential, tls: { mode: 'disable' } }),
      },
    },
  });
  started.use(await startConnector(directory));
  return gateway;
}
