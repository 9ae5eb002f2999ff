import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { type PrivateSshd, startPrivateSshd } from '../../demo/private-sshd.ts';
import type { HttpRequest, HttpUpstream } from '../../src/protocols/http/exchange.ts';
import { collectBody } from '../../src/protocols/http/whole-body.ts';
import { readRows } from '../../src/protocols/postgres/catalog-reader.ts';
import type { Session } from '../../src/protocols/protocol.ts';
import type { HttpTarget, PostgresTarget, SshTarget } from '../../src/targets/target.ts';
import { HttpTargets } from '../../src/upstream/http/http-targets.ts';
import { makeRequest } from '../../src/upstream/http/request.fixture.ts';
import { openWays } from '../../src/upstream/open-ways.ts';
import type { PostgresStart, Ways } from '../../src/upstream/ways.ts';
import { encodeGlobalRequest } from '../../src/wire/ssh/global-request.ts';
import { MessageNumber } from '../../src/wire/ssh/message-number.ts';
import { type PrivatePostgres, startPrivatePostgres } from '../e2e/private-postgres.ts';
import { eventually } from './eventually.ts';
import {
  type GatewaySide,
  openConnector,
  openGatewaySide,
  openTunnelWorld,
} from './tunnel-world.ts';

const PASSWORD = 'only the connector knows';
const TOKEN = 'the-connector-has-this-token';
const SIGNAL = AbortSignal.timeout(120_000);
const FOR_SESSION = { sessionId: 'session-1', principalId: 'clinic:7' };
const NOWHERE = {
  host: '192.0.2.1',
  port: 1,
  connectors: ['ward-3'],
  credential: { kind: 'elsewhere' },
} as const;

/** What the gateway sends requests with. */
const PARTS = {
  resolveSecret: () => assert.fail('the gateway has no secret'),
  signIdentity: ({ id }: Session) => `signed for ${id}`,
  connectTimeoutMs: 20_000,
  onUnexpectedError(error: unknown): void {
    throw error;
  },
  nowMs: Date.now,
};

const opened = new AsyncDisposableStack();
let database: PrivatePostgres;
let sshd: PrivateSshd;
let gateway: GatewaySide;
let ways: Ways;
let sites: HttpTargets;
/** What the HTTP services got. */
const seen: { readonly url: string | undefined; readonly headers: IncomingMessage['headers'] }[] =
  [];

before(async () => {
  database = opened.use(
    await startPrivatePostgres({
      version: 'debian',
      hba: ['host all sam 127.0.0.1/32 scram-sha-256'],
    }),
  );
  await database.execute(`create role sam login password '${PASSWORD}'; create database archive;`);
  sshd = opened.use(await startPrivateSshd());
  const plain = listen(
    createHttpServer((request, response) => {
      seen.push({ url: request.url, headers: request.headers });
      response.end('seen');
    }).on('upgrade', (request, socket) => {
      seen.push({ url: request.url, headers: request.headers });
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n',
      );
      socket.pipe(socket);
    }),
  );
  const spoken2 = listen(
    createHttp2Server((request, response) => {
      seen.push({ url: request.url, headers: request.headers });
      response.end('seen by 2');
    }),
  );
  const [apiPort, api2Port] = [await plain, await spoken2];
  const [account] = sshd.accounts;
  const world = await openTunnelWorld();
  gateway = opened.use(await openGatewaySide(world, 'gw-1'));
  opened.use(
    await openConnector(world, {
      ports: [gateway.listener.port],
      targets: {},
      environment: {
        PASSWORD,
        TOKEN,
        KEY: await readFile(sshd.clientKeyFile, 'utf8'),
      },
      files: {
        ehr: {
          kind: 'postgres',
          address: `127.0.0.1:${database.port}`,
          database: 'postgres',
          tls: { mode: 'disable' },
          credential: { user: 'sam', password: 'env:PASSWORD' },
        },
        ward: {
          kind: 'ssh',
          address: `127.0.0.1:${sshd.port}`,
          account,
          credential: { privateKey: 'env:KEY' },
          hostKeys: [sshd.hostKey],
        },
        api: {
          kind: 'http',
          address: `127.0.0.1:${apiPort}`,
          tls: { mode: 'disable' },
          basePath: '/r4',
          credential: { bearer: 'env:TOKEN' },
        },
        ...mapBytes({
          'ehr-bytes': database.port,
          'ward-bytes': sshd.port,
          'api-bytes': apiPort,
          'api2-bytes': api2Port,
        }),
        api2: {
          kind: 'http',
          address: `127.0.0.1:${api2Port}`,
          tls: { mode: 'disable' },
          httpVersion: '2',
          credential: { header: { name: 'X-Key', value: 'env:TOKEN' } },
        },
      },
    }),
  );
  ways = openWays({
    resolveSecret: () => assert.fail('the gateway has no secret'),
    nowMs: Date.now,
    openStream: (...question) => gateway.connectors.openStream(...question),
  });
  sites = new HttpTargets({ ...PARTS, ways });
  opened.defer(() => sites.close());
});
after(() => opened.disposeAsync());

