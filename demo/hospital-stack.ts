import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import postgres from 'postgres';
import {
  type CertificateAndKey,
  issueServerCertificate,
  makeCertificateAuthority,
} from '../src/gateway/certificates.ts';
import { FHIR_BASE_PATH, type FhirService, startFhirService } from './fhir-service.ts';
import type { HospitalOptions } from './hospital/hospital.ts';
import { loadHospital } from './load-hospital.ts';
import {
  CLI_CLIENT_ID,
  CONSOLE_CLIENT_ID,
  PEOPLE_AUDIENCE,
  SIGN_IN_SCOPES,
  WORKLOAD_AUDIENCE,
} from './oidc-configuration.ts';
import { type OidcProvider, startOidcProvider } from './oidc-provider.ts';
import { type ReportsHost, startReportsHost } from './reports-host.ts';
import { type GatewayProcess, type ListenAddress, startGateway } from './start-gateway.ts';
import { startTargetServer, type TargetServer } from './target-server.ts';
import { type Change, changeYaml, writeConfiguration } from './write-configuration.ts';

/** How to start the demo's parts. */
export interface HospitalStackOptions {
  /** Where configuration, keys and the gateway's data go. */
  readonly directory: string;
  readonly hospital?: HospitalOptions;
  /** Files of `policies/` that are left out. */
  readonly policiesLeftOut?: readonly string[];
  /** Files beside those of `policies/`: name and text. */
  readonly policiesAdded?: Readonly<Record<string, string>>;
  /** Whether there is a host with reports, too, reached by SSH. Default: false. */
  readonly withHost?: boolean;
  /** Whether there is a FHIR server, too, reached by HTTP. Default: false. */
  readonly withService?: boolean;
  /** TCP ports on loopback. Default: any free ones. */
  readonly ports?: {
    readonly postgres?: number;
    readonly ssh?: number;
    readonly http?: number;
    readonly api?: number;
    readonly oidc?: number;
  };
  /** Address that gateway and provider listen at: another in a container, whose ports are published. Default: 127.0.0.1. */
  readonly address?: string;
  /** Where the gateway's data go. Default: `data` in {@link directory}. */
  readonly dataDirectory?: string;
  /** Told what is being started. */
  readonly progress?: (what: string) => void;
}

/** What is around the demo's gateway: a hospital database, people who sign in, and the gateway's configuration. */
export interface Hospital {
  readonly configurationDirectory: string;
  /** PEM file of the authority that clients of the gateway trust. */
  readonly authorityFile: string;
  readonly target: TargetServer;
  /** Undefined unless it was asked for. */
  readonly host: ReportsHost | undefined;
  /** Undefined unless it was asked for. */
  readonly service: FhirService | undefined;
  readonly provider: OidcProvider;
  stop(): Promise<void>;
}

/** Everything that the demo runs: the hospital, and the gateway. */
export interface HospitalStack extends Hospital {
  /** The running gateway; another one after {@link restartGateway}. */
  gateway(): GatewayProcess;
  /** Starts the gateway again on the same ports, after it was killed or stopped. */
  restartGateway(): Promise<void>;
}

/** Database role that the gateway logs in as. It owns the tables: only policy stands before them. */
const TARGET_ROLE = 'hospital';

/** Starts all parts; whatever was started is stopped again when a later part fails. */
export async function startHospitalStack(options: HospitalStackOptions): Promise<HospitalStack> {
  await using started = new AsyncDisposableStack();
  const hospital = await startHospital(options);
  started.defer(() => hospital.stop());
  const { configurationDirectory, provider } = hospital;
  options.progress?.('the gateway');
  let gateway = await startGateway(configurationDirectory);
  allowConsole(provider, gateway.api);
  started.defer(async () => {
    await gateway.stop();
  });

  const cleanUp = started.move();
  return {
    ...hospital,
    gateway: () => gateway,
    restartGateway: async () => {
      await changeYaml(join(configurationDirectory, 'sallyport.yaml'), addressChanges(gateway));
      gateway = await startGateway(configurationDirectory);
      allowConsole(provider, gateway.api);
    },
    stop: () => cleanUp.disposeAsync(),
  };
}

