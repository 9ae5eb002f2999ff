import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import {
  encodeAuthenticationCleartextPassword,
  encodeAuthenticationMd5Password,
  encodeAuthenticationOk,
  encodeAuthenticationSasl,
  encodeAuthenticationSaslContinue,
  encodeAuthenticationSaslFinal,
} from '../../wire/postgres/authentication.ts';
import { encodeBackendKeyData } from '../../wire/postgres/backend-key-data.ts';
import { encodeCancelRequest } from '../../wire/postgres/cancel-request.ts';
import { encodeDataRow } from '../../wire/postgres/data-row.ts';
import { encodeErrorResponse } from '../../wire/postgres/error-response.ts';
import { BackendType, finishMessage, startMessage } from '../../wire/postgres/message-framing.ts';
import { encodeNegotiateProtocolVersion } from '../../wire/postgres/negotiate-protocol-version.ts';
import { encodeNoticeResponse } from '../../wire/postgres/notice-response.ts';
import { encodeNotificationResponse } from '../../wire/postgres/notification-response.ts';
import { encodeParameterStatus } from '../../wire/postgres/parameter-status.ts';
import { encodeReadyForQuery } from '../../wire/postgres/ready-for-query.ts';
import { encodeSslRequest } from '../../wire/postgres/ssl-request.ts';
import type { UpstreamErrorCode } from '../upstream-error.ts';
import { cancelUpstream, connectUpstream, type UpstreamOptions } from './upstream.ts';

const NEVER = new AbortController().signal;
const PASSWORD = 'correct horse battery staple';

/** What a fake server does with a connection; each call of `next` waits for bytes of the client. */
type Script = (socket: Socket, next: () => Promise<Buffer>) => Promise<void>;

interface FakeServer extends AsyncDisposable {
  readonly options: UpstreamOptions;
  /** Bytes the client sent. */
  received(): Buffer;
}

async function startFakeServer(script: Script): Promise<FakeServer> {
  const sockets = new Set<Socket>();
  const chunks: Buffer[] = [];
  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => undefined);
    const next = async (): Promise<Buffer> => {
      const chunks: unknown[] = await once(socket, 'data');
      const [chunk] = chunks;
      assert(Buffer.isBuffer(chunk));
      return chunk;
    };
    // A client that hangs up ends the script.
    script(socket, next).catch(() => socket.destroy());
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  assert(address !== null && typeof address === 'object');
  return {
    options: {
      host: '127.0.0.1',
      port: address.port,
      user: 'gateway',
      database: 'ward',
      password: PASSWORD,
      tls: { mode: 'disable' },
      parameters: new Map(),
      loginTimeoutMs: 20_000,
    },
    received: () => Buffer.concat(chunks),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
}

/** Connects to the script and expects failure; returns what the client had sent by then. */
async function expectFailure(
  script: Script,
  {
    code,
    message,
    ...changes
  }: { code: UpstreamErrorCode; message: RegExp } & Partial<UpstreamOptions>,
): Promise<Buffer> {
  await using server = await startFakeServer(script);
  const attempt = connectUpstream({ ...server.options, ...changes }, NEVER);
  await assert.rejects(attempt, { name: 'UpstreamError', code, message });
  const error: unknown = await attempt.catch((reason: unknown) => reason);
  assert(!inspect(error, { depth: 10 }).includes(PASSWORD), 'an error shows the password');
  return server.received();
}

/** Sends all of it once the startup message has come. */
function say(...messages: Buffer[]): Script {
  return async (socket, next) => {
    await next();
    socket.write(Buffer.concat(messages));
  };
}

const READY = [
  encodeAuthenticationOk(),
  encodeBackendKeyData(42, Buffer.from('keys')),
  encodeReadyForQuery('idle'),
];
const NOTICE = encodeNoticeResponse({ severity: 'NOTICE', sqlState: '00000', message: 'hello' });

function rawAuthentication(code: number): Buffer {
  return finishMessage(startMessage(BackendType.Authentication).int32(code));
}