function mapBytes(ports: Readonly<Record<string, number>>): Readonly<Record<string, object>> {
  const file = (port: number): object => ({
    ...{ kind: 'http', address: `127.0.0.1:${port}`, credential: { at: 'gateway' } },
  });
  return Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, file(port)]));
}

async function listen(server: Server): Promise<number> {
  opened.defer(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const EHR = {
  ...NOWHERE,
  kind: 'postgres',
  name: 'ehr',
  database: 'postgres',
} as unknown as PostgresTarget;
const WARD = { ...NOWHERE, kind: 'ssh', name: 'ward' } as unknown as SshTarget;

/** The same targets, where the connector carries bytes and the gateway does the rest. */
const CARRIED = { ...NOWHERE, host: 'target.invalid', tls: { mode: 'disable' } } as const;

function site(name: string, changes: object = {}): HttpTarget {
  const tls = { mode: 'verify-full' };
  const web = { ...NOWHERE, kind: 'http', name, tls, basePath: '', httpVersion: 'auto' };
  return { ...web, identityHeader: 'X-Sallyport-Identity', ...changes } as unknown as HttpTarget;
}

function logIn(changes: Partial<PostgresStart> = {}): ReturnType<Ways['connectPostgres']> {
  const start = { database: 'postgres', parameters: new Map([['application_name', 'door']]) };
  return ways.connectPostgres(EHR, { ...start, ...changes }, FOR_SESSION, SIGNAL);
}

describe('a database that the connector logs in to', () => {
  it('is handed over ready for queries, with what the server said', async () => {
    const upstream = await logIn();
    try {
      assert.equal(upstream.parameters.get('application_name'), 'door');
      assert.match(upstream.serverVersion, /^\d+\./);
      assert.deepEqual(await readRows(upstream, 'select current_user, 1 + 1'), [['sam', '2']]);
      const [row] = await readRows(upstream, "select repeat('x', 3000000)");
      assert.equal(row?.[0]?.length, 3_000_000);
    } finally {
      upstream.socket.destroy();
    }
  });

  it('can have a statement cancelled', async () => {
    const upstream = await logIn();
    const [[pid] = []] = await readRows(upstream, 'select pg_backend_pid()');
    const sleeping = readRows(upstream, 'select pg_sleep(100)');
    const rejected = assert.rejects(sleeping, { code: 'ERR_UPSTREAM_LOGIN' });
    await eventually('the statement', async () => {
      const running = await database.execute(
        `select query from pg_stat_activity where pid = ${pid} and wait_event = 'PgSleep'`,
      );
      return running.includes('pg_sleep') ? running : undefined;
    });
    await ways.cancelPostgres(EHR, upstream.backendKey, FOR_SESSION, SIGNAL);
    await rejected;
    upstream.socket.destroy();
  });
});

describe('what a gateway asks of a login at a database', () => {
  const refused = { code: 'ERR_UPSTREAM_LOGIN' };

  it('names no user, no mode and no options', async () => {
    for (const name of [
      'user',
      'USER',
      'database',
      'replication',
      'Replication',
      'options',
      '_pq_.x',
    ]) {
      await assert.rejects(logIn({ parameters: new Map([[name, 'postgres']]) }), refused, name);
    }
  });

  it('names no database but those of the file', async () => {
    for (const name of ['archive', 'template1', '', 'postgres\0archive', '*']) {
      await assert.rejects(logIn({ database: name }), refused, name);
    }
  });

  it('is nothing but what is known', async () => {
    const request = { target: 'ehr', kind: 'postgres', ...FOR_SESSION } as const;
    const database = 'postgres';
    for (const login of [
      undefined,
      'postgres',
      { database },
      { database, parameters: [], user: 'postgres' },
      { database, parameters: {} },
      {
        database,
        parameters: [
          ['a', 'b'],
          ['a', 'c'],
        ],
      },
      { database, parameters: [['a\0user', 'postgres']] },
      { database, parameters: [['', 'x']] },
      { database, parameters: [['a', 1]] },
    ]) {
      const asked = { ...request, ...(login !== undefined && { login }) };
      await assert.rejects(gateway.connectors.openStream(['ward-3'], asked, SIGNAL), refused);
    }
  });

  it('gets no bytes of a target whose credential is at the connector', async () => {
    for (const target of ['ehr', 'ward', 'api']) {
      const asked = { target, kind: 'bytes', ...FOR_SESSION } as const;
      await assert.rejects(gateway.connectors.openStream(['ward-3'], asked, SIGNAL), {
        name: 'UpstreamError',
      });
    }
  });

  it('is cut off once its messages are none', async () => {
    const { socket } = await logIn();
    socket.resume();
    socket.write(Buffer.from('Q\0\0\0\x01select'));
    await new Promise((resolve) => socket.once('close', resolve));
  });
});

describe('a host that the connector logs in to', () => {
  const keyId = 'clinic:7 session-1';

  it('is handed over with messages both ways', async () => {
    const [account] = sshd.accounts;
    const { port } = await ways.connectSsh(WARD, { account, keyId }, FOR_SESSION, SIGNAL);
    assert.match(port.peerIdentification, /^SSH-2\.0-OpenSSH/);
    const answered = new Promise<number | undefined>((resolve) => {
      port.onMessage((payload) => {
        // The host may tell more of its keys first.
        if (payload[0] !== MessageNumber.GlobalRequest) resolve(payload[0]);
      });
    });
    const request = { requestName: 'keepalive@openssh.com', wantReply: true };
    port.send(encodeGlobalRequest({ ...request, requestData: Buffer.alloc(0) }));
    assert.equal(await answered, MessageNumber.RequestFailure);
    const closed = new Promise<Error | undefined>((resolve) => port.onClose(resolve));
    port.disconnect(11, 'done');
    assert.equal(await closed, undefined);
  });

  it('is logged in to as nobody but its file says', async () => {
    for (const account of ['root', 'auditor']) {
      const attempt = ways.connectSsh(WARD, { account, keyId }, FOR_SESSION, SIGNAL);
      await assert.rejects(attempt, { code: 'ERR_UPSTREAM_LOGIN' }, account);
    }
  });

  it('gets no second login, and no keys, from a gateway', async () => {
    const [account] = sshd.accounts;
    for (const number of [
      MessageNumber.UserauthRequest,
      MessageNumber.KexInit,
      MessageNumber.Ping,
      0,
    ]) {
      const { port } = await ways.connectSsh(WARD, { account, keyId }, FOR_SESSION, SIGNAL);
      const closed = new Promise<Error | undefined>((resolve) => port.onClose(resolve));
      port.onMessage(() => undefined);
      port.send(Buffer.of(number, 0, 0));
      await closed;
    }
  });
});

describe('a target that the gateway logs in to over bytes of a connector', () => {
  let own: Ways;
  before(async () => {
    const key = await readFile(sshd.clientKeyFile);
    own = openWays({
      resolveSecret: async (reference) => (reference === 'env:KEY' ? key : Buffer.from(PASSWORD)),
      nowMs: Date.now,
      openStream: (...question) => gateway.connectors.openStream(...question),
    });
  });

  it('is a database, with the gateway’s password, and can be cancelled', async () => {
    const credential = { kind: 'user', user: 'sam', password: 'env:PASSWORD' };
    const target = {
      ...CARRIED,
      kind: 'postgres',
      name: 'ehr-bytes',
      database: 'postgres',
      credential,
    };
    const start = { database: 'postgres', parameters: new Map<string, string>() };
    const carried = target as unknown as PostgresTarget;
    const upstream = await own.connectPostgres(carried, start, FOR_SESSION, SIGNAL);
    assert.deepEqual(await readRows(upstream, 'select current_user'), [['sam']]);
    await own.cancelPostgres(carried, upstream.backendKey, FOR_SESSION, SIGNAL);
    upstream.socket.destroy();
  });

  it('is a host, whose key the gateway checks', async () => {
    const [account] = sshd.accounts;
    const credential = { kind: 'privateKey', privateKey: 'env:KEY' };
    const target = { ...CARRIED, kind: 'ssh', name: 'ward-bytes', hostAuthorities: [], credential };
    const logInTo = (hostKey: string): ReturnType<Ways['connectSsh']> => {
      const host = { ...target, hostKeys: [hostKey] } as unknown as SshTarget;
      return own.connectSsh(host, { account, keyId: 'k' }, FOR_SESSION, SIGNAL);
    };
    (await logInTo(sshd.hostKey)).port.disconnect(11, 'done');
    await assert.rejects(logInTo(sshd.hostAuthority), { code: 'ERR_UPSTREAM_HOST_KEY' });
  });

  it('is a service, in whatever version of HTTP', async () => {
    for (const [name, httpVersion] of [
      ['api-bytes', '1.1'],
      ['api2-bytes', '2'],
    ] as const) {
      const credential = { kind: 'none' };
      const target = site(name, { ...CARRIED, httpVersion, credential });
      assert.match(
        await ask(new HttpTargets({ ...PARTS, ways: own }).open(target, session()), {}),
        /^200 seen/,
      );
    }
  });
});

describe('a service whose requests get their credential at the connector', () => {
  it('gets them with it, under its own name and path', async () => {
    const answer = await ask(sites.open(site('api'), session()), {
      path: '/Patient',
      query: 'a=b',
    });
    assert.equal(answer, '200 seen');
    const last = seen.at(-1);
    assert.equal(last?.url, '/r4/Patient?a=b');
    assert.equal(last?.headers.authorization, `Bearer ${TOKEN}`);
    assert.equal(last?.headers['x-sallyport-identity'], 'signed for session-1');
    assert.match(last?.headers.host ?? '', /^127\.0\.0\.1:\d+$/);
  });

  it('gets them in HTTP/2, too, and in whatever version the gateway speaks to the connector', async () => {
    for (const httpVersion of ['1.1', '2', 'auto']) {
      const upstream = sites.open(site('api2', { httpVersion }), session());
      assert.equal(
        await ask(upstream, { method: 'POST', body: 'x'.repeat(300_000) }),
        '200 seen by 2',
      );
      assert.equal(seen.at(-1)?.headers['x-key'], TOKEN);
      upstream.close();
    }
  });

  it('gets nothing of what a client says in the credential’s place', async () => {
    const fields = [
      ['x-key', 'mine'],
      ['x_key', 'mine'],
      ['X-Sallyport-Identity', 'forged'],
    ] as const;
    await ask(sites.open(site('api2'), session()), {
      fields: fields.map(([name, value]) => [name.toLowerCase(), value] as const),
    });
    const headers = seen.at(-1)?.headers;
    assert.equal(headers?.['x-key'], TOKEN);
    assert.equal(headers?.['x_key'], undefined);
    assert.equal(headers?.['x-sallyport-identity'], 'signed for session-1');
  });

  it('can be upgraded to something else', async () => {
    const upstream = sites.open(site('api'), session());
    const echoed = await new Promise<string>((resolve, reject) => {
      upstream.send(makeRequest({ upgrade: 'echo', path: '/ws' }), {
        onResponse: ({ status }) => reject(new Error(String(status))),
        onError: reject,
        onUpgrade(_, stream) {
          stream.start({
            onData: (bytes) => {
              resolve(bytes.toString());
              stream.destroy();
            },
            onDrain() {},
            onEnd() {},
            onClose() {},
          });
          stream.write(Buffer.from('hello'));
        },
      });
    });
    assert.equal(echoed, 'hello');
    assert.equal(seen.at(-1)?.headers.authorization, `Bearer ${TOKEN}`);
  });

  it('is reached in its stream alone, by requests that have one meaning', async () => {
    const before = seen.length;
    for (const text of [
      'GET / HTTP/1.1\r\nHost: api2\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: api\r\nHost: api\r\n\r\n',
      'GET http://169.254.169.254/ HTTP/1.1\r\nHost: api\r\n\r\n',
      'CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:22\r\n\r\n',
      'TRACE / HTTP/1.1\r\nHost: api\r\n\r\n',
      'GET /../secret HTTP/1.1\r\nHost: api\r\n\r\n',
      'GET /a%2f..%2fsecret HTTP/1.1\r\nHost: api\r\n\r\n',
      'POST / HTTP/1.1\r\nHost: api\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: api\r\n\r\n',
      'POST / HTTP/1.1\r\nHost: api\r\nContent-Length: 4, 5\r\n\r\nabcd',
      'GET / HTTP/1.1\r\nHost : api\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: api\r\nX: a\nGET /smuggled HTTP/1.1\r\n\r\n',
    ]) {
      const answer = await say('api', text);
      assert.match(answer, /^HTTP\/1\.1 4\d\d /, JSON.stringify(text));
    }
    assert.equal(seen.length, before);
  });

  it('is given no credential of requests behind one that was refused', async () => {
    const before = seen.length;
    const refused = 'GET / HTTP/1.1\r\nHost: api\r\nContent-Length: x\r\n\r\n';
    await say('api', `${refused}GET /behind HTTP/1.1\r\nHost: api\r\n\r\n`);
    assert.equal(seen.length, before);
  });

  it('shows no credential in what it refuses', async () => {
    assert.doesNotMatch(await say('api', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'), new RegExp(TOKEN));
  });
});

function session(): Session {
  return { id: 'session-1', principal: { id: 'clinic:7', groups: [] } } as unknown as Session;
}

/** Status and body, or why there are none. */
function ask(upstream: HttpUpstream, request: Parameters<typeof makeRequest>[0]): Promise<string> {
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

/** What a stream of requests is answered, until the connector ends it. */
async function say(target: string, text: string): Promise<string> {
  const login = { application: 'http/1.1' };
  const asked = { target, kind: 'http', ...FOR_SESSION, login } as const;
  const { stream } = await gateway.connectors.openStream(['ward-3'], asked, SIGNAL);
  let answer = '';
  const answered = new Promise<void>((resolve) => {
    stream.on('data', (bytes: Buffer) => {
      answer += bytes.toString('latin1');
      if (answer.includes('\r\n\r\n')) resolve();
    });
    stream.once('close', resolve);
  });
  stream.write(text);
  await answered;
  stream.destroy();
  return answer;
}
