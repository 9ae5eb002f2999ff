import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gatewayChanges } from '../../demo/hospital-stack.ts';
import { startOidcProvider } from '../../demo/oidc-provider.ts';
import { startGateway } from '../../demo/start-gateway.ts';
import { writeConfiguration } from '../../demo/write-configuration.ts';
import {
  issueServerCertificate,
  makeCertificateAuthority,
} from '../../src/gateway/certificates.ts';
import type { PrivatePostgres } from '../e2e/private-postgres.ts';
import { makeCacheDirectory } from './cache-directory.ts';
import { buildSuites } from './debian-source.ts';
import { fetchPgx, makePgxDatabase, runPgx } from './pgx-suite.ts';
import { findUnexplained, formatReport, type Run } from './report.ts';
import { runSuite, type SuiteAddress, type SuiteName, type SuiteOutcome } from './run-suite.ts';
import { type Account, findAccount, makeDatabase, startSuiteServer } from './suite-server.ts';

/**
 * `npm run conformance [-- direct | gateway] [regression | isolation | pgx] [tls]`: PostgreSQL's own
 * suites and that of Go's driver pgx, direct and through the gateway. With everything, writes
 * docs/conformance.md. Exits 1 if the gateway fails a test that passes direct and of which it is not
 * known why, or if a suite ran no test at all.
 */
const run = promisify(execFile);

const SUITES: readonly (readonly [suite: SuiteName, database: string])[] = [
  ['regression', 'regression'],
  ['isolation', 'isolation_regression'],
];
const SIDES: readonly Run['side'][] = ['direct', 'gateway'];
const REPORT = fileURLToPath(new URL('../../docs/conformance.md', import.meta.url));

async function main(words: readonly string[]): Promise<number> {
  const wants = (word: Run['side'] | Run['suite'], among: readonly string[]): boolean =>
    words.includes(word) || !among.some((one) => words.includes(one));
  const cache = await makeCacheDirectory();
  const pgx = wants('pgx', [...SUITES.map(([name]) => name), 'pgx']) && (await fetchPgx(cache));
  if (pgx === undefined) process.stdout.write('left out: pgx, because Go is not installed\n');
  await using server = await startSuiteServer();
  const parts: Parts = {
    account: await findAccount(),
    tree: await buildSuites(cache),
    pgx: pgx || undefined,
    suites: SUITES.filter(([name]) => wants(name, ['regression', 'isolation', 'pgx'])),
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
  if (words.length === 0) {
    const { stdout } = await run('/usr/lib/postgresql/15/bin/postgres', ['--version']);
    await writeFile(REPORT, formatReport(runs, { server: stdout.trim(), node: process.version }));
  }
  return findUnexplained(runs).length === 0 && runs.every((one) => one.outcome.passed.length > 0)
    ? 0
    : 1;
}

/** What both sides run. */
interface Parts {
  readonly account: Account;
  readonly tree: string;
  /** Where pgx's tests are, if they are wanted. */
  readonly pgx: string | undefined;
  readonly suites: typeof SUITES;
  readonly server: PrivatePostgres;
}

interface SideToRun {
  readonly side: Run['side'];
  readonly address: Pick<SuiteAddress, 'host' | 'port' | 'user'>;
  readonly environment: Readonly<Record<string, string>>;
}

async function runSuites(
  { tree, account, suites, pgx, server }: Parts,
  { side, address, environment }: SideToRun,
): Promise<readonly Run[]> {
  const runs: Run[] = [];
  for (const [suite, database] of suites) {
    const outcome = await runSuite(tree, suite, { ...address, database, environment }, account);
    runs.push(tell({ side, suite, outcome }, outcome));
  }
  if (pgx === undefined) return runs;
  await makePgxDatabase(server);
  const outcome = await runPgx(pgx, { ...address, environment });
  return [...runs, tell({ side, suite: 'pgx', outcome }, outcome)];
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
  const authority = await makeCertificateAuthority('Sallyport conformance authority');
  const loopback = { names: ['localhost'], addresses: ['127.0.0.1'] };
  const configuration = join(directory, 'configuration');
  await writeConfiguration(configuration, {
    example: 'allow-all',
    certificate: await issueServerCertificate(authority, loopback),
    authorityPem: authority.certificatePem,
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
        PGSSLMODE: process.argv.includes('tls') ? 'require' : 'disable',
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

process.exitCode = await main(process.argv.slice(2).filter((word) => word !== 'tls'));
