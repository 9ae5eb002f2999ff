import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FieldList } from '../../../wire/http/field-list.ts';
import { untilClosed } from '../../until-closed.fixture.ts';
import type { RawStream } from '../exchange.ts';
import {
  ask,
  OK,
  openPool,
  SteppedBody,
  startRawServer,
  startScriptedServer,
} from './upstream.fixture.ts';

describe('Http1UpstreamConnection', () => {
  it('sends one request after the other on the same connection', async () => {
    await using server = await startScriptedServer(OK);
    const pool = openPool(server.port);
    for (let count = 0; count < 5; count += 1) assert.equal((await ask(pool)).body, 'ok');
    assert.equal(server.connections.length, 1);
    pool.close();
  });

  it('writes requests in one form, whatever their body', async () => {
    await using server = await startRawServer((socket, received) => {
      if (received.endsWith('!')) socket.end(OK);
    });
    const pool = openPool(server.port);
    await ask(pool, {
      method: 'POST',
      authority: 'api.internal:8080',
      path: '/a%20b',
      query: 'c=d',
      fields: [['x-note', '1']],
      body: 'hello!',
    });
    assert.equal(
      server.received(0),
      'POST /a%20b?c=d HTTP/1.1\r\nx-note: 1\r\nhost: api.internal:8080\r\ncontent-length: 6\r\n\r\nhello!',
    );
    pool.close();
  });

  it('sends a body of unknown length in chunks, with its trailers', async () => {
    await using server = await startRawServer((socket, received) => {
      if (received.endsWith('x-sum: 1\r\n\r\n')) socket.write(OK);
    });
    const pool = openPool(server.port);
    const trailers = FieldList.of([['x-sum', '1']]);
    const body = new SteppedBody(['ab', 'cde'], undefined, trailers);
    const fields = [['te', 'trailers']] as const;
    assert.equal((await ask(pool, { method: 'PUT', body, fields })).body, 'ok');
    assert.equal(
      server.received(0),
      'PUT / HTTP/1.1\r\nte: trailers\r\nhost: target\r\nconnection: te\r\ntransfer-encoding: chunked\r\n\r\n' +
        '2\r\nab\r\n3\r\ncde\r\n0\r\nx-sum: 1\r\n\r\n',
    );
    pool.close();
  });

  for (const [what, response, body] of [
    ['a length', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', 'hello'],
    [
      'chunks',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n',
      'hello',
    ],
    ['no body', 'HTTP/1.1 204 No Content\r\n\r\n', ''],
    [
      'interim responses before it',
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${OK}`,
      'ok',
    ],
  ] as const) {
    it(`reads a response with ${what}, wherever it is cut, and goes on with the connection`, async () => {
      for (let cut = 1; cut < response.length; cut += 1) {
        await using server = await startRawServer((socket, received) => {
          if (received.split('\r\n\r\n').length > 2) return void socket.write(OK);
          socket.write(response.slice(0, cut));
          setImmediate(() => socket.write(response.slice(cut)));
        });
        const pool = openPool(server.port);
        const first = await ask(pool);
        assert.equal(first.body, body, `cut at ${cut}`);
        assert.equal(first.error, undefined);
        assert.equal((await ask(pool)).body, 'ok');
        assert.equal(server.connections.length, 1, `cut at ${cut}`);
        pool.close();
      }
    });
  }

  it('tells the fields from end to end and no others', async () => {
    const head = [
      'HTTP/1.1 302 Found',
      'Location: http://169.254.169.254/',
      'Connection: x-hop',
      'X-Hop: 1',
      'Keep-Alive: timeout=5',
      'Content-Length: 0',
    ];
    await using server = await startScriptedServer(`${head.join('\r\n')}\r\n\r\n`);
    const pool = openPool(server.port);
    const { status, fields } = await ask(pool);
    // A redirect is for the client to follow, and never for the gateway with its credential.
    assert.equal(status, 302);
    assert.deepEqual([...(fields ?? [])], [['location', 'http://169.254.169.254/']]);
    assert.equal(server.connections.length, 1);
    pool.close();
  });

  for (const [what, response] of [
    [
      'that the target closes',
      'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok',
    ],
    ['with bytes behind the response', `${OK}HTTP/1.1 200 OK\r\n\r\n`],
    ['of HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok'],
    [
      'that the target keeps for no longer than a second',
      'HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 2\r\n\r\nok',
    ],
  ] as const) {
    it(`uses a connection once ${what}`, async () => {
      await using server = await startScriptedServer(response);
      const pool = openPool(server.port);
      assert.equal((await ask(pool)).body, 'ok');
      assert.equal((await ask(pool)).body, 'ok');
      assert.equal(server.connections.length, 2);
      pool.close();
    });
  }

  it('reads a body to the end of its connection', async () => {
    await using server = await startRawServer((socket) =>
      socket.end('HTTP/1.1 200 OK\r\n\r\nall of it'),
    );
    const pool = openPool(server.port);
    assert.equal((await ask(pool)).body, 'all of it');
    pool.close();
  });

  it('gives a connection up on which the target speaks unasked', async () => {
    await using server = await startScriptedServer(OK);
    const pool = openPool(server.port);
    await ask(pool);
    const [socket] = server.connections;
    assert(socket);
    socket.write('HTTP/1.1 408 Request Timeout\r\n\r\n');
    await untilClosed(socket);
    assert.equal((await ask(pool)).status, 200);
    assert.equal(server.connections.length, 2);
    pool.close();
  });

  it('gives up what is idle for too long', async () => {
    await using server = await startScriptedServer(OK);
    const pool = openPool(server.port, { timeouts: { headTimeoutMs: 20_000, idleTimeoutMs: 1 } });
    await ask(pool);
    const [socket] = server.connections;
    assert(socket);
    await untilClosed(socket);
    pool.close();
  });
});

describe('Http1UpstreamConnection, where the target misbehaves', () => {
  for (const [what, response, code] of [
    ['what is not HTTP', '220 smtp.example ESMTP\r\n\r\n', 'ERR_UPSTREAM_PROTOCOL'],
    [
      'a head that does not end',
      `HTTP/1.1 200 OK\r\n${'x-a: '.padEnd(1000, 'a')}\r\n`.repeat(40),
      'ERR_UPSTREAM_PROTOCOL',
    ],
    [
      'two lengths',
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc',
      'ERR_UPSTREAM_PROTOCOL',
    ],
    [
      'a length and chunks',
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      'ERR_UPSTREAM_PROTOCOL',
    ],
    [
      'a line that ends in LF alone',
      'HTTP/1.1 200 OK\nContent-Length: 2\n\nok',
      'ERR_UPSTREAM_PROTOCOL',
    ],
    [
      'interim responses without end',
      'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(17),
      'ERR_UPSTREAM_PROTOCOL',
    ],
    [
      'a switch that nobody asked for',
      'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n',
      'ERR_UPSTREAM_PROTOCOL',
    ],
  ] as const) {
    it(`answers ${what} with an error and closes the connection`, async () => {
      await using server = await startScriptedServer(response);
      const pool = openPool(server.port);
      const { error } = await ask(pool);
      assert.equal((error as { code?: string } | undefined)?.code, code);
      const [socket] = server.connections;
      assert(socket);
      await untilClosed(socket);
      pool.close();
    });
  }

  for (const [what, response] of [
    ['a length', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'],
    ['chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
    ['a chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nhalf'],
  ] as const) {
    it(`tells that a body of ${what} breaks off`, async () => {
      await using server = await startRawServer((socket) => socket.end(response));
      const pool = openPool(server.port);
      const { body, error } = await ask(pool);
      assert.equal(body, 'half');
      assert.equal((error as { code?: string } | undefined)?.code, 'ERR_UPSTREAM_UNREACHABLE');
      pool.close();
    });
  }

  it('tells that chunks make no sense, in the middle of a body', async () => {
    await using server = await startScriptedServer(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nxyz\r\n',
    );
    const pool = openPool(server.port);
    const { error } = await ask(pool);
    assert.equal((error as { code?: string } | undefined)?.code, 'ERR_UPSTREAM_PROTOCOL');
    pool.close();
  });

  it('does not wait for ever for a response', async () => {
    await using server = await startRawServer(() => undefined);
    const pool = openPool(server.port, { timeouts: { headTimeoutMs: 1, idleTimeoutMs: 1 } });
    const { error } = await ask(pool);
    assert.equal((error as { code?: string } | undefined)?.code, 'ERR_UPSTREAM_TIMEOUT');
    pool.close();
  });

  it('tells that nobody listens', async () => {
    const server = await startRawServer(() => undefined);
    await server[Symbol.asyncDispose]();
    const pool = openPool(server.port);
    const outcomes = await Promise.all([ask(pool), ask(pool), ask(pool)]);
    for (const { error } of outcomes) {
      assert.equal((error as { code?: string } | undefined)?.code, 'ERR_UPSTREAM_UNREACHABLE');
    }
  });

  it('sends a look again whose connection was over before a byte of the answer', async () => {
    await using server = await startRawServer((socket, received) => {
      // The second request on a connection is read and not answered.
      if (received.split('\r\n\r\n').length === 2) socket.write(OK);
      else socket.destroy();
    });
    const pool = openPool(server.port);
    await ask(pool);
    assert.equal((await ask(pool, { path: '/again' })).body, 'ok');
    assert.match(server.received(0), /GET \/again/);
    assert.match(server.received(1), /GET \/again/);
    pool.close();
  });

  it('sends nothing twice that may have changed something, or been answered', async () => {
    for (const [method, body, lastWord] of [
      ['POST', 'x', ''],
      ['DELETE', '', ''],
      ['PUT', '', ''],
      ['GET', 'x', ''],
      ['GET', '', 'H'],
    ] as const) {
      await using server = await startRawServer((socket, received) => {
        if (received.includes('/once')) socket.end(lastWord);
        else socket.write(OK);
      });
      const pool = openPool(server.port);
      await ask(pool);
      const { error } = await ask(pool, { method, body, path: '/once' });
      assert(error, method);
      assert.equal(server.connections.length, 1, method);
      pool.close();
    }
  });

  it('does not try again on a connection that was new', async () => {
    await using server = await startRawServer((socket) => socket.destroy());
    const pool = openPool(server.port);
    assert((await ask(pool)).error);
    assert.equal(server.connections.length, 1);
    pool.close();
  });

  it('delivers an answer that comes before the request is whole, and reads no more of that', async () => {
    await using server = await startRawServer((socket, received) => {
      if (received.endsWith('first'))
        socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno');
    });
    const pool = openPool(server.port);
    const body = new SteppedBody(['first'], 1_000_000);
    body.staysOpen = true;
    const outcome = await ask(pool, { method: 'POST', body });
    assert.equal(outcome.status, 413);
    assert.equal(outcome.body, 'no');
    assert(body.isDestroyed);
    const [socket] = server.connections;
    assert(socket);
    await untilClosed(socket);
    pool.close();
  });

  it('gives a request up whose body is not as long as it said', async () => {
    for (const [pieces, length] of [
      [['abc'], 2],
      [['abc'], 4],
    ] as const) {
      await using server = await startRawServer(() => undefined);
      const pool = openPool(server.port);
      const outcome = await ask(pool, { method: 'POST', body: new SteppedBody(pieces, length) });
      assert(outcome.error, String(length));
      pool.close();
    }
  });
});

describe('Http1UpstreamConnection, after an upgrade', () => {
  const SWITCH =
    'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n';

  it('carries bytes both ways on a connection of its own', async () => {
    await using server = await startRawServer((socket, received) => {
      if (received.endsWith('\r\n\r\n')) socket.write(`${SWITCH}hello`);
      if (received.endsWith('ping')) socket.end('pong');
    });
    const pool = openPool(server.port);
    const { status, stream } = await ask(pool, { upgrade: 'websocket' });
    assert.equal(status, 101);
    assert(stream);
    assert.equal(await talk(stream), 'hellopong');
    assert.match(server.received(0), /upgrade: websocket\r\nconnection: upgrade\r\n/);
    pool.close();
  });

  it('is what it was before where the target does not agree, and the connection is not used again', async () => {
    await using server = await startScriptedServer(OK);
    const pool = openPool(server.port);
    const refused = await ask(pool, { upgrade: 'websocket' });
    assert.equal(refused.status, 200);
    assert.equal(refused.body, 'ok');
    await ask(pool);
    assert.equal(server.connections.length, 2);
    pool.close();
  });
});

/** Reads what comes until a text, writes an answer. */
function talk(stream: RawStream): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    stream.start({
      onData(bytes) {
        text += bytes.toString('latin1');
        if (text === 'hello') stream.write(Buffer.from('ping'));
      },
      onDrain() {},
      onEnd: () => stream.end(),
      onClose: () => resolve(text),
    });
  });
}
