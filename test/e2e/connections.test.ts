import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { type Environment, startEnvironment } from './environment.ts';
import {
  cString,
  errorFields,
  GSSENC_REQUEST,
  int16,
  int32,
  message,
  openDirectTls,
  openRaw,
  openSocket,
  query,
  type RawConnection,
  SSL_REQUEST,
  signIn,
  startupMessage,
} from './raw-connection.ts';
import { runPsql } from './run-client.ts';

describe('connections to the gateway', () => {
  let environment: Environment;
  before(async () => {
    environment = await startEnvironment({
      gateway: [[['limits', 'handshakeTimeout'], '2s']],
    });
  });
  after(() => environment[Symbol.asyncDispose]());

  it('refuse plain text', async () => {
    const plain = { ...environment.gateway, authorityFile: undefined };
    const { stderr, code } = await runPsql(plain, ['-c', 'SELECT 1']);
    assert.equal(code, 2);
    assert.match(stderr, /FATAL: .*(TLS|SSL|encrypt)/i);
  });

  it('refuse a token sent in plain text before the gateway asks for one', async () => {
    using connection = await openSocket(environment.gateway);
    connection.send(startupMessage(environment.gateway));
    const answer = await connection.untilClosed();
    assert.equal(answer.toString('latin1', 0, 1), 'E');
  });

  for (const sslMode of ['require', 'verify-ca', 'verify-full']) {
    it(`work with sslmode=${sslMode}`, async () => {
      const { stdout } = await runPsql(environment.gateway, ['-At', '-c', 'SELECT 1'], {
        environment: { PGSSLMODE: sslMode },
      });
      assert.equal(stdout, '1\n');
    });
  }

  it('start with TLS at once and ALPN, as sslnegotiation=direct does', async () => {
    using connection = await openDirectTls(environment.gateway, { ALPNProtocols: ['postgresql'] });
    await authenticate(connection, environment.gateway.password);
    connection.send(query('SELECT 1'));
    assert.equal((await connection.messagesUntil('Z')).length, 4);
  });

  it('refuse TLS at once without ALPN', async () => {
    await assert.rejects(async () => {
      using connection = await openDirectTls(environment.gateway);
      await authenticate(connection, environment.gateway.password);
    });
  });

  it('refuse TLS older than 1.2', async () => {
    await assert.rejects(
      openDirectTls(environment.gateway, {
        ALPNProtocols: ['postgresql'],
        minVersion: 'TLSv1',
        maxVersion: 'TLSv1.1',
        ciphers: 'DEFAULT@SECLEVEL=0',
      }),
    );
  });

  it('answer GSSENCRequest with N and go on with TLS', async () => {
    using connection = await openSocket(environment.gateway);
    connection.send(GSSENC_REQUEST);
    assert.equal((await connection.bytes(1)).toString(), 'N');
    connection.send(SSL_REQUEST);
    assert.equal((await connection.bytes(1)).toString(), 'S');
  });

  it('refuse bytes that follow SSLRequest in plain text (CVE-2021-23222)', async () => {
    using connection = await openSocket(environment.gateway);
    connection.send(SSL_REQUEST, startupMessage(environment.gateway));
    const answer = await connection.untilClosed();
    assert.ok(answer.length === 0 || answer.toString('latin1', 0, 1) !== 'R');
    assert.ok(!answer.includes('R\0\0\0'));
  });

  it('negotiate protocol 3.2 down or up, and name options that are not known', async () => {
    using connection = await openRaw(environment.gateway);
    const extra = { '_pq_.no_such_option': '1' };
    connection.send(startupMessage(environment.gateway, { minor: 9999, extra }));
    const answer = await connection.message();
    assert.equal(answer.type, 'v');
    assert.ok([0, 2].includes(answer.body.readInt32BE(0) & 0xffff));
    assert.equal(answer.body.readInt32BE(4), 1);
    assert.equal(answer.body.toString('utf8', 8), '_pq_.no_such_option\0');
  });

  it('with protocol 3.2 give a longer cancel key, which works', async () => {
    using connection = await openRaw(environment.gateway);
    connection.send(startupMessage(environment.gateway, { minor: 2 }));
    const key = await finishSignIn(connection, environment.gateway.password);
    assert.ok(key.length >= 8);
    connection.send(query('SELECT pg_sleep(60)'));
    await new Promise((resolve) => setTimeout(resolve, 300));
    await cancel(environment, key);
    const answers = await connection.messagesUntil('Z');
    const error = answers.find(({ type }) => type === 'E');
    assert(error !== undefined);
    assert.equal(errorFields(error.body)['C'], '57014');
  });

  it('cancel nothing with a guessed key', async () => {
    using connection = await openRaw(environment.gateway);
    connection.send(startupMessage(environment.gateway));
    const key = await finishSignIn(connection, environment.gateway.password);
    const guessed = Buffer.from(key);
    guessed.writeUInt8(guessed.readUInt8(guessed.length - 1) ^ 1, guessed.length - 1);
    connection.send(query("SELECT pg_sleep(1), 'finished'"));
    await new Promise((resolve) => setTimeout(resolve, 200));
    await cancel(environment, guessed);
    const types = (await connection.messagesUntil('Z')).map(({ type }) => type);
    assert.deepEqual(types, ['T', 'D', 'C', 'Z']);
  });

  it('refuse replication', async () => {
    for (const replication of ['true', 'database']) {
      await assert.rejects(
        signIn(environment.gateway, { extra: { replication } }),
        /Cannot sign in: .*"C":"(42501|0A000|28000)"/,
      );
    }
  });

  it('turn away expired, foreign, empty and malformed tokens with 28000, all alike', async () => {
    const { provider, gateway } = environment;
    const tokens = {
      foreign: provider.issueToken('tester', { audience: 'somebody-else' }),
      tampered: `${provider.issueToken('tester').slice(0, -8)}AAAAAAAA`,
      malformed: 'not a token',
      empty: '',
    };
    const answers = new Set<string>();
    for (const password of Object.values(tokens)) {
      const failure = await signIn({ ...gateway, password }).then(
        () => 'signed in',
        (error: Error) => error.message,
      );
      assert.match(failure, /"C":"28000"/);
      answers.add(failure);
    }
    assert.equal(answers.size, 1, [...answers].join('\n'));
    const expired = provider.issueToken('tester', { expiresInSeconds: -3600 });
    await assert.rejects(signIn({ ...gateway, password: expired }), /"C":"28000"/);
  });

  it('end when the handshake takes too long, without delaying anybody', async () => {
    const slow = await Promise.all(
      Array.from({ length: 100 }, () => openSocket(environment.gateway)),
    );
    try {
      for (const connection of slow) connection.send(SSL_REQUEST.subarray(0, 5));
      using quick = await signIn(environment.gateway);
      quick.send(query('SELECT 1'));
      assert.equal((await quick.messagesUntil('Z')).length, 4);
      await Promise.all(slow.map((connection) => connection.untilClosed()));
    } finally {
      for (const connection of slow) connection.socket.destroy();
    }
  });

  for (const length of [0, 3, 7, 2 ** 31 - 1, -1]) {
    it(`refuse a first packet with a length field of ${length}`, async () => {
      using connection = await openRaw(environment.gateway);
      connection.send(int32(length), int16(3), int16(0), cString('user'));
      const answer = await connection.untilClosed();
      assert.notEqual(answer.toString('latin1', 0, 1), 'R');
    });
  }

  it('keep the gateway small while a client does not read its result', async () => {
    using lazy = await signIn(environment.gateway);
    lazy.socket.pause();
    lazy.send(query("SELECT repeat('x', 1000) FROM generate_series(1, 400000)"));
    await new Promise((resolve) => setTimeout(resolve, 3000));
    // 400 MB wait at the server; in the gateway only what its buffers hold.
    if (environment.process !== undefined) {
      assert.ok(residentBytes(environment.process.pid) < 450 * 1024 * 1024);
    }
    using other = await signIn(environment.gateway);
    other.send(query('SELECT 1'));
    assert.equal((await other.messagesUntil('Z')).length, 4);
  });

  async function authenticate(connection: RawConnection, password: string): Promise<void> {
    connection.send(startupMessage(environment.gateway));
    await finishSignIn(connection, password);
  }
});

/** Answers the password request; resolves with the body of BackendKeyData. */
async function finishSignIn(connection: RawConnection, password: string): Promise<Buffer> {
  let key = Buffer.alloc(0);
  for (;;) {
    const { type, body } = await connection.message();
    if (type === 'R' && body.readInt32BE(0) === 3) connection.send(message('p', password));
    if (type === 'E') throw new Error(`Cannot sign in: ${JSON.stringify(errorFields(body))}`);
    if (type === 'K') key = Buffer.from(body);
    if (type === 'Z') return key;
  }
}

/** Sends a CancelRequest on a connection of its own, as clients do. */
async function cancel(environment: Environment, key: Buffer): Promise<void> {
  using connection = await openRaw(environment.gateway);
  connection.send(int32(8 + key.length), int32(80877102), key);
  await connection.untilClosed();
}

/** From /proc: what `ps` shows as RSS. */
function residentBytes(pid: number): number {
  const kilobytes = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  assert(kilobytes !== undefined);
  return Number(kilobytes) * 1024;
}
