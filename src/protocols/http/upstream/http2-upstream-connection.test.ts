import assert from 'node:assert/strict';
import { constants, createServer, type Http2Session, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { describe, it } from 'node:test';
import { FieldList } from '../../../wire/http/field-list.ts';
import { WholeBody } from '../whole-body.ts';
import { ask, listen, openPool } from './upstream.fixture.ts';
import type { UpstreamTimeouts } from './upstream-connection.ts';
import type { UpstreamPool } from './upstream-pool.ts';

interface Http2Server extends AsyncDisposable {
  readonly sessions: Http2Session[];
  readonly sockets: Socket[];
  /** Heads as they came, names and values by turns. */
  readonly heads: string[][];
  readonly pool: UpstreamPool;
}

/** A server of HTTP/2 without TLS, and a pool of connections to it. */
async function startHttp2(
  onStream: (stream: ServerHttp2Stream, body: Buffer, server: Http2Server) => void,
  {
    timeouts = { headTimeoutMs: 20_000, idleTimeoutMs: 20_000 },
    ...settings
  }: { readonly maxConcurrentStreams?: number; readonly timeouts?: UpstreamTimeouts } = {},
): Promise<Http2Server> {
  const listener = createServer({ settings });
  const sessions: Http2Session[] = [];
  const sockets: Socket[] = [];
  listener.on('connection', (socket: Socket) => sockets.push(socket));
  const heads: string[][] = [];
  listener.on('session', (session) => {
    sessions.push(session);
    session.on('error', () => undefined);
  });
  listener.on('stream', (stream, _, __, raw: string[]) => {
    heads.push(raw);
    const pieces: Buffer[] = [];
    stream.on('error', () => undefined);
    stream.on('data', (piece: Buffer) => pieces.push(piece));
    stream.on('end', () => onStream(stream, Buffer.concat(pieces), server));
  });
  const port = await listen(listener);
  const pool = openPool(port, { applications: ['h2'], timeouts });
  const server: Http2Server = {
    sessions,
    sockets,
    heads,
    pool,
    async [Symbol.asyncDispose]() {
      pool.close();
      for (const session of sessions) session.destroy();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
  return server;
}

function answer(stream: ServerHttp2Stream, text: string): void {
  stream.respond({ ':status': 200, 'content-type': 'text/plain' });
  stream.end(text);
}

describe('Http2UpstreamConnection', () => {
  it('takes all requests of a target at the same time', async () => {
    const waiting: ServerHttp2Stream[] = [];
    await using server = await startHttp2((stream) => {
      waiting.push(stream);
      if (waiting.length === 50) for (const each of waiting) answer(each, 'ok');
    });
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => ask(server.pool)));
    assert(outcomes.every(({ body }) => body === 'ok'));
    assert.equal(server.sessions.length, 1);
  });

  it('opens another connection for what the target does not take on one', async () => {
    const waiting: ServerHttp2Stream[] = [];
    await using server = await startHttp2(
      (stream) => {
        waiting.push(stream);
        if (waiting.length >= 6) for (const each of waiting.splice(0)) answer(each, 'ok');
      },
      { maxConcurrentStreams: 3 },
    );
    // The target's settings are known once it has answered something.
    const first = ask(server.pool);
    while (waiting.length < 1) await new Promise(setImmediate);
    const others = Array.from({ length: 5 }, () => ask(server.pool));
    const outcomes = await Promise.all([first, ...others]);
    assert(outcomes.every(({ body }) => body === 'ok'));
    assert.equal(server.sessions.length, 2);
  });

  it('passes heads, bodies and trailers on, both ways', async () => {
    await using server = await startHttp2((stream, body) => {
      stream.respond({ ':status': 201, 'x-seen': body.toString() }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end('made');
    });
    const outcome = await ask(server.pool, {
      method: 'POST',
      path: '/things',
      query: 'a=b',
      authority: 'things.internal',
      fields: [['te', 'trailers']],
      body: new WholeBody(Buffer.from('a thing'), FieldList.of([['x-sum', '1']])),
    });
    assert.equal(outcome.status, 201);
    assert.equal(outcome.fields?.get('x-seen'), 'a thing');
    assert.equal(outcome.body, 'made');
    assert.deepEqual([...(outcome.trailers ?? [])], [['grpc-status', '0']]);
    assert.deepEqual(server.heads[0], [
      ...[':method', 'POST', ':scheme', 'http'],
      ...[':authority', 'things.internal', ':path', '/things?a=b'],
      ...['te', 'trailers', 'content-length', '7'],
    ]);
  });

  it('passes a response on that is its trailers alone, and one without a body', async () => {
    await using server = await startHttp2((stream) => {
      stream.respond({ ':status': 200, 'grpc-status': '7' }, { endStream: true });
    });
    const refused = await ask(server.pool, { method: 'POST', body: 'x' });
    assert.equal(refused.fields?.get('grpc-status'), '7');
    assert.equal(refused.body, '');
    assert.equal((await ask(server.pool, { method: 'HEAD' })).body, '');
  });

  it('passes over interim responses', async () => {
    await using server = await startHttp2((stream) => {
      stream.additionalHeaders({ ':status': 103, link: '</a>' });
      answer(stream, 'ok');
    });
    assert.equal((await ask(server.pool)).body, 'ok');
  });

  it('tells that a stream was reset, before the response or in the middle of it', async () => {
    await using server = await startHttp2((stream) => {
      if (server.heads.length > 1) {
        stream.respond({ ':status': 200 });
        return void stream.write('half', () =>
          setImmediate(() => stream.destroy(new Error('broken'))),
        );
      }
      stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    });
    const first = await ask(server.pool, { method: 'POST' });
    assert.equal((first.error as { code?: string } | undefined)?.code, 'ERR_UPSTREAM_UNREACHABLE');
    const second = await ask(server.pool, { method: 'POST' });
    assert.equal(second.body, 'half');
    assert.equal((second.error as { code?: string } | undefined)?.code, 'ERR_UPSTREAM_UNREACHABLE');
    // A stream says nothing of the others.
    assert.equal(server.sessions.length, 1);
  });

  it('sends nothing again that the target has reset', async () => {
    await using server = await startHttp2((stream) => {
      if (server.heads.length === 1) answer(stream, 'ok');
      else stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    });
    await ask(server.pool);
    assert((await ask(server.pool)).error);
    assert.equal(server.heads.length, 2);
  });

  for (const [what, cut] of [
    ['the connection', ({ sessions }: Http2Server) => sessions[0]?.destroy()],
    ['the socket', ({ sockets }: Http2Server) => sockets[0]?.destroy()],
  ] as const) {
    it(`never takes a body for whole of which the end is missing because ${what} is gone`, async () => {
      await using server = await startHttp2((stream) => {
        stream.respond({ ':status': 200 });
        stream.write('half', () => setImmediate(() => cut(server)));
      });
      const { body, error } = await ask(server.pool);
      assert.equal(body, 'half');
      assert(error);
    });
  }

  it('sends a look again that the target refused, and nothing that changes something', async () => {
    await using server = await startHttp2((stream) => {
      if (server.heads.length === 1) stream.close(constants.NGHTTP2_REFUSED_STREAM);
      else answer(stream, 'ok');
    });
    assert.equal((await ask(server.pool)).body, 'ok');
    assert.equal(server.heads.length, 2);
    await using other = await startHttp2((stream) =>
      stream.close(constants.NGHTTP2_REFUSED_STREAM),
    );
    assert((await ask(other.pool, { method: 'POST' })).error);
    assert.equal(other.heads.length, 1);
  });

  it('opens a new connection when the target has said goodbye', async () => {
    await using server = await startHttp2((stream, _, { sessions }) => {
      answer(stream, 'ok');
      if (sessions.length === 1) sessions[0]?.goaway(constants.NGHTTP2_NO_ERROR);
    });
    assert.equal((await ask(server.pool)).body, 'ok');
    assert.equal((await ask(server.pool)).body, 'ok');
    assert((await ask(server.pool)).body === 'ok');
    assert.equal(server.sessions.length, 2);
  });

  it('sends a look again when the connection is gone without an answer', async () => {
    await using server = await startHttp2((stream, _, { sessions, heads }) => {
      if (heads.length === 2) sessions[0]?.destroy();
      else answer(stream, 'ok');
    });
    await ask(server.pool);
    assert.equal((await ask(server.pool)).body, 'ok');
    assert.equal(server.heads.length, 3);
  });

  it('does not wait for ever for a response', async () => {
    const timeouts = { headTimeoutMs: 1, idleTimeoutMs: 20_000 };
    await using server = await startHttp2(() => undefined, { timeouts });
    const { error } = await ask(server.pool);
    assert.equal((error as { code?: string } | undefined)?.code, 'ERR_UPSTREAM_TIMEOUT');
  });

  it('gives up a stream whose client has left, and no other', async () => {
    const closed: number[] = [];
    await using server = await startHttp2((stream) => {
      if (server.heads.length > 1) return answer(stream, 'ok');
      stream.respond({ ':status': 200 });
      stream.write('a');
      stream.on('close', () => closed.push(stream.rstCode));
    });
    await new Promise<void>((resolve) => {
      void ask(server.pool, {
        onResponse({ body }) {
          body.start({
            onData() {
              body.destroy();
              resolve();
            },
            onEnd: () => assert.fail('nothing more may be told'),
            onError: () => assert.fail('nothing more may be told'),
          });
        },
      });
    });
    assert.equal((await ask(server.pool)).body, 'ok');
    assert.deepEqual(closed, [constants.NGHTTP2_CANCEL]);
    assert.equal(server.sessions.length, 1);
  });

  it('reads no more of a response than is wanted', async () => {
    const size = 32 * 1024 * 1024;
    await using server = await startHttp2((stream) => {
      stream.respond({ ':status': 200 });
      stream.end(Buffer.alloc(size, 'a'));
    });
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    let bytes = 0;
    void ask(server.pool, {
      onResponse({ body }) {
        body.start({
          onData(piece) {
            bytes += piece.length;
            if (bytes !== piece.length) return;
            body.pause();
            setTimeout(() => {
              assert(bytes < size / 2, 'all of it was taken');
              body.resume();
            }, 50);
          },
          onEnd: () => resolve(bytes),
          onError: reject,
        });
      },
    });
    assert.equal(await promise, size);
  });
});
