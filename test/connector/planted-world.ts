import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import {
  issueServerCertificate,
  makeCertificateAuthority,
} from '../../src/gateway/certificates.ts';
import { decodePrivateKeyFile } from '../../src/wire/ssh/private-key-file.ts';
import { type PrivatePostgres, startPrivatePostgres } from '../e2e/private-postgres.ts';
import { issueClientCertificate } from '../http/issue-client-certificate.ts';
import { type SshEnvironment, startSshEnvironment } from '../ssh/environment.ts';
import { type PlantedSecret, plant, plantKey, withScramKeys } from './planted-secret.ts';
import { addConnector, startConnector, writeConnector } from './start-connector.ts';

/** Where the secrets of a world are. */
export type Keeper = 'gateway' | 'connector';

/** A gateway with a connector, and targets of all kinds with twenty secrets between them. */
export interface PlantedWorld extends AsyncDisposable {
  readonly gateway: SshEnvironment;
  readonly secrets: readonly PlantedSecret[];
  /** Names of targets by how they are reached. */
  readonly databases: readonly string[];
  readonly sites: readonly string[];
  /** Whose password is wrong. */
  readonly lockedDatabase: string;
  /** Of the connector, if it has the secrets. */
  readonly connectorDirectory: string;
  /** What the services were sent: header fields and path, as text. */
  readonly sent: readonly string[];
}

const CONNECTOR = 'ward-3';
/** Names of the targets that are hosts. */
export const HOSTS = ['ward', 'ward-by-authority'] as const;

/** Starts one. */
export async function openPlantedWorld(keeper: Keeper): Promise<PlantedWorld> {
  await using started = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-planted-'));
  started.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }));
  const gateway = started.use(
    await startSshEnvironment({
      gateway: [
        [['listeners', 'connectors'], { address: '127.0.0.1:0' }],
        [['listeners', 'http'], [{ address: '127.0.0.1:0', tls: { mode: 'disabled' } }]],
      ],
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
  if (keeper === 'gateway') await writeTargets(gateway.configurationDirectory, targets);
  else started.use(await startKeeper(gateway, keeperDirectory, targets));
  const cleanUp = started.move();
  return {
    ...{ gateway, secrets, sent: sites.sent, lockedDatabase: databases.locked },
    connectorDirectory: keeperDirectory,
    databases: Object.keys(databases.targets),
    sites: Object.keys(sites.targets),
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
}

type Files = Readonly<Record<string, string>>;
type Targets = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

interface Planted {
  readonly secrets: readonly PlantedSecret[];
  /** Files with them. */
  readonly files: Files;
  readonly targets: Targets;
}

/** Runs a connector with the targets, and has the gateway know of them what it needs. */
async function startKeeper(
  gateway: SshEnvironment,
  directory: string,
  targets: Targets,
): Promise<AsyncDisposable> {
  const { api, connectors } = gateway.process;
  const authorityFile = join(gateway.configurationDirectory, 'tls/ca.crt');
  const caller = { port: api?.port ?? 0, token: gateway.tokenOf('ana'), authorityFile };
  const { token, authority } = await addConnector(caller, CONNECTOR);
  await writeConnector(directory, {
    ...{ name: CONNECTOR, authority, token, targets },
    gateways: [`127.0.0.1:${connectors?.port}`],
  });
  const connector = await startConnector(directory);
  const ofGateway = Object.entries(targets).map(([name, target]) => [
    name,
    { ...withoutLogin(target), connector: CONNECTOR, credential: { at: 'connector' } },
  ]);
  await writeTargets(gateway.configurationDirectory, Object.fromEntries(ofGateway) as Targets);
  return connector;
}

function withoutLogin(target: Readonly<Record<string, unknown>>): Targets[string] {
  const { tls: _tls, hostKeys: _keys, credential: _credential, ...others } = target;
  return others;
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
      'ward-by-authority': {
        ...host,
        credential: { certificateAuthority: 'file:secrets/ward-by-authority' },
      },
    },
  };
}

/** Services with a credential of each kind, and a cluster. */
async function plantSites(
  started: AsyncDisposableStack,
  directory: string,
): Promise<Planted & { readonly sent: readonly string[] }> {
  const sent: string[] = [];
  const oauthToken = plant('oauth-token');
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const isForToken = request.url === '/token';
    if (!isForToken) sent.push(`${request.url} ${request.rawHeaders.join(' ')}`);
    response.setHeader('content-type', 'application/json');
    const token = { access_token: oauthToken.text, token_type: 'bearer', expires_in: 600 };
    response.end(JSON.stringify(isForToken ? token : { seen: true }));
  };
  const port = await listen(started, createServer(answer));
  const authority = await makeCertificateAuthority('Planted authority');
  const certificate = await issueServerCertificate(authority, {
    names: [],
    addresses: ['127.0.0.1'],
  });
  const tls = { cert: certificate.certificatePem, key: certificate.keyPem, requestCert: true };
  const secure = { ...tls, rejectUnauthorized: false };
  const tlsPort = await listen(started, createTlsServer(secure, answer));
  const caFile = join(directory, 'planted-ca.crt');
  await writeFile(caFile, authority.certificatePem);
  const client = await issueClientCertificate(authority, { commonName: 'door' });

  const of = (name: string): PlantedSecret => plant(name);
  const given = [
    'header',
    'bearer',
    'basic',
    'query',
    'oauth',
    'sigv4',
    'session-token',
    'cluster',
  ].map(of);
  const key = plantKey('client-key', client.keyPem, decodePrivateKeyFile(client.keyPem));
  const encrypted = { address: `127.0.0.1:${tlsPort}`, tls: { caFile } };
  return {
    sent,
    secrets: [...given, key, oauthToken],
    files: {
      ...filesOf(given),
      'client-key': client.keyPem,
      'client-certificate': client.certificatePem,
    },
    targets: {
      ...describePlainSites(port),
      cluster: { ...encrypted, kind: 'kubernetes', credential: { token: reference('cluster') } },
      'by-certificate': {
        ...{ kind: 'http', address: encrypted.address, credential: { none: true } },
        tls: {
          caFile,
          clientCertificate: {
            certificate: reference('client-certificate'),
            key: reference('client-key'),
          },
        },
      },
    },
  };
}