describe('connectUpstream', () => {
  it('keeps notices and leaves the socket paused for the next owner', async () => {
    const late = encodeNotificationResponse({ processId: 1, channel: 'door', payload: 'knock' });
    await using server = await startFakeServer(async (socket, next) => {
      await next();
      const [ok, key, ready] = READY;
      assert(ok && key && ready);
      socket.write(Buffer.concat([ok, NOTICE, key, ready]));
      await next();
      socket.write(late);
    });
    const connection = await connectUpstream(server.options, NEVER);
    assert.deepEqual(connection.notices, [NOTICE]);
    const { processId, secretKey } = connection.backendKey;
    assert.deepEqual([processId, secretKey], [42, Buffer.from('keys')]);
    assert.equal(connection.serverVersion, '');

    connection.socket.write('anything');
    const arrived = new Promise<Buffer>((resolve) => {
      connection.channel.receive((bytes) => resolve(Buffer.from(bytes)));
    });
    connection.socket.resume();
    assert.deepEqual(await arrived, late);
    connection.socket.destroy();
  });

  it('survives a connection that breaks before the next owner listens', async () => {
    await using server = await startFakeServer(async (socket, next) => {
      await next();
      socket.write(Buffer.concat(READY), () => socket.resetAndDestroy());
    });
    const connection = await connectUpstream(server.options, NEVER);
    connection.socket.resume();
    await new Promise<void>((resolve) => {
      if (connection.socket.closed) resolve();
      else connection.socket.once('close', resolve);
    });
  });

  it('sends nothing but the request to a server that does not want TLS', async () => {
    const sent = await expectFailure(
      async (socket, next) => {
        await next();
        socket.write('N');
        await next();
      },
      { code: 'ERR_UPSTREAM_TLS', message: /does not offer TLS/, tls: { mode: 'require' } },
    );
    assert.deepEqual(sent, encodeSslRequest());
  });

  it('believes nothing said in plain text after the agreement on TLS', async () => {
    const injected = encodeErrorResponse({ severity: 'FATAL', sqlState: '28P01', message: 'x' });
    for (const mode of ['require', 'verify-full'] as const) {
      const sent = await expectFailure(say(Buffer.from('S'), ...READY), {
        code: 'ERR_UPSTREAM_TLS',
        message: /plain bytes/,
        tls: { mode },
      });
      assert.deepEqual(sent, encodeSslRequest());
      await expectFailure(say(injected), {
        code: 'ERR_UPSTREAM_TLS',
        message: /does not offer TLS/,
        tls: { mode },
      });
    }
  });

  it('calls a broken handshake by its name', async () => {
    await expectFailure(
      async (socket, next) => {
        await next();
        socket.write('S');
        await next();
        socket.end('this is not TLS');
      },
      { code: 'ERR_UPSTREAM_TLS', message: /ERR_SSL/, tls: { mode: 'require' } },
    );
  });

  it('gives up after the deadline, wherever the server falls silent', async () => {
    const expected = { code: 'ERR_UPSTREAM_TIMEOUT', message: /within 60 ms/, loginTimeoutMs: 60 };
    const silence = async (): Promise<void> => undefined;
    await expectFailure(silence, { ...expected, code: 'ERR_UPSTREAM_TIMEOUT' });
    const tls = { mode: 'require' } as const;
    await expectFailure(silence, { ...expected, code: 'ERR_UPSTREAM_TIMEOUT', tls });
    const handshake = say(Buffer.from('S'));
    await expectFailure(handshake, { ...expected, code: 'ERR_UPSTREAM_TIMEOUT', tls });
    const afterLogin = say(encodeAuthenticationOk());
    await expectFailure(afterLogin, { ...expected, code: 'ERR_UPSTREAM_TIMEOUT' });
    await using server = await startFakeServer(silence);
    const cancelling = cancelUpstream(
      { ...server.options, loginTimeoutMs: 60 },
      { processId: 1, secretKey: Buffer.alloc(4) },
      NEVER,
    );
    await assert.rejects(cancelling, { code: 'ERR_UPSTREAM_TIMEOUT' });
  });

  it('refuses every message that comes before its turn', async () => {
    const row = encodeDataRow([Buffer.from('1')]);
    const [ok, key, ready] = READY;
    assert(ok && key && ready);
    const stories: [Buffer[], RegExp][] = [
      [[row], /DataRow came out of turn/],
      [[NOTICE, ...READY], /NoticeResponse came/],
      [[key, ready], /BackendKeyData came/],
      [[encodeNegotiateProtocolVersion(0, []), ...READY], /NegotiateProtocolVersion came/],
      [[ok, row], /DataRow came/],
      [[ok, ok], /Authentication came/],
      [[ok, ready], /without a cancel key/],
      [[ok, key, key], /second cancel key/],
      [[ok, key, encodeReadyForQuery('transaction')], /a transaction came/],
      [[...READY, row], /bytes after ReadyForQuery/],
      [[encodeAuthenticationSaslFinal(Buffer.from('v=AAAA'))], /AuthenticationSASLFinal came/],
      [[Buffer.from('z\0\0\0\x04')], /unknown message came/],
      [[rawAuthentication(99)], /unknown request 99/],
      [[Buffer.from('R\0\0\0\x03')], /length 3 is less than 4/],
      [[Buffer.from('R\x7f\xff\xff\xff', 'latin1')], /at most 65536 allowed/],
    ];
    for (const [messages, message] of stories) {
      await expectFailure(say(...messages), { code: 'ERR_UPSTREAM_PROTOCOL', message });
    }
  });

  it('bounds what it takes before the server is ready', async () => {
    for (const repeated of [NOTICE, encodeParameterStatus('application_name', 'x'.repeat(900))]) {
      await expectFailure(
        async (socket, next) => {
          await next();
          socket.write(encodeAuthenticationOk());
          while (socket.writable) {
            if (!socket.write(repeated)) await once(socket, 'drain');
          }
        },
        { code: 'ERR_UPSTREAM_PROTOCOL', message: /more than 65536 bytes/ },
      );
    }
  });

  it('answers one question for the password, not two', async () => {
    const sent = await expectFailure(
      async (socket, next) => {
        await next();
        socket.write(encodeAuthenticationMd5Password(Buffer.from('salt')));
        await next();
        socket.write(encodeAuthenticationCleartextPassword());
        await next();
      },
      { code: 'ERR_UPSTREAM_PROTOCOL', message: /AuthenticationCleartextPassword came/ },
    );
    assert(!sent.includes(PASSWORD));
  });

  it('says which ways to log in it does not have', async () => {
    for (const [code, name] of [
      [2, 'KerberosV5'],
      [7, 'GSS'],
      [9, 'SSPI'],
    ] as const) {
      await expectFailure(say(rawAuthentication(code)), {
        code: 'ERR_UPSTREAM_LOGIN',
        message: new RegExp(`Authentication${name} is not supported`),
      });
    }
    await expectFailure(say(encodeAuthenticationSasl(['OAUTHBEARER'])), {
      code: 'ERR_UPSTREAM_LOGIN',
      message: /no SASL mechanism/,
    });
    // Without TLS there is nothing to bind to.
    await expectFailure(say(encodeAuthenticationSasl(['SCRAM-SHA-256-PLUS'])), {
      code: 'ERR_UPSTREAM_LOGIN',
      message: /no SASL mechanism/,
    });
  });

  it('repeats no SQLSTATE that is none', async () => {
    const refusal = finishMessage(
      startMessage(BackendType.ErrorResponse).bytes(Buffer.from('C<b>!\0Mhi\0\0')),
    );
    await expectFailure(say(refusal), {
      code: 'ERR_UPSTREAM_LOGIN',
      message: /\(no SQLSTATE\)$/,
    });
  });

  it('does not take a broken connection for an answer', async () => {
    await expectFailure(async (socket) => void socket.end(), {
      code: 'ERR_UPSTREAM_UNREACHABLE',
      message: /closed the connection/,
    });
    await expectFailure(
      async (socket, next) => {
        await next();
        socket.end(encodeAuthenticationOk());
      },
      { code: 'ERR_UPSTREAM_UNREACHABLE', message: /closed the connection/ },
    );
  });

  it('throws nothing but UpstreamError for random bytes', async () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 60 });
    const first = fc.constantFrom('', 'R', 'R\0\0\0\x08\0\0\0\0', 'R\0\0\0\x0c\0\0\0', 'E\0\0\0');
    await fc.assert(
      fc.asyncProperty(first, bytes, async (start, rest) => {
        await using server = await startFakeServer(async (socket, next) => {
          await next();
          socket.end(Buffer.concat([Buffer.from(start, 'latin1'), rest]));
        });
        await assert.rejects(connectUpstream(server.options, NEVER), { name: 'UpstreamError' });
      }),
      { numRuns: 60 },
    );
  });

  it('lets nobody choose the account through the settings', async () => {
    await using server = await startFakeServer(say(...READY));
    const parameters = new Map([['user', 'postgres']]);
    const attempt = connectUpstream({ ...server.options, parameters }, NEVER);
    await assert.rejects(attempt, { code: 'ERR_ASSERTION' });
    assert.equal(server.received().length, 0);
  });
});

