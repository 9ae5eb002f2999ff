import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { gatewayChanges } from '../../demo/hospital-stack.ts';
import { loadHospital } from '../../demo/load-hospital.ts';
import { type OidcProvider, startOidcProvider } from '../../demo/oidc-provider.ts';
import { type GatewayProcess, startGateway } from '../../demo/start-gateway.ts';
import { type Change, writeConfiguration } from '../../demo/write-configuration.ts';
import type { ApiCaller } from '../e2e/call-api.ts';
import type { Side } from '../e2e/environment.ts';
import { type LoopbackCertificate, makeLoopbackCertificate } from '../e2e/loopback-certificate.ts';
import { type PrivatePostgres, startPrivatePostgres } from '../e2e/private-postgres.ts';

/** What differs from the defaults of {@link startGateways}. */
export interface GatewaysOptions {
  /** How many. Default: 3. */
  readonly count?: number;
  /** Cedar; in place of a permit for everything. */
  readonly policies?: string;
  /** Of the target's data map: classes by column. */
  readonly columns?: Readonly<Record<string, string>>;
  /** Changes to `sallyport.yaml` of every gateway. */
  readonly gateway?: readonly Change[];
  /** Changes to the target's file, at every gateway. */
  readonly target?: readonly Change[];
  /** Whole files of other targets, by name, at every gateway. */
  readonly targets?: Readonly<Record<string, object>>;
  /** What is a gateway's own, by its name. */
  readonly own?: (name: string, server: PrivatePostgres) => Promise<OwnOptions>;
  /** Patients in the database. Default: 50. */
  readonly patients?: number;
}

/** What one gateway has for itself. */
export interface OwnOptions {
  /** Changes to its `sallyport.yaml`, after those of all. */
  readonly gateway?: readonly Change[];
  /** Where it finds the store, in place of the server's port. */
  readonly storePort?: number;
  /** Added to its environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Called each time that it has started. */
  readonly onStart?: (process: GatewayProcess) => void;
}

/** One of several gateways on one store: a process of its own. */
export interface Member {
  /** `gw-0`, `gw-1`, … */
  readonly name: string;
  readonly configurationDirectory: string;
  readonly dataDirectory: string;
  /** The running process; another one after {@link Member.start}. */
  readonly process: GatewayProcess;
  /** Starts it again, after it was stopped or killed; on other ports. */
  start(): Promise<void>;
  /** The way through it to the target, for a person. */
  side(subject: string): Side;
  /** Its control plane, for a person. */
  api(subject: string): ApiCaller;
}

/** Several gateways, one store, one target. */
export interface Gateways extends AsyncDisposable {
  /** Holds the target's database `hospital`, and the store's, `sallyport`. */
  readonly server: PrivatePostgres;
  readonly provider: OidcProvider;
  readonly members: readonly Member[];
  /** What gateways take from their environment: the store's address and the masking key. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Name of the target, and of its database. */
export const TARGET = 'postgres';
export const DATABASE = 'hospital';
/** The store's database. */
export const STORE = 'sallyport';

/** Starts a server for target and store, an identity provider, and gateways that share both. */
export async function startGateways(options: GatewaysOptions = {}): Promise<Gateways> {
  await using started = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-gateways-'));
  started.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }));
  const server = started.use(await startServer(options.patients ?? 50));
  const provider = started.use(await startOidcProvider());
  const environment = {
    SALLYPORT_STORE: storeUrl(server, server.port),
    SALLYPORT_MASKING_KEY: randomBytes(32).toString('hex'),
  };
  const parts: MemberParts = {
    ...{ server, provider, environment, options },
    ...(await makeLoopbackCertificate()),
  };
  const members: Member[] = [];
  // One after another: their starts are the heaviest load of the test.
  for (let index = 0; index < (options.count ?? 3); index++) {
    const name = `gw-${index}`;
    members.push(await startMember(name, join(directory, name), parts, started));
  }
  const cleanUp = started.move();
  return {
    ...{ server, provider, members, environment },
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
}