/** A service for each kind of credential that goes into requests. */
function describePlainSites(port: number): Targets {
  const plain = { kind: 'http', address: `127.0.0.1:${port}`, tls: { mode: 'disable' } };
  return {
    header: { ...plain, credential: { header: { name: 'X-Key', value: reference('header') } } },
    bearer: { ...plain, credential: { bearer: reference('bearer') } },
    basic: { ...plain, credential: { basic: { user: 'door', password: reference('basic') } } },
    query: { ...plain, credential: { query: { name: 'key', value: reference('query') } } },
    oauth: {
      ...plain,
      credential: {
        oauth: {
          tokenUrl: `http://127.0.0.1:${port}/token`,
          clientId: 'door',
          clientSecret: reference('oauth'),
        },
      },
    },
    sigv4: {
      ...plain,
      credential: {
        sigv4: {
          ...{ region: 'eu-central-1', service: 's3', accessKeyId: reference('access-key-id') },
          secretAccessKey: reference('sigv4'),
          sessionToken: reference('session-token'),
        },
      },
    },
  };
}

function reference(name: string): string {
  return `file:secrets/${name}`;
}

function filesOf(secrets: readonly PlantedSecret[]): Files {
  return {
    ...Object.fromEntries(secrets.map(({ name, text }) => [name, text])),
    // Names a key, and is none.
    'access-key-id': 'AKIAPLANTED',
  };
}

async function listen(started: AsyncDisposableStack, server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  started.defer(() => void server.close());
  return (server.address() as AddressInfo).port;
}
