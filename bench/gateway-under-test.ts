import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gatewayChanges } from '../demo/hospital-stack.ts';
import { startOidcProvider } from '../demo/oidc-provider.ts';
import { type GatewayProcess, startGateway } from '../demo/start-gateway.ts';
import { type Change, writeConfiguration } from '../demo/write-configuration.ts';
import type { ApiCaller } from '../test/e2e/call-api.ts';
import { makeLoopbackCertificate } from '../test/e2e/loopback-certificate.ts';
import { CHECKOUT } from '../tools/source-file.ts';
import type { Contestant } from './contestant.ts';

/** Longer than any run. */
const TOKEN_SECONDS = 7200;

/** A running gateway that belongs to this benchmark. */
export interface BenchGateway extends Contestant, AsyncDisposable {
  readonly pid: number;
  readonly process: GatewayProcess;
  /** Its control plane, for somebody who may do everything. */
  readonly api: ApiCaller;
  /** The same gateway for another principal. */
  as(subject: string, name: string): Contestant;
}

/** What differs from a gateway that permits everything and has no data map. */
export interface BenchGatewayOptions {
  /** Changes to `sallyport.yaml`. */
  readonly gateway?: readonly Change[];
  readonly target?: readonly Change[];
  /** Cedar policies beside the one that permits everything. */
  readonly policies?: string;
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
  options: BenchGatewayOptions = {},
): Promise<BenchGateway> {
  await using started = new AsyncDisposableStack();
  const directory = await mkdtemp(path.join(CHECKOUT, '.bench-'));
  started.defer(() => rm(directory, { recursive: true, force: true }));
  const provider = started.use(await startOidcProvider());
  const configuration = path.join(directory, 'configuration');
  await writeConfiguration(configuration, {
    example: 'allow-all',
    ...(await makeLoopbackCertificate()),
    gateway: [
      ...gatewayChanges(provider, { postgres: 0, api: 0 }),
      [['listeners', 'postgres', 0, 'target'], 'postgres'],
      [['listeners', 'postgres', 0, 'tls'], { mode: 'optional' }],
      [['limits', 'connectionsPerPrincipalMax'], 9000],
      ...(options.gateway ?? []),
    ],
    targets: {
      postgres: [
        [['address'], `${server.host}:${server.port}`],
        [['credential'], { user: server.user }],
        [['seal'], seal],
        ...(options.target ?? []),
      ],
    },
  });
  await writeFile(path.join(configuration, 'policies', 'more.cedar'), options.policies ?? '');
  const gateway = await startGateway(configuration);
  started.defer(async () => {
    await gateway.stop();
  });
  const cleanUp = started.move();
  const as = (subject: string, name: string): Contestant => ({
    name,
    ...gateway.postgres,
    user: server.user,
    password: provider.issueToken(subject, { expiresInSeconds: TOKEN_SECONDS }),
    database: server.database,
    pid: gateway.pid,
  });
  return {
    ...as('tester', `gateway, ${seal}`),
    pid: gateway.pid,
    process: gateway,
    api: {
      port: gateway.api?.port ?? 0,
      token: provider.issueToken('tester', { expiresInSeconds: TOKEN_SECONDS }),
      authorityFile: path.join(configuration, 'tls', 'ca.crt'),
    },
    as,
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
}
