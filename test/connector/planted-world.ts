import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { decodePrivateKeyFile } from '../../src/wire/ssh/private-key-file.ts';
import { type PrivatePostgres, startPrivatePostgres } from '../e2e/private-postgres.ts';
import { type SshEnvironment, startSshEnvironment } from '../ssh/environment.ts';
import { type PlantedExports, startPlantedExports } from './planted-exports.ts';
import { type PlantedSecret, plant, plantKey, withScramKeys } from './planted-secret.ts';
import {
  CLUSTER,
  type Files,
  filesOf,
  type Planted,
  plantSites,
  REFUSED_CLUSTER,
  REFUSED_SITE,
  type Targets,
} from './planted-sites.ts';
import {
  addConnector,
  type ConnectorProcess,
  startConnector,
  writeConnector,
} from './start-connector.ts';

/** Where the secrets of a world are. */
export type Keeper = 'gateway' | 'connector';

/** A gateway with a connector, and targets of all kinds with twenty secrets between them. */
export interface PlantedWorld extends AsyncDisposable {
  readonly gateway: SshEnvironment;
  readonly secrets: readonly PlantedSecret[];
  /** Names of targets by how they are reached. */
  readonly databases: readonly string[];
  /** Services that take what they are sent. */
  readonly sites: readonly string[];
  /** Whose password is wrong. */
  readonly lockedDatabase: string;
  /** Where others may keep files of theirs. */
  readonly directory: string;
  /** Of the connector, if it has the secrets. */
  readonly connectorDirectory: string;
  /** Undefined where the gateway has them. */
  readonly connector: ConnectorProcess | undefined;
  /** What the gateway's entries are sent to. */
  readonly exports: PlantedExports;
  /** What the services were sent: header fields and path, as text. */
  readonly sent: readonly string[];
}

const CONNECTOR = 'ward-3';
/** Names of the targets that are hosts. */
export const HOSTS = ['ward', 'ward-by-authority'] as const;
/** A host that does not take the key. */
export const REFUSED_HOST = 'ward-refused';
/** Targets beside the services that take what they are sent. */
const APART: readonly string[] = [CLUSTER, REFUSED_CLUSTER, REFUSED_SITE];
/** Where kubectl finds the cluster. */
const CLUSTER_HOST = 'localhost';

/** Starts one. */
export async function openPlantedWorld(keeper: Keeper): Promise<PlantedWorld> {
  await using started = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-planted-'));
  started.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }));
  const exports = started.use(await startPlantedExports(directory));
  const tls = { mode: 'required', certificate: 'tls/server.crt', key: 'tls/server.key' };
  const gateway = started.use(
    await startSshEnvironment({
      gateway: [
        [['listeners', 'connectors'], { address: '127.0.0.1:0' }],
        [['listeners', 'http'], [{ address: '127.0.0.1:0', tls }]],
        [['exports'], exports.settings],
      ],
      environment: () => exports.environment,
    }),
  );
  // The environment's own target comes with a key for the gateway.
  await rm(join(gateway.configurationDirectory, 'secrets'), { recursive: true });
  await rm(join(gateway.configurationDirectory, 'targets/ward.yaml'));
  const databases = await plantDatabases(started);
  const hosts = await plantHosts(gateway);
  const sites = await plantSites(started, directory);
  const targets = { ...databases.targets, ...hosts.targets, ...sites.targets };
  const secrets = [...databases.secrets, ...hosts.secrets, ...sites.secrets];
  const files = { ...databases.files, ...hosts.files, ...sites.files };
  const keeperDirectory =
    keeper === 'gateway' ? gateway.configurationDirectory : join(directory, 'connector');
  await writeFiles(join(keeperDirectory, 'secrets'), files);
  const ofGateway = Object.entries(targets).map(([name, target]) => [
    name,
    {
      ...(keeper === 'gateway' ? target : throughConnector(target)),
      ...(name === CLUSTER && { hosts: [CLUSTER_HOST] }),
    },
  ]);
  const connector =
    keeper === 'gateway'
      ? undefined
      : started.use(await startKeeper(gateway, keeperDirectory, targets));
  await writeTargets(gateway.configurationDirectory, Object.fromEntries(ofGateway) as Targets);
  const cleanUp = started.move();
  return {
    ...{ directory, gateway, connector, exports, secrets, sent: sites.sent },
    lockedDatabase: databases.locked,
    connectorDirectory: keeperDirectory,
    databases: Object.keys(databases.targets),
    sites: Object.keys(sites.targets).filter((name) => !APART.includes(name)),
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
}