async function startServer(patients: number): Promise<PrivatePostgres> {
  await using started = new AsyncDisposableStack();
  const server = started.use(
    await startPrivatePostgres({ version: 'embedded', settings: { max_connections: '600' } }),
  );
  await server.execute(`CREATE DATABASE ${DATABASE}`);
  await server.execute(`CREATE DATABASE ${STORE}`);
  const socketPath = join(server.socketDirectory, `.s.PGSQL.${server.port}`);
  await loadHospital({ socketPath, user: server.superuser, database: DATABASE }, { patients });
  started.move();
  return server;
}

interface MemberParts
  extends Pick<Gateways, 'server' | 'provider' | 'environment'>,
    LoopbackCertificate {
  readonly options: GatewaysOptions;
}

// oxlint-disable-next-line max-params -- a place, what stands there, and who clears it away
async function startMember(
  name: string,
  directory: string,
  parts: MemberParts,
  started: AsyncDisposableStack,
): Promise<Member> {
  const configurationDirectory = join(directory, 'configuration');
  const own = (await parts.options.own?.(name, parts.server)) ?? {};
  await writeMember(name, configurationDirectory, { ...parts, own });
  const environment = describeEnvironment(parts, own);
  const start = async (): Promise<GatewayProcess> => {
    const startedProcess = await startGateway(configurationDirectory, environment);
    own.onStart?.(startedProcess);
    return startedProcess;
  };
  let process = await start();
  started.defer(async () => void (await process.stop()));
  const authorityFile = join(configurationDirectory, 'tls/ca.crt');
  const tokenOf = (subject: string): string => parts.provider.issueToken(subject);
  return {
    name,
    configurationDirectory,
    dataDirectory: join(directory, 'data'),
    get process() {
      return process;
    },
    async start() {
      process = await start();
    },
    side: (subject) => ({
      name: 'gateway',
      host: 'localhost',
      port: process.postgres.port,
      user: subject,
      password: tokenOf(subject),
      database: DATABASE,
      authorityFile,
    }),
    api: (subject) => ({ port: process.api?.port ?? 0, token: tokenOf(subject), authorityFile }),
  };
}

/** What one gateway takes from its environment. */
function describeEnvironment(
  { server, environment }: MemberParts,
  { storePort, environment: ofItsOwn }: OwnOptions,
): Readonly<Record<string, string>> {
  return {
    ...environment,
    ...(storePort !== undefined && { SALLYPORT_STORE: storeUrl(server, storePort) }),
    ...ofItsOwn,
  };
}

function storeUrl({ superuser, host }: PrivatePostgres, port: number): string {
  return `postgres://${superuser}@${host}:${port}/${STORE}`;
}

async function writeMember(
  name: string,
  directory: string,
  {
    server,
    provider,
    options,
    own,
    certificate,
    authorityPem,
  }: MemberParts & { readonly own: OwnOptions },
): Promise<void> {
  await writeConfiguration(directory, {
    example: 'allow-all',
    ...{ certificate, authorityPem },
    gateway: [
      ...gatewayChanges(provider, { postgres: 0, api: 0 }),
      [['gateway', 'name'], name],
      [['store'], { kind: 'postgres', url: 'env:SALLYPORT_STORE' }],
      [['masking'], { key: 'env:SALLYPORT_MASKING_KEY' }],
      // Bound to the target, so that clients name its databases.
      [['listeners', 'postgres', 0, 'target'], TARGET],
      [['reviews'], { consoleUrl: 'https://console.example' }],
      [['audit', 'checkpointInterval'], '2s'],
      [['listeners', 'gateways'], { address: '127.0.0.1:0' }],
      ...(options.gateway ?? []),
      ...(own.gateway ?? []),
    ],
    targets: {
      [TARGET]: [
        [['address'], `${server.host}:${server.port}`],
        [['database'], DATABASE],
        [['credential'], { user: server.superuser }],
        ...(options.columns === undefined
          ? []
          : [[['dataMap'], { columns: options.columns }] as const]),
        ...(options.target ?? []),
      ],
    },
  });
  for (const [target, file] of Object.entries(options.targets ?? {})) {
    await writeFile(join(directory, 'targets', `${target}.yaml`), stringify(file));
  }
  if (options.policies !== undefined) {
    await writeFile(join(directory, 'policies/allow-all.cedar'), options.policies);
  }
}
