import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { TLSSocket, connect as tlsConnect } from 'node:tls';
import { ServerRefusalError } from '../../src/protocols/postgres/server-refusal-error.ts';
import {
  cancelUpstream,
  connectUpstream,
  type UpstreamConnection,
  type UpstreamOptions,
} from '../../src/protocols/postgres/upstream.ts';
import { encodeAuthenticationSasl } from '../../src/wire/postgres/authentication.ts';
import { encodeQuery } from '../../src/wire/postgres/query.ts';
import { encodeSslRequest } from '../../src/wire/postgres/ssl-request.ts';
import { type PrivatePostgres, startPrivatePostgres } from './private-postgres.ts';

const NEVER = new AbortController().signal;

interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

interface Certificates {
  readonly ca: string;
  readonly otherCa: string;
  /** For `db.test` and 127.0.0.1. */
  readonly server: Certificate;
  readonly client: Certificate;
  readonly expired: Certificate;
  /** Signed with SHA-384, for the same names. */
  readonly sha384: Certificate;
  /** Its signature has no hash to bind a channel with. */
  readonly ed25519: Certificate;
}

/** Makes two authorities and what the first one signs, with the command of Debian's openssl. */
function createCertificates(): Certificates {
  const directory = mkdtempSync(join(tmpdir(), 'certificates-'));
  const openssl = (command: string): void => {
    execFileSync('openssl', command.split(/\s+/), { cwd: directory, stdio: 'pipe' });
  };
  const read = (name: string): Certificate => ({
    certificate: readFileSync(join(directory, `${name}.crt`), 'utf8'),
    key: readFileSync(join(directory, `${name}.key`), 'utf8'),
  });
  const createSelfSigned = (name: string, key: string): Certificate => {
    openssl(`req -x509 -newkey ${key} -nodes -subj /CN=${name} -days 2
      -keyout ${name}.key -out ${name}.crt`);
    return read(name);
  };
  const createSigned = (name: string, signing: string): Certificate => {
    openssl(`req -newkey ${P256} -nodes -subj /CN=${name} -keyout ${name}.key -out ${name}.csr`);
    openssl(`x509 -req -in ${name}.csr -CA ca.crt -CAkey ca.key -extfile names
      -out ${name}.crt ${signing}`);
    return read(name);
  };
  try {
    writeFileSync(join(directory, 'names'), 'subjectAltName=DNS:db.test,IP:127.0.0.1\n');
    return {
      ca: createSelfSigned('ca', P256).certificate,
      otherCa: createSelfSigned('other', P256).certificate,
      server: createSigned('server', '-days 2'),
      client: createSigned('carol', '-days 2'),
      expired: createSigned('expired', '-days -1'),
      sha384: createSigned('sha384', '-days 2 -sha384'),
      ed25519: createSelfSigned('ed25519', 'ed25519'),
    };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const P256 = 'ec -pkeyopt ec_paramgen_curve:P-256';

/** Ends the TLS of the client with a certificate of its own, and speaks TLS to the server. */
async function startManInTheMiddle(
  { certificate, key }: Certificate,
  target: PrivatePostgres,
  rewriteAnswer: (bytes: Buffer) => Buffer = (bytes) => bytes,
): Promise<AsyncDisposable & { readonly port: number }> {
  const sockets = new Set<Socket>();
  const interpose = async (client: Socket): Promise<void> => {
    const upstream = connect(target.port, target.host);
    for (const socket of [client, upstream]) sockets.add(socket.on('error', () => undefined));
    await once(client, 'data');
    upstream.write(encodeSslRequest());
    await once(upstream, 'data');
    client.write('S');
    const inner = new TLSSocket(client, { isServer: true, cert: certificate, key });
    const outer = tlsConnect({ socket: upstream, rejectUnauthorized: false });
    for (const socket of [inner, outer]) socket.on('error', () => undefined);
    inner.on('data', (bytes: Buffer) => outer.write(bytes));
    outer.on('data', (bytes: Buffer) => inner.write(rewriteAnswer(bytes)));
    inner.on('close', () => upstream.destroy());
    outer.on('close', () => client.destroy());
  };
  const listener = createServer((client) => void interpose(client));
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  assert(address !== null && typeof address === 'object');
  return {
    port: address.port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
}

const HBA = [
  'hostssl all carol 127.0.0.1/32 cert',
  'hostssl all tls_only 127.0.0.1/32 scram-sha-256',
  'host all sam 127.0.0.1/32 scram-sha-256',
  'host all mike 127.0.0.1/32 md5',
  'host all pat 127.0.0.1/32 password',
  'host all trudy 127.0.0.1/32 trust',
];
const ROLES = `
  create role sam login password 'p\u00e4ss, word';
  create role tls_only login password 'x';
  create role pat login password 'x';
  create role trudy login;
  create role carol login;
  set password_encryption = md5;
  create role mike login password 'x';
`;

/** Sends one query and collects the answer up to ReadyForQuery. */
async function query(connection: UpstreamConnection, sql: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let answer = '';
  connection.channel.receive((bytes) => {
    answer += bytes.toString('latin1');
    if (/Z\0\0\0\x05.$/s.test(answer)) resolve(answer);
  });
  connection.socket.once('close', () => reject(new Error('closed')));
  connection.socket.write(encodeQuery(sql));
  connection.socket.resume();
  return promise;
}

for (const version of ['debian', 'embedded'] as const) {
  describe(`connectUpstream to the ${version} server`, () => {
    let certificates: Certificates;
    let server: PrivatePostgres;

    before(async () => {
      certificates = createCertificates();
      const ssl = { ...certificates.server, ca: certificates.ca };
      server = await startPrivatePostgres({ version, ssl, hba: HBA });
      await server.execute(ROLES);
    });
    after(() => server.stop());

    function optionsFor(user: string, changes: Partial<UpstreamOptions> = {}): UpstreamOptions {
      return {
        host: server.host,
        port: server.port,
        database: 'postgres',
        user,
        tls: { mode: 'verify-full', ca: certificates.ca },
        parameters: new Map([['application_name', 'door']]),
        loginTimeoutMs: 20_000,
        ...changes,
      };
    }

    async function logIn(user: string, changes?: Partial<UpstreamOptions>): Promise<string> {
      const connection = await connectUpstream(optionsFor(user, changes), NEVER);
      try {
        assert.equal(connection.socket.isPaused(), true);
        assert.equal(connection.parameters.get('application_name'), 'door');
        assert.match(connection.serverVersion, version === 'debian' ? /^1[0-9]\./ : /^18\./);
        return await query(
          connection,
          `select current_user || ' over ' || coalesce(
          (select version from pg_stat_ssl where pid = pg_backend_pid()), 'no TLS')`,
        );
      } finally {
        connection.socket.destroy();
      }
    }
    const disabled = { tls: { mode: 'disable' } } as const;

    it('logs in by SCRAM with channel binding, and is asked for it over TLS', async () => {
      assert.match(await logIn('sam', { password: 'p\u00e4ss, word' }), /sam over TLSv1\.3/);
      assert.match(await logIn('tls_only', { password: Buffer.from('x') }), /tls_only over TLS/);
    });

    it('logs in by SCRAM without TLS', async () => {
      const answer = await logIn('sam', { password: 'p\u00e4ss, word', ...disabled });
      assert.match(answer, /sam over no TLS/);
    });

    it('logs in by md5, by password, without any and by client certificate', async () => {
      assert.match(await logIn('mike', { password: 'x' }), /mike over TLS/);
      assert.match(await logIn('mike', { password: 'x', ...disabled }), /mike over no TLS/);
      assert.match(await logIn('pat', { password: 'x' }), /pat over TLS/);
      assert.match(await logIn('pat', { password: 'x', ...disabled }), /pat over no TLS/);
      assert.match(await logIn('trudy'), /trudy over TLS/);
      const { certificate: clientCertificate, key: clientKey } = certificates.client;
      assert.match(await logIn('carol', { clientCertificate, clientKey }), /carol over TLS/);
    });

    it('logs in over a Unix socket', async () => {
      const host = server.socketDirectory;
      assert.match(await logIn('trudy', { host, ...disabled }), /trudy over no TLS/);
    });

    it('says why the server refused, without the words of the server', async () => {
      const options = optionsFor('sam', { password: 'wrong' });
      await assert.rejects(connectUpstream(options, NEVER), (error: unknown) => {
        assert(error instanceof ServerRefusalError);
        assert.equal(error.code, 'ERR_UPSTREAM_LOGIN');
        assert.match(error.message, /target: the server refused the login \(28P01\)$/);
        assert.equal(error.fields.get('C'), '28P01');
        return true;
      });
      await assert.rejects(connectUpstream(optionsFor('mike', { password: 'wrong' }), NEVER), {
        code: 'ERR_UPSTREAM_LOGIN',
      });
      await assert.rejects(connectUpstream(optionsFor('sam'), NEVER), {
        message: /asks for a password and the target has none/,
      });
      await assert.rejects(connectUpstream(optionsFor('carol'), NEVER), {
        code: 'ERR_UPSTREAM_LOGIN',
      });
      await assert.rejects(connectUpstream(optionsFor('trudy', { database: 'nowhere' }), NEVER), {
        code: 'ERR_UPSTREAM_LOGIN',
        message: /3D000/,
      });
    });

    it('checks the certificate as strictly as the mode says', async () => {
      const { ca, otherCa } = certificates;
      const attempt = (tls: UpstreamOptions['tls']): Promise<string> => logIn('trudy', { tls });
      const fails = (tls: UpstreamOptions['tls'], reason: RegExp): Promise<void> =>
        assert.rejects(attempt(tls), { code: 'ERR_UPSTREAM_TLS', message: reason });

      await attempt({ mode: 'verify-full', ca, serverName: 'db.test' });
      await fails({ mode: 'verify-full', ca, serverName: 'x.test' }, /ALTNAME_INVALID/);
      await fails({ mode: 'verify-full', ca, serverName: '127.0.0.2' }, /ALTNAME_INVALID/);
      await fails({ mode: 'verify-full', ca: otherCa }, /UNABLE_TO_VERIFY|SELF_SIGNED/);
      await fails({ mode: 'verify-full' }, /UNABLE_TO_VERIFY|SELF_SIGNED/);
      await attempt({ mode: 'verify-ca', ca, serverName: 'x.test' });
      await fails({ mode: 'verify-ca', ca: otherCa }, /UNABLE_TO_VERIFY|SELF_SIGNED/);
      await attempt({ mode: 'require' });
      await fails({ mode: 'require', ca: otherCa }, /UNABLE_TO_VERIFY|SELF_SIGNED/);
      await fails({ mode: 'verify-full', ca: 'nonsense' }, /./);
    });

    it('cancels what another connection runs, and only with its key', async () => {
      const options = optionsFor('sam', { password: 'p\u00e4ss, word' });
      const connection = await connectUpstream(options, NEVER);
      const running = query(connection, 'select pg_sleep(30)');
      const { processId, secretKey } = connection.backendKey;
      const sleeping = `select count(*) from pg_stat_activity where pid = ${processId}
        and state = 'active' and query like '%pg_sleep%'`;
      while ((await server.execute(sleeping)) !== '1');
      const guessed = Buffer.from(secretKey.map((byte) => byte ^ 1));
      await cancelUpstream(options, { processId, secretKey: guessed }, NEVER);
      assert.equal(await server.execute(sleeping), '1');
      await cancelUpstream(options, connection.backendKey, NEVER);
      assert.match(await running, /57014/);
      connection.socket.destroy();
    });

    it('cannot reach a port where nobody listens, nor a server without TLS', async () => {
      const plain = await startPrivatePostgres({ version });
      await assert.rejects(connectUpstream(optionsFor('postgres', { port: plain.port }), NEVER), {
        code: 'ERR_UPSTREAM_TLS',
        message: /does not offer TLS/,
      });
      await plain.stop();
      await assert.rejects(connectUpstream(optionsFor('postgres', { port: plain.port }), NEVER), {
        code: 'ERR_UPSTREAM_UNREACHABLE',
        message: /ECONNREFUSED/,
      });
    });

    it('stops when the caller gives up', async () => {
      const reason = new Error('gone');
      await assert.rejects(connectUpstream(optionsFor('trudy'), AbortSignal.abort(reason)), reason);
      const abort = new AbortController();
      const attempt = connectUpstream(optionsFor('trudy'), abort.signal);
      abort.abort(reason);
      await assert.rejects(attempt, reason);
    });

    it('notices a man in the middle of TLS by the channel binding alone', async () => {
      await using middle = await startManInTheMiddle(certificates.expired, server);
      const tls = { mode: 'require' } as const;
      assert.match(await logIn('trudy', { port: middle.port, tls }), /trudy over TLS/);
      const attempt = logIn('sam', { port: middle.port, tls, password: 'p\u00e4ss, word' });
      await assert.rejects(attempt, { code: 'ERR_UPSTREAM_LOGIN' });
    });

    it('notices when someone takes the offer of channel binding away', async () => {
      const strip = (bytes: Buffer): Buffer =>
        bytes.includes('SCRAM-SHA-256-PLUS') ? encodeAuthenticationSasl(['SCRAM-SHA-256']) : bytes;
      await using middle = await startManInTheMiddle(certificates.server, server, strip);
      const attempt = logIn('sam', { port: middle.port, password: 'p\u00e4ss, word' });
      await assert.rejects(attempt, { code: 'ERR_UPSTREAM_LOGIN', message: /08P01|28000/ });
    });

    it('refuses an expired certificate and binds the channel to others', async () => {
      const start = (certificate: Certificate): Promise<PrivatePostgres> =>
        startPrivatePostgres({ version, ssl: certificate, hba: HBA });
      const password = 'p\u00e4ss, word';
      {
        await using other = await start(certificates.expired);
        await assert.rejects(connectUpstream(optionsFor('trudy', { port: other.port }), NEVER), {
          code: 'ERR_UPSTREAM_TLS',
          message: /CERT_HAS_EXPIRED/,
        });
      }
      for (const certificate of [certificates.sha384, certificates.ed25519]) {
        await using other = await start(certificate);
        await other.execute(ROLES);
        const tls = { mode: 'require' } as const;
        assert.match(await logIn('sam', { port: other.port, password, tls }), /sam over TLS/);
      }
    });
  });
}
