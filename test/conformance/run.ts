import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
import { SERVER_VERSIONS } from './fetch-server.ts';
import { identityMask } from './identity-plan.ts';
import { findUnexplainedDifferences, formatIdentity } from './identity-report.ts';
import { formatServers, isClean, runOnServer, type ServerOutcome } from './other-servers.ts';
import { fetchPgx, makePgxDatabase, runPgx } from './pgx-suite.ts';
import { findUnexplained, formatReport, type Run } from './report.ts';
import { runIdentity } from './run-identity.ts';
import { runSuite, type SuiteAddress, type SuiteName, type SuiteOutcome } from './run-suite.ts';
import { type Account, findAccount, makeDatabase, startSuiteServer } from './suite-server.ts';
import { writeSection } from './write-section.ts';

/**
 * `npm run conformance [-- direct | gateway] [regression | isolation | pgx] [tls]`: PostgreSQL's own
 * suites and that of Go's driver pgx, direct and through the gateway. Exits 1 if the gateway fails a test
 * that passes direct and of which it is not known why, or if a suite ran no test at all.
 *
 * `npm run conformance -- gateway identity [file …]`: the regression suite with masks that change nothing. Exits 1 if a client gets
 * something else and it is not known why.
 *
 * `npm run conformance -- servers [13 14 16 17]`: end-to-end tests on servers of other major releases.
 *
 * A run of all of its kind writes its section of docs/conformance.md; without words, all suites run, then the masks.
 */
const run = promisify(execFile);

const SUITES: readonly (readonly [suite: SuiteName, database: string])[] = [
  ['regression', 'regression'],
  ['isolation', 'isolation_regression'],
];
const SIDES: readonly Run['side'][] = ['direct', 'gateway'];

async function main(words: readonly string[]): Promise<number> {
  if (words[0] === 'servers') return runOnServers(words.slice(1));
  if (words.includes('identity')) return runWithIdentityMasks(words);
  const code = await runAllSuites(words);
  return words.length > 0 ? code : Math.max(code, await runWithIdentityMasks([]));
}

async function runOnServers(words: readonly string[]): Promise<number> {
  const cache = await makeCacheDirectory();
  const majors = words.length > 0 ? words : Object.keys(SERVER_VERSIONS);
  const outcomes: ServerOutcome[] = [];
  for (const major of majors) outcomes.push(await runOnServer(cache, major));
  const section = formatServers(outcomes);
  process.stdout.write(section);
  if (words.length === 0) await writeSection('Other servers', section);
  return outcomes.every(isClean) ? 0 : 1;
}

async function runWithIdentityMasks(words: readonly string[]): Promise<number> {
  const files = words.filter((word) => word !== 'gateway' && word !== 'identity');
  const { suite, tally, failures } = await runIdentity({
    tree: await buildSuites(await makeCacheDirectory()),
    account: await findAccount(),
    files,
    expression: identityMask,
  });
  const section = formatIdentity(tally, await versionLine());
  process.stdout.write(section);
  process.stdout.write(
    `${suite.passed.length} files passed, ${suite.failed.length} failed ${suite.failed.join(', ')}\n`,
  );
  for (const failure of failures) process.stderr.write(`A session broke: ${String(failure)}\n`);
  const unexplained = findUnexplainedDifferences(tally);
  for (const difference of unexplained) process.stdout.write(`${JSON.stringify(difference)}\n`);
  if (files.length === 0) await writeSection('Masks that change nothing', section);
  const isComplete = suite.passed.length > 0 && suite.failed.length === 0 && failures.length === 0;
  return isComplete && unexplained.length === 0 ? 0 : 1;
}

async function versionLine(): Promise<string> {
  const { stdout } = await run('/usr/lib/postgresql/15/bin/postgres', ['--version']);
  return `${stdout.trim()}; Node.js ${process.version}`;
}

async function runAllSuites(words: readonly string[]): Promise<number> {
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
    await writeSection('Suites', formatReport(runs, await versionLine()));
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
