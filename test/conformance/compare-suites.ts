import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gatewayChanges } from '../../demo/hospital-stack.ts';
import { startOidcProvider } from '../../demo/oidc-provider.ts';
import { startGateway } from '../../demo/start-gateway.ts';
import { writeConfiguration } from '../../demo/write-configuration.ts';
import { makeLoopbackCertificate } from '../e2e/loopback-certificate.ts';
import type { PrivatePostgres } from '../e2e/private-postgres.ts';
import { makeCacheDirectory } from './cache-directory.ts';
import { runContrib, runPipeline } from './contrib-suite.ts';
import { buildSuites } from './debian-source.ts';
import { fetchDriver, type GoDriver, PGX, PQ, runDriver } from './go-driver-suite.ts';
import type { Run } from './report.ts';
import { runSuite, type SuiteAddress, type SuiteName, type SuiteOutcome } from './run-suite.ts';
import { type Account, findAccount, makeDatabase, startSuiteServer } from './suite-server.ts';

const SUITES: readonly (readonly [suite: SuiteName, database: string])[] = [
  ['regression', 'regression'],
  ['isolation', 'isolation_regression'],
];
/** Further ones of the same source tree. */
const EXTRAS = ['contrib', 'pipeline'] as const;
const SIDES: readonly Run['side'][] = ['direct', 'gateway'];
const DRIVERS: readonly GoDriver[] = [PGX, PQ];

/** Runs the suites that the words name, or all, on the sides that they name, or both. */
export async function compareSuites(words: readonly string[]): Promise<readonly Run[]> {
  const wants = (word: Run['side'] | Run['suite'], among: readonly string[]): boolean =>
    words.includes(word) || !among.some((one) => words.includes(one));
  const names = [...SUITES.map(([name]) => name), ...EXTRAS, ...DRIVERS.map(({ name }) => name)];
  const cache = await makeCacheDirectory();
  const drivers: FetchedDriver[] = [];
  for (const driver of DRIVERS.filter(({ name }) => wants(name, names))) {
    const directory = await fetchDriver(cache, driver);
    if (directory !== undefined) drivers.push({ driver, directory });
    else process.stdout.write(`left out: ${driver.name}, because Go is not installed\n`);
  }
  await using server = await startSuiteServer();
  const parts: Parts = {
    account: await findAccount(),
    tree: await buildSuites(cache),
    drivers,
    suites: SUITES.filter(([name]) => wants(name, names)),
    extras: EXTRAS.filter((name) => wants(name, names)),
    withTls: words.includes('tls'),
    server,
  };
  const runs: Run[] = [];
  if (wants('direct', SIDES)) {
    const address = { host: server.host, port: server.port, user: server.superuser };
    const environment = { PGSSLMODE: 'disable' };
    runs.push(...(await runSuites(parts, { side: 'direct', address, environment })));
  }
  if (wants('gateway', SIDES)) {
    for (const [, database] of parts.suites) await makeDatabase(server, database);
    runs.push(...(await runThroughGateway(parts)));
  }
  return runs;
}

/** What both sides run. */
interface Parts {
  readonly account: Account;
  readonly tree: string;
  readonly drivers: readonly FetchedDriver[];
  readonly suites: typeof SUITES;
  readonly extras: readonly (typeof EXTRAS)[number][];
  /** Through the gateway. */
  readonly withTls: boolean;
  readonly server: PrivatePostgres;
}

interface FetchedDriver {
  readonly driver: GoDriver;
  /** Where its tests are. */
  readonly directory: string;
}

interface SideToRun {
  readonly side: Run['side'];
  readonly address: Pick<SuiteAddress, 'host' | 'port' | 'user'>;
  readonly environment: Readonly<Record<string, string>>;
}

async function runSuites(
  { tree, account, suites, extras, drivers, server }: Parts,
  { side, address, environment }: SideToRun,
): Promise<readonly Run[]> {
  const runs: Run[] = [];
  for (const [suite, database] of suites) {
    const outcome = await runSuite(tree, suite, { ...address, database, environment }, account);
    runs.push(tell({ side, suite, outcome }, outcome));
  }
  for (const suite of extras) {
    const there = { ...address, environment };
    const outcome =
      suite === 'contrib'
        ? await runContrib(tree, server, there, account)
        : await runPipeline(tree, there);
    runs.push(tell({ side, suite, outcome }, outcome));
  }
  for (const { driver, directory } of drivers) {
    const outcome = await runDriver(driver, directory, server, { ...address, environment });
    runs.push(tell({ side, suite: driver.name, outcome }, outcome));
  }
  return runs;
}

function tell(one: Run, { passed, failed, differences, summary }: SuiteOutcome): Run {
  process.stdout.write(`${one.side} ${one.suite}: ${passed.length} passed`);
  process.stdout.write(`, ${failed.length} failed ${failed.join(', ')}\n`);
  if (failed.length > 0) process.stdout.write(`${differences}\n`);
  if (passed.length === 0) process.stdout.write(`${summary}\n`);
  return one;
}

async function runThroughGateway(parts: Parts): Promise<readonly Run[]> {
  const { server } = parts;
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-conformance-'));
  await using provider = await startOidcProvider();
  const configuration = join(directory, 'configuration');
  await writeConfiguration(configuration, {
    example: 'allow-all',
    ...(await makeLoopbackCertificate()),
    gateway: [
      ...gatewayChanges(provider, { postgres: 0, api: 0 }),
      [['listeners', 'postgres', 0, 'target'], 'postgres'],
      // In plain text as direct, unless asked for TLS.
      [['listeners', 'postgres', 0, 'tls'], { mode: 'optional' }],
      [['limits', 'statementSizeMax'], '1MiB'],
    ],
    targets: {
      postgres: [
        [['address'], `${server.host}:${server.port}`],
        [['credential'], { user: server.superuser }],
      ],
    },
  });
  const gateway = await startGateway(configuration);
  try {
    return await runSuites(parts, {
      side: 'gateway',
      address: { host: '127.0.0.1', port: gateway.postgres.port, user: server.superuser },
      environment: {
        PGSSLMODE: parts.withTls ? 'require' : 'disable',
        PGPASSWORD: provider.issueToken('tester', { expiresInSeconds: 7200 }),
      },
    });
  } finally {
    const code = await gateway.stop();
    await writeFile(join(tmpdir(), 'sallyport-conformance-gateway.log'), gateway.log());
    await rm(directory, { recursive: true, force: true });
    if (code !== 0) process.stderr.write(`The gateway ended with ${code}\n`);
  }
}
