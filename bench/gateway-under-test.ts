import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { gatewayChanges } from '../demo/hospital-stack.ts';
import { startOidcProvider } from '../demo/oidc-provider.ts';
import { startGateway } from '../demo/start-gateway.ts';
import { writeConfiguration } from '../demo/write-configuration.ts';
import { issueServerCertificate, makeCertificateAuthority } from '../src/gateway/certificates.ts';
import { CHECKOUT } from '../tools/source-file.ts';
import type { Contestant } from './contestant.ts';

/** Longer than any run. */
const TOKEN_SECONDS = 7200;

/** A running gateway that belongs to this benchmark. */
export interface BenchGateway extends Contestant, AsyncDisposable {
  readonly pid: number;
}

/**
 * Starts a gateway before `server`: everything permitted, but every statement analysed, decided,
 * entered in the ledger and recorded. Clients and server are reached without TLS, as direct.
 *
 * Its data directory is in the checkout: a temporary directory may be in memory, where flushing
 * costs nothing.
 */
export async function startBenchGateway(
  server: Contestant,
  seal: 'sealed' | 'written',
): Promise<BenchGateway> {
  await using started = new AsyncDisposableStack();
  const directory = await mkdtemp(path.join(CHECKOUT, '.bench-'));
  started.defer(() => rm(directory, { recursive: true, force: true }));
  const provider = started.use(await startOidcProvider());
  const authority = await makeCertificateAuthority('Benchmark authority');
  const names = { names: ['localhost'], addresses: ['127.0.0.1'] };
  const configuration = path.join(directory, 'configuration');
  await writeConfiguration(configuration, {
    example: 'allow-all',
    certificate: await issueServerCertificate(authority, names),
    authorityPem: authority.certificatePem,
    gateway: [
      ...gatewayChanges(provider, { postgres: 0, api: 0 }),
      [['listeners', 'postgres', 0, 'target'], 'postgres'],
      [['listeners', 'postgres', 0, 'tls'], { mode: 'optional' }],
      [['limits', 'connectionsPerPrincipalMax'], 9000],
    ],
    targets: {
      postgres: [
        [['address'], `${server.host}:${server.port}`],
        [['credential'], { user: server.user }],
        [['seal'], seal],
      ],
    },
  });
  const gateway = await startGateway(configuration);
  started.defer(async () => {
    await gateway.stop();
  });
  const cleanUp = started.move();
  return {
    name: `gateway, ${seal}`,
    ...gateway.postgres,
    user: server.user,
    password: provider.issueToken('tester', { expiresInSeconds: TOKEN_SECONDS }),
    database: server.database,
    pid: gateway.pid,
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
}
