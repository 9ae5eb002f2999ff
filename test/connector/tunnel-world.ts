import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EntryFields, LedgerPort } from '../../src/audit/ledger-port.ts';
import { makeGatewayCertificate } from '../../src/bin/open-tunnel-identity.ts';
import { loadConnectorConfiguration } from '../../src/configuration/load-configuration.ts';
import { type ConnectorIdentity, keepIdentity } from '../../src/connector/connector-identity.ts';
import { ConnectorTargets } from '../../src/connector/connector-targets.ts';
import { LoggedInTargets } from '../../src/connector/logins/logged-in-targets.ts';
import { type Connector, startConnector } from '../../src/connector/run-connector.ts';
import { StreamRefusedError } from '../../src/connector/stream-refused-error.ts';
import type { TargetOpener } from '../../src/connector/target-stream.ts';
import { ConnectorService } from '../../src/gateway/connectors/connector-service.ts';
import { Connectors } from '../../src/gateway/connectors/connectors.ts';
import { EnrolmentDesk, hashEnrolmentToken } from '../../src/gateway/connectors/enrolment-desk.ts';
import { TunnelAuthority } from '../../src/gateway/connectors/tunnel-authority.ts';
import {
  listenForTunnels,
  type TunnelListener,
} from '../../src/gateway/connectors/tunnel-listener.ts';
import type { Authenticator } from '../../src/identity/authenticator.ts';
import type { Target } from '../../src/targets/target.ts';
import type { Log } from '../../src/telemetry/log.ts';
import { openWays } from '../../src/upstream/open-ways.ts';
import type { StreamRequest } from '../../src/wire/tunnel/stream-request.ts';
import {
  ENROLMENT_APPLICATION,
  TUNNEL_APPLICATION,
} from '../../src/wire/tunnel/tunnel-protocol.ts';
import { MemoryConnectorStore } from './memory-connector-store.ts';
import { writeConnector } from './start-connector.ts';

/** The side of a gateway that has to do with connectors, in this process. */
export interface GatewaySide extends AsyncDisposable {
  readonly name: string;
  readonly listener: TunnelListener;
  readonly connectors: Connectors;
  readonly service: ConnectorService;
}

/** What gateways share, and what they say. */
export interface TunnelWorld {
  readonly authority: TunnelAuthority;
  readonly store: MemoryConnectorStore;
  readonly ledger: LedgerPort;
  readonly entries: EntryFields[];
  readonly log: Log;
  readonly logged: string[];
  authenticate: Authenticator['authenticate'];
}

/** A stream to the target that all of these connectors have. */
export const REQUEST: StreamRequest = {
  target: 'ward-db',
  kind: 'bytes',
  sessionId: 'session-1',
  principalId: 'clinic:7',
};

/** What differs from the defaults of {@link openGatewaySide}. */
export interface GatewaySideOptions {
  readonly handshakeTimeoutMs?: number;
  readonly greetingTimeoutMs?: number;
  /** Where it listens. Default: 127.0.0.1, any port. */
  readonly host?: string;
  readonly port?: number;
}

/** Opens what gateways share. */
export async function openTunnelWorld(): Promise<TunnelWorld> {
  let kept: Buffer | undefined;
  const entries: EntryFields[] = [];
  const logged: string[] = [];
  return {
    authority: await TunnelAuthority.open({
      findOrKeep: async (_purpose, candidate) => (kept ??= candidate),
    }),
    store: new MemoryConnectorStore(),
    entries,
    ledger: {
      health: 'healthy',
      append: (entry, _mode, done) => {
        entries.push(entry);
        setImmediate(() => done(undefined));
      },
    },
    logged,
    log: {
      write: (_level, event, fields) => void logged.push(`${event} ${JSON.stringify(fields)}`),
    },
    authenticate: async () => ({ kind: 'rejected', reason: 'unknown-issuer' }),
  };
}

/** Opens one gateway's listener, and what keeps tunnels. */
export async function openGatewaySide(
  world: TunnelWorld,
  name: string,
  { handshakeTimeoutMs, greetingTimeoutMs, host = '127.0.0.1', port = 0 }: GatewaySideOptions = {},
): Promise<GatewaySide> {
  const { authority, store, ledger, log } = world;
  const connectors = new Connectors();
  const nowMs = Date.now;
  const desk = new EnrolmentDesk({
    ...{ store, authority, nowMs, log },
    authenticator: { authenticate: (token, signal) => world.authenticate(token, signal) },
    enter: async ({ name: connector }, facts) =>
      void world.entries.push({ kind: 'connector.enrol', connector, ...facts }),
  });
  const logName = `${name}.0`;
  const service = new ConnectorService({
    ...{ store, desk, connectors, ledger, logName, nowMs, log },
    ...{ gateway: name, greetingTimeoutMs },
  });
  const listener = await listenForTunnels({
    name: 'connectors',
    address: { host, port },
    authorityPem: authority.certificatePem,
    certificate: await makeGatewayCertificate(authority, name),
    applications: new Map([
      [TUNNEL_APPLICATION, { role: 'connector', serve: service.accept.bind(service) }],
      [ENROLMENT_APPLICATION, { role: undefined, serve: desk.serve.bind(desk) }],
    ]),
    ...(handshakeTimeoutMs !== undefined && { handshakeTimeoutMs }),
    log,
  });
  return {
    ...{ name, listener, connectors, service },
    [Symbol.asyncDispose]: async () => {
      listener.close();
      await service[Symbol.asyncDispose]();
    },
  };
}