/** Starts all parts but the gateway, and writes its configuration. */
export async function startHospital(options: HospitalStackOptions): Promise<Hospital> {
  const progress = options.progress ?? (() => undefined);
  await using started = new AsyncDisposableStack();
  const authority = await makeCertificateAuthority('Sallyport demo authority');
  const loopback = { names: ['localhost'], addresses: ['127.0.0.1'] };
  const [gatewayCertificate, targetCertificate] = await Promise.all([
    issueServerCertificate(authority, { ...loopback, names: ['localhost', FHIR_HOST] }),
    issueServerCertificate(authority, loopback),
  ]);

  progress('a PostgreSQL server with a made-up hospital');
  const target = await startTargetServer(targetCertificate);
  started.defer(() => target.stop());
  const password = randomBytes(24).toString('base64url');
  await prepareTarget(target, password, options.hospital);

  const { host, service } = await startNeighbours(options, targetCertificate, started);

  progress('an OpenID provider where people sign in');
  const { address = '127.0.0.1', ports = {} } = options;
  const provider = await startOidcProvider({
    address,
    ...(ports.oidc !== undefined && { port: ports.oidc }),
  });
  started.defer(() => provider.stop());

  const configurationDirectory = join(options.directory, 'configuration');
  const { postgres: sql = 0, ssh = 0, http = 0, api = 0 } = ports;
  await writeConfiguration(configurationDirectory, {
    example: 'hospital',
    certificate: gatewayCertificate,
    authorityPem: authority.certificatePem,
    gateway: [
      ...gatewayChanges(provider, {
        ...{ address, postgres: sql, api },
        ...(host && { ssh }),
        ...(service && { http }),
      }),
      [['gateway', 'dataDirectory'], options.dataDirectory ?? '../data'],
      // Everyone of the hospital has one; subjects that tests make up have not.
      [['identity', 'providers', 0, 'personClaim'], 'email'],
      // Whoever verifies the ledger after a minute or less should find it signed.
      [['audit', 'checkpointInterval'], '2s'],
    ],
    targets: {
      hospital: targetChanges(target),
      ...(service && { fhir: serviceChanges(service) }),
    },
    secrets: { 'hospital-password': password, ...(service && { 'fhir-token': service.token }) },
  });
  if (service === undefined) await rm(join(configurationDirectory, 'targets/fhir.yaml'));
  if (host === undefined) await rm(join(configurationDirectory, 'targets/reports.yaml'));
  else await host.configure(configurationDirectory);
  // A cluster takes more than a machine that only tries the gateway has.
  await rm(join(configurationDirectory, 'targets/ward.yaml'));
  await changePolicies(join(configurationDirectory, 'policies'), options);

  const cleanUp = started.move();
  return {
    configurationDirectory,
    authorityFile: join(configurationDirectory, 'tls/ca.crt'),
    ...{ target, host, service, provider },
    stop: () => cleanUp.disposeAsync(),
  };
}

/** What is there beside the database, if it was asked for. */
async function startNeighbours(
  { withHost, withService, hospital = {}, progress = () => undefined }: HospitalStackOptions,
  certificate: CertificateAndKey,
  started: AsyncDisposableStack,
): Promise<Pick<HospitalStack, 'host' | 'service'>> {
  let host: ReportsHost | undefined;
  if (withHost === true) {
    progress('an SSH server with reports as files');
    host = started.use(await startReportsHost());
  }
  let service: FhirService | undefined;
  if (withService === true) {
    progress('a FHIR server with the same patients');
    const token = randomBytes(24).toString('base64url');
    service = started.use(await startFhirService(certificate, { token, hospital }));
  }
  return { host, service };
}

async function changePolicies(
  directory: string,
  { policiesLeftOut = [], policiesAdded = {} }: HospitalStackOptions,
): Promise<void> {
  for (const file of policiesLeftOut) await rm(join(directory, file));
  for (const [file, text] of Object.entries(policiesAdded)) {
    await writeFile(join(directory, file), text);
  }
}

/** Keeps the ports that a gateway found. */
function addressChanges({ postgres, ssh, http, api }: GatewayProcess): readonly Change[] {
  return [
    [['listeners', 'postgres', 0, 'address'], formatAddress(postgres)],
    ...(ssh ? [[['listeners', 'ssh', 0, 'address'], formatAddress(ssh)] as const] : []),
    ...(http ? [[['listeners', 'http', 0, 'address'], formatAddress(http)] as const] : []),
    ...(api ? [[['listeners', 'api', 'address'], formatAddress(api)] as const] : []),
  ];
}

