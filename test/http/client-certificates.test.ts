import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { connect as connectHttp2 } from 'node:http2';
import { request as requestHttps } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { connect, type SecureVersion } from 'node:tls';
import { createRemoteJWKSet, customFetch, jwtVerify } from 'jose';
import { Agent, fetch } from 'undici';
import {
  type CertificateAndKey,
  makeCertificateAuthority,
} from '../../src/gateway/certificates.ts';
import { type HttpEnvironment, startHttpEnvironment, TARGET_HOST } from './environment.ts';
import { type ClientSubject, issueClientCertificate } from './issue-client-certificate.ts';

const POLICIES = `
  @id("partners") permit (principal in Group::"partners", action, resource);
  @id("people") permit (principal is User, action, resource);
  @id("not-labs") forbid (principal in Group::"labs", action == Action::"http.delete", resource);
`;

const LAB: ClientSubject = { commonName: 'lab-import', units: ['labs'] };

/** What the service was told of its callers, in order. */
const callers: string[] = [];

let world: HttpEnvironment;
let authority: CertificateAndKey;
let stranger: CertificateAndKey;

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Asks by HTTP/1.1 with a client certificate. */
async function ask(
  client: CertificateAndKey | undefined,
  method = 'GET',
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const sent = requestHttps({
    host: '127.0.0.1',
    port: world.address.port,
    servername: TARGET_HOST,
    path: '/ward',
    method,
    headers: { host: `${TARGET_HOST}:${world.address.port}`, ...headers },
    ca: await readFile(world.authorityFile),
    agent: false,
    ...(client && { cert: client.certificatePem, key: client.keyPem }),
  }).end();
  const [answer] = (await once(sent, 'response')) as [
    NodeJS.ReadableStream & { statusCode: number },
  ];
  return { status: answer.statusCode, body: await text(answer) };
}