/** Gives a connector a token to enrol with. */
export async function giveToken(
  { store }: TunnelWorld,
  name: string,
  expiresAtMs: number = Date.now() + 60_000,
): Promise<string> {
  const token = `sct_${randomUUID()}`;
  const connector = { id: randomUUID(), name, createdBy: 'clinic:7', workload: undefined };
  await store.add(connector, { hash: hashEnrolmentToken(token), expiresAtMs });
  return token;
}

/** A target that says back what it is told, and who is connected to it. */
export interface EchoTarget extends AsyncDisposable {
  readonly port: number;
  readonly sockets: ReadonlySet<Socket>;
}

/** Starts one, at a Unix socket or a port of 127.0.0.1. */
export async function startEcho(path?: string): Promise<EchoTarget> {
  const sockets = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    socket.pipe(socket);
  });
  if (path === undefined) server.listen(0, '127.0.0.1');
  else server.listen(path);
  await once(server, 'listening');
  return {
    port: path === undefined ? (server.address() as AddressInfo).port : 0,
    sockets,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A connector that runs in this process. */
export interface RunningConnector extends AsyncDisposable {
  readonly directory: string;
  readonly connector: Connector;
}

/** What differs from the defaults of {@link openConnector}. */
export interface OpenConnectorOptions {
  readonly name?: string;
  /** What it has already. Default: it enrols. */
  readonly identity?: ConnectorIdentity;
  readonly settings?: object;
  /** Ports of gateways at 127.0.0.1. */
  readonly ports: readonly number[];
  /** By name: port of a target that is carried to. */
  readonly targets: Readonly<Record<string, number>>;
  /** By name: targets with a credential at the connector. */
  readonly loggedIn?: Readonly<Record<string, number>>;
  /** By name: whole files of targets that the connector does log in to. */
  readonly files?: Readonly<Record<string, object>>;
  /** Of the connector, which its files refer to. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Starts a connector in this process. */
export async function openConnector(
  world: TunnelWorld,
  {
    name = 'ward-3',
    settings,
    ports,
    targets,
    loggedIn = {},
    files,
    environment = {},
    identity,
  }: OpenConnectorOptions,
): Promise<RunningConnector> {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-tunnel-'));
  const target = (port: number, credential: object): object => ({
    ...{ kind: 'postgres', address: `127.0.0.1:${port}`, database: 'ward', credential },
  });
  await writeConnector(directory, {
    ...{ name, authority: world.authority.certificatePem },
    ...(identity === undefined && { token: await giveToken(world, name) }),
    gateways: ports.map((port) => `127.0.0.1:${port}`),
    targets: {
      ...mapValues(targets, (port) => target(port, { at: 'gateway' })),
      ...mapValues(loggedIn, (port) => target(port, { user: 'sallyport' })),
      ...files,
    },
    ...(settings !== undefined && { settings }),
  });
  if (identity !== undefined) await keepIdentity(join(directory, 'data'), identity);
  const configuration = await loadConnectorConfiguration(directory);
  const connector = await startConnector(
    {
      configuration,
      targets: new ConnectorTargets(
        configuration.targets,
        files === undefined ? NO_LOGINS : openLogins(configuration.targets, environment),
      ),
      resolveSecret: async () => readFile(join(directory, 'token')),
      ...{ version: 'test', nowMs: Date.now, log: world.log },
    },
    AbortSignal.timeout(60_000),
  );
  return {
    ...{ directory, connector },
    [Symbol.asyncDispose]: async () => {
      await connector[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

const NO_LOGINS: TargetOpener = {
  open: async () => {
    throw new StreamRefusedError('login-failed', 'nobody logs in here');
  },
};

function openLogins(
  targets: readonly Target[],
  environment: Readonly<Record<string, string>>,
): TargetOpener {
  const resolveSecret = async (reference: string): Promise<Buffer> =>
    Buffer.from(environment[reference.slice('env:'.length)] ?? '');
  return new LoggedInTargets(targets, {
    ways: openWays({ resolveSecret, nowMs: Date.now }),
    resolveSecret,
    connectTimeoutMs: 20_000,
    onUnexpectedError(error) {
      throw error;
    },
    nowMs: Date.now,
  });
}

function mapValues<Value, Mapped>(
  values: Readonly<Record<string, Value>>,
  map: (value: Value) => Mapped,
): Readonly<Record<string, Mapped>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value)]));
}

/** What most tests of connectors begin with: a gateway, and a target that says what it is told. */
export interface EchoWorld {
  readonly world: TunnelWorld;
  readonly gateway: GatewaySide;
  readonly echo: EchoTarget;
}

/** Opens an {@link EchoWorld}; `opened` closes it. */
export async function openEchoWorld(opened: AsyncDisposableStack): Promise<EchoWorld> {
  const world = await openTunnelWorld();
  const gateway = opened.use(await openGatewaySide(world, 'gw-1'));
  return { world, gateway, echo: opened.use(await startEcho()) };
}
