import assert from 'node:assert/strict';
import { createServer as createPlainServer } from 'node:http';
import { createSecureServer } from 'node:http2';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo, Server, Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { TLSSocket } from 'node:tls';
import {
  type CertificateAndKey,
  issueServerCertificate,
  makeCertificateAuthority,
} from '../../src/gateway/certificates.ts';
import {
  type Dialed,
  type DialOptions,
  dial,
  type HttpApplication,
} from '../../src/protocols/http/upstream/dial.ts';

const BOTH: readonly HttpApplication[] = ['h2', 'http/1.1'];

interface TlsServer extends AsyncDisposable {
  readonly port: number;
  /** Subjects of the certificates that clients showed. */
  readonly clients: string[];
}

/** A server that speaks TLS, with ALPN where it is of HTTP/2. */
async function startTls(
  { certificatePem: cert, keyPem: key }: CertificateAndKey,
  options: { readonly speaks?: 'h2'; readonly host?: string } & ServerOptions = {},
): Promise<TlsServer> {
  const { speaks, host = '127.0.0.1', ...tls } = options;
  const clients: string[] = [];
  const server =
    speaks === 'h2'
      ? createSecureServer({ cert, key, allowHTTP1: false })
      : createTlsServer({ cert, key, ...tls });
  server.on('secureConnection', (socket: TLSSocket) => {
    clients.push(socket.getPeerX509Certificate()?.subject ?? '');
  });
  return track(server, clients, host);
}

async function track(server: Server, clients: string[], host: string): Promise<TlsServer> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    clients,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('dial', () => {
  let authority: CertificateAndKey;
  let other: CertificateAndKey;
  let good: CertificateAndKey;

  before(async () => {
    authority = await makeCertificateAuthority('Target authority');
    other = await makeCertificateAuthority('Somebody else');
    good = await issueServerCertificate(authority, {
      names: ['localhost', 'api.internal'],
      addresses: ['127.0.0.1', '::1'],
    });
  });

  const dialed: Dialed[] = [];
  after(() => {
    for (const { socket } of dialed) socket.destroy();
  });

  function optionsOf(port: number, tls: Partial<DialOptions['tls']> = {}): DialOptions {
    return {
      host: '127.0.0.1',
      port,
      connectTimeoutMs: 20_000,
      tls: { mode: 'verify-full', ca: authority.certificatePem, ...tls },
    };
  }

  async function open(options: DialOptions, applications = BOTH): Promise<Dialed> {
    const connection = await dial(options, applications);
    dialed.push(connection);
    return connection;
  }

  it('speaks what the target chooses by ALPN, and HTTP/1.1 where it chooses nothing', async () => {
    await using modern = await startTls(good, { speaks: 'h2' });
    await using plain = await startTls(good, { ALPNProtocols: [] });
    assert.equal((await open(optionsOf(modern.port))).application, 'h2');
    assert.equal((await open(optionsOf(plain.port))).application, 'http/1.1');
    await assert.rejects(open(optionsOf(plain.port), ['h2']), { code: 'ERR_UPSTREAM_PROTOCOL' });
  });

  it('refuses a certificate of another name, unless the name does not matter', async () => {
    await using server = await startTls(
      await issueServerCertificate(authority, { names: ['other.internal'] }),
    );
    await assert.rejects(open(optionsOf(server.port)), { code: 'ERR_UPSTREAM_TLS' });
    await assert.rejects(open(optionsOf(server.port, { serverName: 'api.internal' })), {
      code: 'ERR_UPSTREAM_TLS',
    });
    await open(optionsOf(server.port, { serverName: 'other.internal' }));
    await open(optionsOf(server.port, { mode: 'verify-ca' }));
  });

  it('refuses a certificate that has expired', async () => {
    const expired = await issueServerCertificate(authority, {
      names: ['localhost'],
      addresses: ['127.0.0.1'],
      days: -1,
    });
    await using server = await startTls(expired);
    await assert.rejects(open(optionsOf(server.port)), { code: 'ERR_UPSTREAM_TLS' });
    await assert.rejects(open(optionsOf(server.port, { mode: 'verify-ca' })), {
      code: 'ERR_UPSTREAM_TLS',
    });
  });

  it('refuses a certificate of an authority that it does not trust', async () => {
    await using server = await startTls(good);
    for (const mode of ['verify-full', 'verify-ca', 'require'] as const) {
      await assert.rejects(open(optionsOf(server.port, { mode, ca: other.certificatePem })), {
        code: 'ERR_UPSTREAM_TLS',
      });
    }
  });

  it('shows its certificate to a target that asks for one, and is refused without', async () => {
    await using server = await startTls(good, {
      ca: authority.certificatePem,
      requestCert: true,
      rejectUnauthorized: false,
    });
    const client = await issueServerCertificate(authority, { names: ['gateway'] });
    const options = {
      ...optionsOf(server.port),
      clientCertificate: client.certificatePem,
      clientKey: client.keyPem,
    };
    await open(options);
    while (server.clients.length === 0) await new Promise(setImmediate);
    assert.deepEqual(server.clients, ['CN=gateway']);
    await assert.rejects(open({ ...options, clientKey: 'no key' }), { code: 'ERR_UPSTREAM_TLS' });
  });

  it('never goes on without TLS', async () => {
    await using server = await track(createPlainServer(), [], '127.0.0.1');
    await assert.rejects(open(optionsOf(server.port, { mode: 'require' })), {
      code: 'ERR_UPSTREAM_TLS',
    });
  });

  it('gives a target up that takes connections and says nothing', async () => {
    let accepted: Socket | undefined;
    const silent = createPlainServer();
    silent.removeAllListeners('connection');
    silent.on('connection', (socket: Socket) => {
      accepted = socket;
    });
    await using server = await track(silent, [], '127.0.0.1');
    const options = { ...optionsOf(server.port), connectTimeoutMs: 1 };
    await assert.rejects(open(options), { code: 'ERR_UPSTREAM_TIMEOUT' });
    accepted?.destroy();
  });

  it('reaches targets by IPv6, and by names that stand for several addresses', async () => {
    await using server = await startTls(good, { host: '::1' });
    await open({ ...optionsOf(server.port), host: '::1' });
    const both = [
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ];
    const { socket } = await open({
      ...optionsOf(server.port),
      host: 'localhost',
      lookUp: () => Promise.resolve(both),
    });
    assert.equal((socket as Socket).remoteAddress, '::1');
  });

  it('connects to the address that it has checked, whatever the name means a moment later', async () => {
    await using server = await startTls(good);
    let asked = 0;
    const { socket } = await open({
      ...optionsOf(server.port),
      host: 'localhost',
      lookUp: () => {
        asked += 1;
        return Promise.resolve([
          { address: asked === 1 ? '127.0.0.1' : '169.254.169.254', family: 4 },
        ]);
      },
    });
    assert.equal((socket as Socket).remoteAddress, '127.0.0.1');
    assert.equal(asked, 1);
  });

  it('tells that nobody listens', async () => {
    const server = await startTls(good);
    await server[Symbol.asyncDispose]();
    await assert.rejects(open(optionsOf(server.port)), { code: 'ERR_UPSTREAM_UNREACHABLE' });
  });
});
