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
import { formatReport, type Run } from './report.ts';
import { runSuite, type SuiteAddress, type SuiteName } from './run-suite.ts';
import { type Account, findAccount, makeDatabase, startSuiteServer } from './suite-server.ts';

/**
 * `npm run conformance [-- direct | gateway [tls]]`: PostgreSQL's own suites, direct and through the
 * gateway. With both, writes docs/conformance.md. Exits 1 if the gateway fails a test that passes
 * direct, or if a suite ran no test at all.
 */
const run = promisify(execFile);

const SUITES: readonly (readonly [suite: SuiteName, database: string])[] = [
  ['regression', 'regression'],
  ['isolation', 'isolation_regression'],
];
const REPORT = fileURLToPath(new URL('../../docs/conformance.md', import.meta.url));

async function main(sides: readonly string[]): Promise<number> {
  const account = await findAccount();
  const tree = await buildSuites(await makeCacheDirectory());
  await using server = await startSuiteServer();
  const runs: Run[] = [];
  if (sides.includes('direct')) {
    const address = { host: server.host, port: server.port, user: server.superuser };
    const environment = { PGSSLMODE: 'disable' };
    runs.push(...(await runSuites(tree, account, { side: 'direct', address, environment })));
  }
  if (sides.includes('gateway')) {
    for (const [, database] of SUITES) await makeDatabase(server, database);
    runs.push(...(await runThroughGateway(tree, server, account)));
  }
  if (sides.length === 2) {
    const { stdout } = await run('/usr/lib/postgresql/15/bin/postgres', ['--version']);
    await writeFile(REPORT, formatReport(runs, { server: stdout.trim(), node: process.version }));
  }
  return runs.every(({ outcome }) => outcome.failed.length === 0 && outcome.passed.length > 0)
    ? 0
    : 1;
}

interface SideToRun {
  readonly side: Run['side'];
  readonly address: Pick<SuiteAddress, 'host' | 'port' | 'user'>;
  readonly environment: Readonly<Record<string, string>>;
}

async function runSuites(
  tree: string,
  account: Account,
  { side, address, environment }: SideToRun,
): Promise<readonly Run[]> {
  const runs: Run[] = [];
  for (const [suite, database] of SUITES) {
    const outcome = await runSuite(tree, suite, { ...address, database, environment }, account);
    process.stdout.write(`${side} ${suite}: ${outcome.passed.length} passed`);
    process.stdout.write(`, ${outcome.failed.length} failed ${outcome.failed.join(' ')}\n`);
    if (outcome.failed.length > 0) process.stdout.write(`${outcome.differences}\n`);
    if (outcome.passed.length === 0) process.stdout.write(`${outcome.summary}\n`);
    runs.push({ side, suite, outcome });
  }
  return runs;
}

async function runThroughGateway(
  tree: string,
  server: PrivatePostgres,
  account: Account,
): Promise<readonly Run[]> {
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
    return await runSuites(tree, account, {
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

const wanted = process.argv.slice(2).filter((word) => word !== 'tls');
process.exitCode = await main(wanted.length === 0 ? ['direct', 'gateway'] : wanted);
