import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { type PrivateSshd, startPrivateSshd } from '../../demo/private-sshd.ts';
import type { HttpRequest, HttpUpstream } from '../../src/protocols/http/exchange.ts';
import { collectBody } from '../../src/protocols/http/whole-body.ts';
import type { Session } from '../../src/protocols/protocol.ts';
import type { HttpTarget, PostgresTarget, SshTarget } from '../../src/targets/target.ts';
import { HttpTargets, type HttpTargetsParts } from '../../src/upstream/http/http-targets.ts';
import { makeRequest } from '../../src/upstream/http/request.fixture.ts';
import { openWays } from '../../src/upstream/open-ways.ts';
import type { Ways } from '../../src/upstream/ways.ts';
import { type PrivatePostgres, startPrivatePostgres } from '../e2e/private-postgres.ts';
import {
  type GatewaySide,
  openConnector,
  openGatewaySide,
  openTunnelWorld,
} from './tunnel-world.ts';

export const PASSWORD = 'only the connector knows';
export const TOKEN = 'the-connector-has-this-token';
export const SIGNAL: AbortSignal = AbortSignal.timeout(120_000);
export const FOR_SESSION = { sessionId: 'session-1', principalId: 'clinic:7' } as const;

/** What the gateway says of targets that it does not know the way to. */
const NOWHERE = {
  host: '192.0.2.1',
  port: 1,
  connectors: ['ward-3'],
  credential: { kind: 'elsewhere' },
} as const;

export const EHR = {
  ...NOWHERE,
  kind: 'postgres',
  name: 'ehr',
  database: 'postgres',
} as unknown as PostgresTarget;
export const WARD = { ...NOWHERE, kind: 'ssh', name: 'ward' } as unknown as SshTarget;

/** The same targets, where the connector carries bytes and the gateway does the rest. */
export const CARRIED: Readonly<Record<string, unknown>> = {
  ...NOWHERE,
  host: 'target.invalid',
  tls: { mode: 'disable' },
};

/** What the gateway sends requests with. */
export const PARTS: Omit<HttpTargetsParts, 'ways'> = {
  resolveSecret: () => assert.fail('the gateway has no secret'),
  signIdentity: ({ id }) => `signed for ${id}`,
  connectTimeoutMs: 20_000,
  onUnexpectedError(error) {
    throw error;
  },
  nowMs: Date.now,
};

/** What an HTTP service got. */
export interface SeenRequest {
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
}

/** Targets of all kinds, a connector that logs in to them, and the side of a gateway that has no way to them. */
export interface LoginWorld extends AsyncDisposable {
  readonly database: PrivatePostgres;
  readonly sshd: PrivateSshd;
  readonly gateway: GatewaySide;
  readonly ways: Ways;
  readonly sites: HttpTargets;
  readonly seen: readonly SeenRequest[];
}