/** Runs a connector with the targets. */
async function startKeeper(
  gateway: SshEnvironment,
  directory: string,
  targets: Targets,
): Promise<ConnectorProcess> {
  const { api, connectors } = gateway.process;
  const authorityFile = join(gateway.configurationDirectory, 'tls/ca.crt');
  const caller = { port: api?.port ?? 0, token: gateway.tokenOf('ana'), authorityFile };
  const { token, authority } = await addConnector(caller, CONNECTOR);
  await writeConnector(directory, {
    ...{ name: CONNECTOR, authority, token, targets },
    gateways: [`127.0.0.1:${connectors?.port}`],
  });
  return startConnector(directory);
}

/** What the gateway needs to know of a target that the connector logs in to. */
function throughConnector(target: Targets[string]): Targets[string] {
  const { tls: _tls, hostKeys: _keys, credential: _credential, ...others } = target;
  return { ...others, connector: CONNECTOR, credential: { at: 'connector' } };
}

async function writeTargets(directory: string, targets: Targets): Promise<void> {
  for (const [name, target] of Object.entries(targets)) {
    await writeFile(join(directory, 'targets', `${name}.yaml`), stringify(target));
  }
}

async function writeFiles(directory: string, files: Files): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(directory, name), text, { mode: 0o600 });
  }
}

/** Databases, each with a user of its own; the last has another password than the server. */
async function plantDatabases(
  started: AsyncDisposableStack,
): Promise<Planted & { readonly locked: string }> {
  const names = Array.from({ length: 8 }, (_, index) => `database-${index + 1}`);
  const server = started.use(
    await startPrivatePostgres({
      version: 'debian',
      hba: ['host all all 127.0.0.1/32 scram-sha-256'],
    }),
  );
  const secrets: PlantedSecret[] = [];
  for (const name of names) secrets.push(await plantUser(server, name));
  const locked = names.at(-1) ?? '';
  await server.execute(`alter role "${locked}" password 'another'`);
  const targets = names.map((name) => [
    name,
    {
      kind: 'postgres',
      address: `127.0.0.1:${server.port}`,
      database: 'postgres',
      tls: { mode: 'disable' },
      credential: { user: name, password: `file:secrets/${name}` },
    },
  ]);
  return {
    secrets,
    files: filesOf(secrets),
    targets: Object.fromEntries(targets) as Targets,
    locked,
  };
}

async function plantUser(server: PrivatePostgres, name: string): Promise<PlantedSecret> {
  const secret = plant(name);
  await server.execute(`create role "${name}" login password '${secret.text}'`);
  const verifier = await server.execute(
    `select rolpassword from pg_authid where rolname = '${name}'`,
  );
  return withScramKeys(secret, verifier.trim());
}

/** A host that takes a key, and one that believes an authority. */
async function plantHosts({ sshd }: SshEnvironment): Promise<Planted> {
  const pems = {
    ward: await readFile(sshd.clientKeyFile, 'utf8'),
    'ward-by-authority': await readFile(sshd.userAuthorityFile, 'utf8'),
  };
  const [account] = sshd.accounts;
  const host = {
    kind: 'ssh',
    address: `${sshd.host}:${sshd.port}`,
    account,
    hostKeys: [sshd.hostKey],
  };
  return {
    secrets: HOSTS.map((name) => plantKey(name, pems[name], decodePrivateKeyFile(pems[name]))),
    files: pems,
    targets: {
      ward: { ...host, credential: { privateKey: 'file:secrets/ward' } },
      [REFUSED_HOST]: {
        ...{ ...host, account: 'stranger' },
        credential: { privateKey: 'file:secrets/ward' },
      },
      'ward-by-authority': {
        ...host,
        credential: { certificateAuthority: 'file:secrets/ward-by-authority' },
      },
    },
  };
}