function formatAddress({ host, port }: ListenAddress): string {
  return `${host}:${port}`;
}

/** The console is where the API is; browsers may call that by either name. */
export function allowConsole(
  provider: OidcProvider,
  api: Pick<ListenAddress, 'port'> | undefined,
): void {
  if (api === undefined) return;
  provider.allowConsole([`https://127.0.0.1:${api.port}`, `https://localhost:${api.port}`]);
}

async function prepareTarget(
  target: TargetServer,
  password: string,
  hospital: HospitalOptions | undefined,
): Promise<void> {
  const { socketPath, superuser } = target;
  const sql = postgres({ path: socketPath, user: superuser, database: 'postgres', max: 1 });
  try {
    // Characters of base64url need no quoting.
    await sql.unsafe(`CREATE ROLE ${TARGET_ROLE} LOGIN PASSWORD '${password}'`);
    await sql.unsafe(`CREATE DATABASE hospital OWNER ${TARGET_ROLE}`);
  } finally {
    await sql.end();
  }
  await loadHospital(
    { socketPath, user: superuser, database: 'hospital', owner: TARGET_ROLE },
    hospital,
  );
}

/** Makes the example's `sallyport.yaml` true on this machine. Without a port for SSH or HTTP there is no listener for it. */
export function gatewayChanges(
  provider: OidcProvider,
  ports: {
    /** That all of them are opened at. Default: 127.0.0.1. */
    readonly address?: string;
    readonly postgres: number;
    readonly ssh?: number;
    readonly http?: number;
    readonly api: number;
  },
): readonly Change[] {
  const { address = '127.0.0.1' } = ports;
  const tls = { mode: 'required', certificate: 'tls/server.crt', key: 'tls/server.key' };
  return [
    [['gateway', 'dataDirectory'], '../data'],
    [['listeners', 'postgres'], [{ address: `${address}:${ports.postgres}`, tls }]],
    [
      ['listeners', 'ssh'],
      ports.ssh === undefined ? undefined : [{ address: `${address}:${ports.ssh}` }],
    ],
    [
      ['listeners', 'http'],
      ports.http === undefined ? undefined : [{ address: `${address}:${ports.http}`, tls }],
    ],
    [['listeners', 'api'], { address: `${address}:${ports.api}`, tls }],
    [
      ['identity', 'providers'],
      [
        {
          name: 'clinic',
          kind: 'person',
          issuer: provider.issuer,
          audiences: [PEOPLE_AUDIENCE, CLI_CLIENT_ID, CONSOLE_CLIENT_ID],
          clientId: CLI_CLIENT_ID,
          browser: { clientId: CONSOLE_CLIENT_ID },
          scopes: SIGN_IN_SCOPES,
        },
        {
          name: 'build',
          kind: 'workload',
          issuer: provider.issuer,
          audiences: [WORKLOAD_AUDIENCE],
          groups: ['ci'],
          requireClaims: { repository: 'hospital/claims-import', ref: 'refs/heads/main' },
        },
      ],
    ],
  ];
}

/** By this name clients reach the FHIR server: browsers and curl know of it that it is this machine. */
const FHIR_HOST = 'fhir.localhost';

/** Makes the example's `targets/fhir.yaml` true on this machine. */
function serviceChanges({ host, port }: FhirService): readonly Change[] {
  return [
    [['address'], `${host}:${port}`],
    [['hosts'], [FHIR_HOST]],
    [['basePath'], FHIR_BASE_PATH],
    [['tls', 'caFile'], 'tls/ca.crt'],
    [['credential', 'bearer'], 'file:secrets/fhir-token'],
  ];
}

/** Makes the example's `targets/hospital.yaml` true on this machine. */
function targetChanges(target: TargetServer): readonly Change[] {
  return [
    [['address'], `${target.host}:${target.port}`],
    [['tls', 'caFile'], 'tls/ca.crt'],
    [['tls', 'serverName'], 'localhost'],
    [['credential', 'user'], TARGET_ROLE],
    [['credential', 'password'], 'file:secrets/hospital-password'],
  ];
}