describe('client certificates', () => {
  before(async () => {
    authority = await makeCertificateAuthority('Partners');
    stranger = await makeCertificateAuthority('Partners');
    world = await startHttpEnvironment({
      upstream: {
        handler(request, response) {
          callers.push(String(request.headers['x-sallyport-identity']));
          response.end('ward');
        },
      },
      policies: POLICIES,
      gateway: [
        [
          ['identity', 'certificates'],
          [
            {
              name: 'partners',
              caFile: 'partners.pem',
              groupsFrom: 'organizational-unit',
              groups: ['partners'],
            },
          ],
        ],
        [['listeners', 'http', 0, 'clientAuthorities'], ['partners']],
      ],
      files: { 'partners.pem': authority.certificatePem },
    });
  });
  after(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  it('say who a program is, and in which groups', async () => {
    const client = await issueClientCertificate(authority, LAB);
    assert.deepEqual(await ask(client), { status: 200, body: 'ward' });
    const started = (await world.entries('session.start')).at(-1);
    assert.partialDeepStrictEqual(started?.['principal'], {
      id: 'partners:lab-import',
      kind: 'workload',
      groups: ['partners', 'labs'],
      signIn: 'client-certificate',
    });
    assert.equal((await ask(client, 'DELETE')).status, 403);
  });

  it('say so in HTTP/2, too', async () => {
    const client = await issueClientCertificate(authority, LAB);
    const session = connectHttp2(`https://127.0.0.1:${world.address.port}`, {
      servername: TARGET_HOST,
      ca: await readFile(world.authorityFile),
      cert: client.certificatePem,
      key: client.keyPem,
    });
    const stream = session.request({
      ':path': '/ward',
      ':authority': `${TARGET_HOST}:${world.address.port}`,
    });
    const [{ ':status': status }] = (await once(stream, 'response')) as [{ ':status': number }];
    assert.equal(status, 200);
    assert.equal(await text(stream), 'ward');
    session.close();
  });

  it('are not asked of those who have a token, which says who they are', async () => {
    const client = await issueClientCertificate(authority, LAB);
    const headers = { authorization: `Bearer ${world.tokenOf('ana')}` };
    assert.equal((await ask(undefined, 'GET', headers)).status, 200);
    assert.equal((await ask(client, 'DELETE', headers)).status, 200);
    assert.equal((await ask(undefined)).status, 401);
  });

  it('count for nobody of another authority, past their end, or made for servers', async () => {
    const hourAgoMs = Date.now() - 3_600_000;
    for (const client of [
      await issueClientCertificate(stranger, LAB),
      await issueClientCertificate(authority, { ...LAB, notAfterMs: hourAgoMs }),
      await issueClientCertificate(authority, { ...LAB, isForServers: true }),
      await issueClientCertificate(authority, { ...LAB, commonName: undefined }),
    ]) {
      const answer = await ask(client).catch((error: unknown) => error as Error);
      assert('message' in answer || answer.status === 401);
    }
  });

  it('are shown on every connection: none is resumed without', async () => {
    const client = await issueClientCertificate(authority, LAB);
    for (const version of ['TLSv1.2', 'TLSv1.3'] satisfies SecureVersion[]) {
      const ca = await readFile(world.authorityFile);
      const dial = async (session?: Buffer) => {
        const socket = connect({
          ...{ host: '127.0.0.1', port: world.address.port, servername: TARGET_HOST, ca },
          ...{ cert: client.certificatePem, key: client.keyPem, minVersion: version },
          ...{ maxVersion: version, ALPNProtocols: ['http/1.1'], ...(session && { session }) },
        });
        await once(socket, 'secureConnect');
        const isReused = socket.isSessionReused();
        const sessions: Buffer[] = [];
        socket.on('session', (made) => sessions.push(made));
        socket.write(`GET /ward HTTP/1.1\r\nHost: ${TARGET_HOST}\r\nConnection: close\r\n\r\n`);
        const answer = await text(socket);
        return { answer, isReused, session: sessions.at(-1) };
      };
      const first = await dial();
      assert.match(first.answer, /^HTTP\/1\.1 200 /, version);
      const second = await dial(first.session);
      assert.equal(second.isReused, false, version);
      assert.match(second.answer, /^HTTP\/1\.1 200 /, version);
    }
  });

  it('end with whoever the configuration bars', async () => {
    const client = await issueClientCertificate(authority, { commonName: 'gone' });
    assert.equal((await ask(client)).status, 200);
    const file = join(world.configurationDirectory, 'sallyport.yaml');
    const before = await readFile(file, 'utf8');
    await writeFile(file, before.replace(/^identity:/m, 'identity:\n  disabled: [partners:gone]'));
    process.kill(world.process.pid, 'SIGHUP');
    // A request that runs just then is cut with its session.
    const isServed = (): Promise<boolean> =>
      ask(client).then(
        ({ status }) => status === 200,
        () => false,
      );
    for (let looks = 0; await isServed(); looks++) {
      assert(looks < 500, 'the configuration was not taken');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.equal((await ask(client)).status, 401);
  });
});

describe('what services are told of their callers', () => {
  it('is signed with the key that the control plane publishes', async () => {
    await using own = await startHttpEnvironment({
      upstream: {
        handler(request, response) {
          response.end(String(request.headers['x-sallyport-identity']));
        },
      },
    });
    const headers = { 'x-sallyport-identity': 'forged', x_sallyport_identity: 'forged' };
    const answer = await own.fetch('/', { subject: 'ana', headers });
    const token = await answer.text();
    const dispatcher = new Agent({ connect: { ca: await readFile(own.authorityFile) } });
    const keys = createRemoteJWKSet(
      new URL(`https://localhost:${own.process.api?.port}/.well-known/jwks.json`),
      { [customFetch]: (url: string) => fetch(url, { dispatcher }) },
    );
    const { payload } = await jwtVerify(token, keys, { audience: 'api' });
    assert.equal(payload.sub, 'clinic:ana');
    const started = (await own.entries('session.start')).at(-1);
    assert.equal(payload['session'], started?.session);
    await dispatcher.close();
  });
});
