import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type PrivateSshd, startPrivateSshd } from '../../demo/private-sshd.ts';
import type { ApiCaller } from '../e2e/call-api.ts';
import { type Environment, startEnvironment } from '../e2e/environment.ts';
import type { ApiServerAccess } from '../kubernetes/environment.ts';
import { relayInNetwork, serveClusterInNetwork, serveSiteInNetwork } from './serve-in-network.ts';
import {
  addConnector,
  type ConnectorProcess,
  startConnector,
  writeConnector,
} from './start-connector.ts';
import { openThreeNetworks, type ThreeNetworks } from './three-networks.ts';

/** A gateway, and in two other networks its connector and targets of four kinds. */
export interface NetworkedWorld extends AsyncDisposable {
  readonly networks: ThreeNetworks;
  readonly environment: Environment;
  readonly api: ApiCaller;
  /** The one that is there at first. */
  readonly connector: ConnectorProcess;
  /** What the connector signs in to the site with. */
  readonly siteToken: string;
  /** Starts another process of the connector. */
  startConnector(): Promise<ConnectorProcess>;
}

/** The connector's name. */
export const CONNECTOR = 'ward-3';
/** Names of the targets that are no database. */
export const HOST_TARGET = 'ward-host';
const CLUSTER_TARGET = 'ward-cluster';
const SITE_TARGET = 'ward-site';
/** Names that the gateway is asked for a target by. */
export const SITE_NAME = 'ward-site.sallyport.example';
export const CLUSTER_NAME = 'localhost';
/** Of the database, in the target's network. */
export const DATABASE_PORT = 5432;

const SITE_PORT = 8080;

/** What serves in the target's network. */
interface Targets {
  readonly sshd: PrivateSshd;
  readonly apiServer: ApiServerAccess;
  readonly siteToken: string;
  readonly clusterToken: string;
}

/** Starts all of it. */
export async function startNetworkedWorld(): Promise<NetworkedWorld> {
  await using started = new AsyncDisposableStack();
  const networks = started.use(await openThreeNetworks());
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-networks-'));
  started.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }));
  const environment = started.use(await startGatewayHere(networks));
  const targets = await serveTargets(networks, environment, started);
  await writeGatewayTargets(networks, environment, targets);
  const api = {
    ...{ port: environment.process?.api?.port ?? 0 },
    token: environment.provider.issueToken('tester'),
    authorityFile: join(environment.configurationDirectory, 'tls/ca.crt'),
  };
  const { token, authority } = await addConnector(api, CONNECTOR);
  const { gatewayAddress } = networks;
  await writeConnector(directory, {
    ...{ name: CONNECTOR, authority, token },
    gateways: [`${gatewayAddress}:${environment.process?.connectors?.port}`],
    targets: await describeConnectorTargets(directory, networks, targets),
    settings: { drainTimeout: '5m' },
  });
  const start = () => startConnector(directory, { through: networks.inConnector });
  const connector = started.use(await start());
  const cleanUp = started.move();
  return {
    ...{ networks, environment, api, connector, siteToken: targets.siteToken },
    startConnector: async () => cleanUp.use(await start()),
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
}

function startGatewayHere({ gatewayAddress, targetAddress }: ThreeNetworks): Promise<Environment> {
  const tls = { mode: 'required', certificate: 'tls/server.crt', key: 'tls/server.key' };
  return startEnvironment({
    patients: 20,
    names: [SITE_NAME],
    gateway: [
      [['listeners', 'connectors'], { address: `${gatewayAddress}:0` }],
      [['listeners', 'http'], [{ address: '127.0.0.1:0', tls }]],
      [['listeners', 'ssh'], [{ address: '127.0.0.1:0' }]],
      [['ssh', 'hostNames'], ['127.0.0.1']],
      [['http'], { suffix: 'sallyport.example' }],
    ],
    target: [
      [['address'], `${targetAddress}:${DATABASE_PORT}`],
      [['connector'], CONNECTOR],
    ],
  });
}

async function serveTargets(
  { inTarget, targetAddress: host }: ThreeNetworks,
  { server }: Environment,
  started: AsyncDisposableStack,
): Promise<Targets> {
  const path = join(server.socketDirectory, `.s.PGSQL.${server.port}`);
  started.use(await relayInNetwork(inTarget, { host, port: DATABASE_PORT, path }));
  started.use(await serveSiteInNetwork(inTarget, { host, port: SITE_PORT }));
  const network = { address: host, through: inTarget };
  const sshd = started.use(await startPrivateSshd({ network }));
  const clusterToken = makeToken();
  const cluster = await serveClusterInNetwork(inTarget, { host, token: clusterToken });
  const { apiServer } = started.use(cluster);
  return { sshd, apiServer, siteToken: makeToken(), clusterToken };
}

/** The gateway has none of their credentials. It reads the files as soon as they are there. */
async function writeGatewayTargets(
  { targetAddress }: ThreeNetworks,
  { configurationDirectory }: Environment,
  { sshd, apiServer }: Targets,
): Promise<void> {
  const there = { connector: CONNECTOR, credential: { at: 'connector' } };
  const files = {
    [SITE_TARGET]: { kind: 'http', address: `${targetAddress}:${SITE_PORT}` },
    [HOST_TARGET]: {
      ...{ kind: 'ssh', address: `${targetAddress}:${sshd.port}`, account: sshd.accounts[0] },
    },
    [CLUSTER_TARGET]: {
      ...{ kind: 'kubernetes', address: `${targetAddress}:${apiServer.port}` },
      hosts: [CLUSTER_NAME],
    },
  };
  for (const [name, file] of Object.entries(files)) {
    const path = join(configurationDirectory, 'targets', `${name}.yaml`);
    await writeFile(path, stringify({ ...file, ...there }));
  }
}

async function describeConnectorTargets(
  directory: string,
  { targetAddress }: ThreeNetworks,
  { sshd, apiServer, siteToken, clusterToken }: Targets,
): Promise<Readonly<Record<string, object>>> {
  const secrets = {
    'site-token': siteToken,
    'cluster-token': clusterToken,
    'host-key': await readFile(sshd.clientKeyFile, 'utf8'),
    'cluster.crt': apiServer.authorityPem,
  };
  for (const [name, text] of Object.entries(secrets)) {
    await writeFile(join(directory, name), text, { mode: 0o600 });
  }
  return {
    postgres: {
      ...{ kind: 'postgres', address: `${targetAddress}:${DATABASE_PORT}` },
      ...{ database: 'hospital', credential: { at: 'gateway' } },
    },
    [SITE_TARGET]: {
      ...{ kind: 'http', address: `${targetAddress}:${SITE_PORT}` },
      ...{ tls: { mode: 'disable' }, credential: { bearer: 'file:site-token' } },
    },
    [HOST_TARGET]: {
      ...{ kind: 'ssh', address: `${targetAddress}:${sshd.port}`, account: sshd.accounts[0] },
      ...{ hostKeys: [sshd.hostKey], credential: { privateKey: 'file:host-key' } },
    },
    [CLUSTER_TARGET]: {
      ...{ kind: 'kubernetes', address: `${targetAddress}:${apiServer.port}` },
      tls: { caFile: join(directory, 'cluster.crt') },
      credential: { token: 'file:cluster-token' },
    },
  };
}

function makeToken(): string {
  return `t-${randomBytes(16).toString('hex')}`;
}
