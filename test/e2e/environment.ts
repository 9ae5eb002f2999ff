import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  gatewayChanges,
  type HospitalStack,
  type HospitalStackOptions,
  startHospitalStack,
} from '../../demo/hospital-stack.ts';
import { loadHospital } from '../../demo/load-hospital.ts';
import { type OidcProvider, startOidcProvider } from '../../demo/oidc-provider.ts';
import { type GatewayProcess, startGateway } from '../../demo/start-gateway.ts';
import { type Change, writeConfiguration } from '../../demo/write-configuration.ts';
import { makeLoopbackCertificate } from './loopback-certificate.ts';
import { type PrivatePostgres, startPrivatePostgres } from './private-postgres.ts';

/** One way to reach the target: directly, or through the gateway. */
export interface Side {
  readonly name: 'direct' | 'gateway';
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** The server's password, or the token that stands for the principal. */
  readonly password: string;
  readonly database: string;
  /** PEM file of the authority to trust, or undefined for a connection in plain text. */
  readonly authorityFile: string | undefined;
}

/** What a comparison of both sides runs on. */
export interface Environment extends AsyncDisposable {
  readonly server: PrivatePostgres;
  readonly provider: OidcProvider;
  readonly configurationDirectory: string;
  readonly direct: Side;
  /** Where the answers must be the same. Equal to `direct` in a run without a gateway. */
  readonly gateway: Side;
  /** Undefined in a run without a gateway. */
  readonly process: GatewayProcess | undefined;
}

/** What differs from the defaults of {@link startEnvironment}. */
export interface EnvironmentOptions {
  /** Patients in the database. Default: 200. */
  readonly patients?: number;
  readonly gateway?: readonly Change[];
  readonly target?: readonly Change[];
  /** Names that the gateway's certificate has, too. */
  readonly names?: readonly string[];
  readonly settings?: Readonly<Record<string, string>>;
  /** Files that lie beside the policy that permits everything, by name. */
  readonly policiesAdded?: Readonly<Record<string, string>>;
}

/** Set to try the clients of these tests against the server alone: both sides are then the same. */
const DIRECT_ONLY = process.env['SALLYPORT_E2E_DIRECT_ONLY'] === '1';
const DATABASE = 'hospital';
const TESTER = 'tester';

/**
 * Starts a Debian PostgreSQL with a small hospital and, before it, a gateway that permits everything
 * (`examples/allow-all`), so that whatever differs between the two sides is the gateway's doing.
 */
export async function startEnvironment(options: EnvironmentOptions = {}): Promise<Environment> {
  await using started = new AsyncDisposableStack();
  const directory = await makeDirectory(started);
  const server = await startPrivatePostgres({
    version: 'debian',
    settings: { max_prepared_transactions: '5', ...options.settings },
  });
  started.use(server);
  await server.execute(`CREATE DATABASE ${DATABASE}`);
  const socketPath = join(server.socketDirectory, `.s.PGSQL.${server.port}`);
  await loadHospital(
    { socketPath, user: server.superuser, database: DATABASE },
    { patients: options.patients ?? 200 },
  );
  const provider = await startOidcProvider();
  started.use(provider);

  const direct: Side = {
    name: 'direct',
    host: server.host,
    port: server.port,
    user: server.superuser,
    password: 'unused',
    database: DATABASE,
    authorityFile: undefined,
  };
  const configurationDirectory = join(directory, 'configuration');
  await writeAllowAll(configurationDirectory, { server, provider, options });
  const gateway = DIRECT_ONLY ? undefined : await startGateway(configurationDirectory);
  if (gateway !== undefined) started.defer(() => stopInOrder(gateway));
  const cleanUp = started.move();
  return {
    server,
    provider,
    configurationDirectory,
    direct,
    gateway:
      gateway === undefined
        ? direct
        : gatewaySide(gateway, configurationDirectory, provider.issueToken(TESTER)),
    process: gateway,
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
}

/** The demo's hospital with its policies, and one way in for each of its people. */
export interface HospitalEnvironment extends AsyncDisposable {
  readonly stack: HospitalStack;
  /** The way through the gateway for `ana`, `noor`, `petra` or `ci-claims`. */
  as(subject: string): Side;
}

/** Starts the demo's parts as `npm run demo` does, with fewer patients. */
export async function startHospitalEnvironment(
  options: Pick<HospitalStackOptions, 'policiesLeftOut' | 'policiesAdded'> = {},
): Promise<HospitalEnvironment> {
  await using started = new AsyncDisposableStack();
  const directory = await makeDirectory(started);
  const stack = await startHospitalStack({ directory, hospital: { patients: 300 }, ...options });
  started.defer(() => stack.stop());
  const cleanUp = started.move();
  return {
    stack,
    as: (subject) => hospitalSide(stack, subject),
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
}

/** The way through a hospital's gateway for one of its people. */
export function hospitalSide(stack: HospitalStack, subject: string): Side {
  const { configurationDirectory, provider } = stack;
  const token = provider.issueToken(subject);
  return { ...gatewaySide(stack.gateway(), configurationDirectory, token), user: subject };
}

async function makeDirectory(started: AsyncDisposableStack): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-e2e-'));
  started.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }));
  return directory;
}

interface AllowAllParts {
  readonly server: PrivatePostgres;
  readonly provider: OidcProvider;
  readonly options: EnvironmentOptions;
}

async function writeAllowAll(
  directory: string,
  { server, provider, options }: AllowAllParts,
): Promise<void> {
  await writeConfiguration(directory, {
    example: 'allow-all',
    ...(await makeLoopbackCertificate(options.names)),
    gateway: [
      ...gatewayChanges(provider, { postgres: 0, api: 0 }),
      // Bound to the target, so that both sides name the same databases.
      [['listeners', 'postgres', 0, 'target'], 'postgres'],
      ...(options.gateway ?? []),
    ],
    targets: {
      postgres: [
        [['address'], `${server.host}:${server.port}`],
        [['database'], DATABASE],
        [['credential'], { user: server.superuser }],
        ...(options.target ?? []),
      ],
    },
  });
  for (const [file, text] of Object.entries(options.policiesAdded ?? {})) {
    await writeFile(join(directory, 'policies', file), text);
  }
}

function gatewaySide(gateway: GatewayProcess, directory: string, token: string): Side {
  return {
    name: 'gateway',
    host: 'localhost',
    port: gateway.postgres.port,
    user: TESTER,
    password: token,
    database: DATABASE,
    authorityFile: join(directory, 'tls/ca.crt'),
  };
}

/** A gateway that does not drain is a failure of whatever test used it. */
async function stopInOrder(gateway: GatewayProcess): Promise<void> {
  const code = await gateway.stop();
  if (code !== 0)
    throw new Error(`Cannot stop the gateway: it ended with ${code}\n${gateway.log()}`);
}