describe('cancelUpstream', () => {
  it('tells a server that cannot be reached from one that took the request', async () => {
    const key = { processId: 7, secretKey: Buffer.alloc(32, 1) };
    const server = await startFakeServer(async (socket, next) => {
      await next();
      socket.end();
    });
    await cancelUpstream(server.options, key, NEVER);
    assert.deepEqual(server.received(), encodeCancelRequest(key.processId, key.secretKey));
    await server[Symbol.asyncDispose]();
    await assert.rejects(cancelUpstream(server.options, key, NEVER), {
      name: 'UpstreamError',
      code: 'ERR_UPSTREAM_UNREACHABLE',
    });
  });
});

describe('connectUpstream by SCRAM', () => {
  /** Answers the first message with `serverFirst`, which is given the client's nonce. */
  function scramServer(serverFirst: (nonce: string) => string, ...then: Buffer[]): Script {
    return async (socket, next) => {
      await next();
      socket.write(encodeAuthenticationSasl(['SCRAM-SHA-256']));
      const nonce = /r=([^,]+)$/.exec((await next()).toString('latin1'))?.[1] ?? '';
      socket.write(encodeAuthenticationSaslContinue(Buffer.from(serverFirst(nonce))));
      await next();
      socket.write(Buffer.concat(then));
    };
  }
  const honest = (nonce: string): string => `r=${nonce}server,s=c2FsdHNhbHQ=,i=4096`;
  const wrongSignature = encodeAuthenticationSaslFinal(
    Buffer.from(`v=${Buffer.alloc(32).toString('base64')}`),
  );

  it('refuses a server that does not know the password', async () => {
    await expectFailure(scramServer(honest, wrongSignature, ...READY), {
      code: 'ERR_UPSTREAM_LOGIN',
      message: /the server does not know the password/,
    });
  });

  it('refuses a server that skips its own proof', async () => {
    await expectFailure(scramServer(honest, ...READY), {
      code: 'ERR_UPSTREAM_PROTOCOL',
      message: /AuthenticationOk came out of turn/,
    });
  });

  it('refuses a server that says all is well before it had a proof, or asks in another way', async () => {
    const row = encodeDataRow([Buffer.from('1')]);
    for (const [message, name] of [
      [encodeAuthenticationOk(), /AuthenticationOk came/],
      [encodeAuthenticationCleartextPassword(), /AuthenticationCleartextPassword came/],
      [encodeAuthenticationMd5Password(Buffer.from('salt')), /AuthenticationMD5Password came/],
      [encodeAuthenticationSasl(['SCRAM-SHA-256']), /AuthenticationSASL came/],
      [wrongSignature, /AuthenticationSASLFinal came/],
      [row, /DataRow came/],
    ] as const) {
      const sent = await expectFailure(
        async (socket, next) => {
          await next();
          socket.write(encodeAuthenticationSasl(['SCRAM-SHA-256']));
          await next();
          socket.write(Buffer.concat([message, ...READY]));
          await next();
        },
        { code: 'ERR_UPSTREAM_PROTOCOL', message: name },
      );
      assert(!sent.includes(',p=') && !sent.includes(PASSWORD));
      await expectFailure(scramServer(honest, message, ...READY), {
        code: message === wrongSignature ? 'ERR_UPSTREAM_LOGIN' : 'ERR_UPSTREAM_PROTOCOL',
        message: message === wrongSignature ? /does not know the password/ : name,
      });
    }
  });

  it('refuses a server that ends the exchange without a proof of its own', async () => {
    for (const final of ['', 'v=', 'v', 'e=other-error', 'x=1,v=AAAA']) {
      const message = encodeAuthenticationSaslFinal(Buffer.from(final));
      await expectFailure(scramServer(honest, message, ...READY), {
        code: 'ERR_UPSTREAM_LOGIN',
        message: /reports an error|does not know the password/,
      });
    }
  });

  it('believes a server that asks for a single round no more than others', async () => {
    await expectFailure(
      scramServer((nonce) => `r=${nonce}server,s=c2FsdHNhbHQ=,i=1`, wrongSignature, ...READY),
      { code: 'ERR_UPSTREAM_LOGIN', message: /the server does not know the password/ },
    );
  });

  it('sends no proof to a server that asks for more rounds than a million', async () => {
    for (const rounds of ['1000001', '2147483648', '4294967297', '9'.repeat(400)]) {
      const sent = await expectFailure(
        scramServer((nonce) => `r=${nonce}server,s=c2FsdHNhbHQ=,i=${rounds}`),
        { code: 'ERR_UPSTREAM_LOGIN', message: /rounds|malformed/ },
      );
      assert(!sent.includes(',p='));
    }
  });

  it('sends no proof to a server that answers another nonce', async () => {
    for (const nonceFor of [
      (nonce: string) => nonce,
      () => 'anothernonceserver',
      (nonce: string) => `x${nonce}server`,
      (nonce: string) => nonce.slice(0, -1),
    ]) {
      const sent = await expectFailure(
        scramServer((nonce) => `r=${nonceFor(nonce)},s=c2FsdHNhbHQ=,i=4096`),
        { code: 'ERR_UPSTREAM_LOGIN', message: /nonce/ },
      );
      assert(!sent.includes(',p='));
    }
  });
});