/** Opens one. */
export async function openLoginWorld(): Promise<LoginWorld> {
  await using opened = new AsyncDisposableStack();
  const database = opened.use(
    await startPrivatePostgres({
      version: 'debian',
      hba: ['host all sam 127.0.0.1/32 scram-sha-256'],
    }),
  );
  await database.execute(`create role sam login password '${PASSWORD}'; create database archive;`);
  const sshd = opened.use(await startPrivateSshd());
  const seen: SeenRequest[] = [];
  const ports = await startServices(opened, seen);
  const world = await openTunnelWorld();
  const gateway = opened.use(await openGatewaySide(world, 'gw-1'));
  opened.use(
    await openConnector(world, {
      ports: [gateway.listener.port],
      targets: {},
      environment: { PASSWORD, TOKEN, KEY: await readFile(sshd.clientKeyFile, 'utf8') },
      files: {
        ...describeTargets({ database, sshd }, ports),
        ...mapBytes({
          'ehr-bytes': database.port,
          'ward-bytes': sshd.port,
          'api-bytes': ports.api,
          'api2-bytes': ports.api2,
        }),
      },
    }),
  );
  const { resolveSecret } = PARTS;
  const openStream = gateway.connectors.openStream.bind(gateway.connectors);
  const ways = openWays({ resolveSecret, nowMs: Date.now, openStream });
  const sites = new HttpTargets({ ...PARTS, ways });
  opened.defer(() => sites.close());
  const cleanUp = opened.move();
  return {
    ...{ database, sshd, gateway, ways, sites, seen },
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
}

interface ServicePorts {
  readonly api: number;
  readonly api2: number;
}

/** A service of HTTP/1.1, which can be upgraded to an echo, and one of HTTP/2. */
async function startServices(
  opened: AsyncDisposableStack,
  seen: SeenRequest[],
): Promise<ServicePorts> {
  const note = ({ url, headers }: SeenRequest): void => void seen.push({ url, headers });
  const plain = createHttpServer((request, response) => {
    note(request as SeenRequest);
    response.end('seen');
  }).on('upgrade', (request, socket) => {
    note(request as SeenRequest);
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n',
    );
    socket.pipe(socket);
  });
  const spoken2 = createHttp2Server((request, response) => {
    note(request);
    response.end('seen by 2');
  });
  return { api: await listen(opened, plain), api2: await listen(opened, spoken2) };
}

async function listen(opened: AsyncDisposableStack, server: Server): Promise<number> {
  opened.defer(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** The files of targets whose credential is at the connector. */
function describeTargets(
  { database, sshd }: Pick<LoginWorld, 'database' | 'sshd'>,
  { api, api2 }: ServicePorts,
): Readonly<Record<string, object>> {
  const tls = { mode: 'disable' };
  return {
    ehr: {
      ...{ kind: 'postgres', address: `127.0.0.1:${database.port}`, database: 'postgres', tls },
      credential: { user: 'sam', password: 'env:PASSWORD' },
    },
    ward: {
      ...{ kind: 'ssh', address: `127.0.0.1:${sshd.port}`, account: sshd.accounts[0] },
      ...{ hostKeys: [sshd.hostKey], credential: { privateKey: 'env:KEY' } },
    },
    api: {
      ...{ kind: 'http', address: `127.0.0.1:${api}`, tls, basePath: '/r4' },
      credential: { bearer: 'env:TOKEN' },
    },
    api2: {
      ...{ kind: 'http', address: `127.0.0.1:${api2}`, tls, httpVersion: '2' },
      credential: { header: { name: 'X-Key', value: 'env:TOKEN' } },
    },
  };
}

/** The files of targets whose credential is at the gateway, of whatever kind they are. */
function mapBytes(ports: Readonly<Record<string, number>>): Readonly<Record<string, object>> {
  const file = (port: number): object => ({
    ...{ kind: 'http', address: `127.0.0.1:${port}`, credential: { at: 'gateway' } },
  });
  return Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, file(port)]));
}

/** A service, as the gateway's file has it. */
export function site(name: string, changes: object = {}): HttpTarget {
  const tls = { mode: 'verify-full' };
  const web = { ...NOWHERE, kind: 'http', name, tls, basePath: '', httpVersion: 'auto' };
  return { ...web, identityHeader: 'X-Sallyport-Identity', ...changes } as unknown as HttpTarget;
}

/** Of somebody. */
export function session(): Session {
  return { id: 'session-1', principal: { id: 'clinic:7', groups: [] } } as unknown as Session;
}

/** Status and body, or why there are none. */
export function ask(
  upstream: HttpUpstream,
  request: Parameters<typeof makeRequest>[0],
): Promise<string> {
  return new Promise((resolve, reject) => {
    upstream.send(makeRequest(request) satisfies HttpRequest, {
      onResponse: ({ status, body }) =>
        collectBody(body, 1_000, (collected) =>
          resolve(
            `${status} ${collected.kind === 'whole' ? collected.bytes.toString() : collected.kind}`,
          ),
        ),
      onUpgrade: () => reject(new Error('upgraded')),
      onError: reject,
    });
  });
}
