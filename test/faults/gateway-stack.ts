import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OidcProvider, startOidcProvider } from '../../demo/oidc-provider.ts';
import { type GatewayProcess, startGateway } from '../../demo/start-gateway.ts';
import { type Change, writeConfiguration } from '../../demo/write-configuration.ts';
import {
  issueServerCertificate,
  makeCertificateAuthority,
} from '../../src/gateway/certificates.ts';
import type { Side } from '../e2e/environment.ts';

/** What stands behind the gateway of a fault test, and what is unusual about it. */
export interface GatewayStackOptions {
  /** Where the target listens on 127.0.0.1. */
  readonly targetPort: number;
  /** Default: `disabled`, so that a test sees every byte. */
  readonly tlsMode?: 'required' | 'optional' | 'disabled';
  readonly gateway?: readonly Change[];
  readonly target?: readonly Change[];
  /** Default: beside the configuration, removed with it. */
  readonly dataDirectory?: string;
  /** For the gateway's process only. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Files below the configuration's `secrets`: name and text. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** A file of policies beside the one that permits everything. */
  readonly policies?: string;
}

/** A gateway that permits everything, made to be killed, starved and lied to. */
export interface GatewayStack extends AsyncDisposable {
  readonly directory: string;
  readonly configurationDirectory: string;
  readonly dataDirectory: string;
  readonly ledgerDirectory: string;
  readonly provider: OidcProvider;
  /** The process that runs now. */
  gateway(): GatewayProcess;
  /** Starts the next one, after the last was killed or stopped. */
  restart(environment?: Readonly<Record<string, string>>): Promise<GatewayProcess>;
  /** The way through the gateway, as `who`. */
  side(who?: string): Side;
}

/** Database that clients of these tests name; a fake server takes any. */
export const FAULT_DATABASE = 'postgres';

/** Starts an identity provider and a gateway in front of a target that the test brings. */
export async function startGatewayStack(options: GatewayStackOptions): Promise<GatewayStack> {
  await using started = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-faults-'));
  started.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }));
  const provider = started.use(await startOidcProvider());
  const configurationDirectory = join(directory, 'configuration');
  await writeStackConfiguration(configurationDirectory, provider, options);
  let gateway = await startGateway(configurationDirectory, options.environment);
  started.defer(async () => {
    await gateway.stop();
  });
  const cleanUp = started.move();
  const dataDirectory = options.dataDirectory ?? join(directory, 'data');
  const tlsMode = options.tlsMode ?? 'disabled';
  const tokens = new Map<string, string>();
  return {
    directory,
    configurationDirectory,
    dataDirectory,
    ledgerDirectory: join(dataDirectory, 'ledger'),
    provider,
    gateway: () => gateway,
    async restart(environment = options.environment) {
      gateway = await startGateway(configurationDirectory, environment);
      return gateway;
    },
    side(who = 'tester') {
      const token = tokens.get(who) ?? provider.issueToken(who, { expiresInSeconds: 86_400 });
      tokens.set(who, token);
      return {
        name: 'gateway',
        host: 'localhost',
        port: gateway.postgres.port,
        user: who,
        password: token,
        database: FAULT_DATABASE,
        authorityFile:
          tlsMode === 'required' ? join(configurationDirectory, 'tls/ca.crt') : undefined,
      };
    },
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
}

async function writeStackConfiguration(
  directory: string,
  provider: OidcProvider,
  options: GatewayStackOptions,
): Promise<void> {
  const authority = await makeCertificateAuthority('Sallyport fault authority');
  const certificate = await issueServerCertificate(authority, {
    names: ['localhost'],
    addresses: ['127.0.0.1'],
  });
  const tls = {
    mode: options.tlsMode ?? 'disabled',
    certificate: 'tls/server.crt',
    key: 'tls/server.key',
  };
  await writeConfiguration(directory, {
    example: 'allow-all',
    certificate,
    authorityPem: authority.certificatePem,
    gateway: [
      [['gateway', 'dataDirectory'], options.dataDirectory ?? '../data'],
      [['listeners', 'postgres'], [{ address: '127.0.0.1:0', tls, target: 'postgres' }]],
      [
        ['identity', 'providers'],
        [{ name: 'clinic', issuer: provider.issuer, audiences: ['sallyport'] }],
      ],
      ...(options.gateway ?? []),
    ],
    targets: {
      postgres: [
        [['address'], `127.0.0.1:${options.targetPort}`],
        [['database'], FAULT_DATABASE],
        [['credential'], { user: 'postgres' }],
        ...(options.target ?? []),
      ],
    },
    secrets: options.secrets ?? {},
  });
  if (options.policies !== undefined) {
    await writeFile(join(directory, 'policies/more.cedar'), options.policies);
  }
}
