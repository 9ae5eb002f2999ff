import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FieldList } from '../../../wire/http/field-list.ts';
import type { HttpResponse } from '../exchange.ts';
import { openHttpWorld, respondWith } from '../http-world.fixture.ts';
import { OpenBody } from '../open-body.fixture.ts';
import { connectRaw, formatRequest } from '../raw-client.fixture.ts';
import { collectBody, WholeBody } from '../whole-body.ts';

const TEXT = FieldList.of([['content-type', 'text/plain']]);

function respond(text: string): HttpResponse {
  return { status: 200, fields: TEXT, body: new WholeBody(Buffer.from(text)) };
}

describe('a connection of HTTP/1.1', () => {
  it('answers requests that come at once in their order, each whole', async () => {
    await using world = await openHttpWorld({
      answer(request, listener) {
        const tell = (): void => listener.onResponse(respond(`path=${request.path}`));
        // The first is the slowest.
        if (request.path === '/1') setImmediate(tell);
        else tell();
      },
    });
    using client = connectRaw(world.port);
    client.write(['/1', '/2', '/3'].map((path) => formatRequest(`GET ${path}`)).join(''));
    const received = await client.until('path=/3');
    assert.deepEqual(received.match(/path=\/[123]/g), ['path=/1', 'path=/2', 'path=/3']);
    assert.deepEqual(world.failures, []);
  });

  it('reads a request that comes byte by byte', async () => {
    await using world = await openHttpWorld({
      answer: (request, listener) =>
        collectBody(request.body, 100, (body) => {
          assert(body.kind === 'whole');
          listener.onResponse(respond(`got ${body.bytes.toString()}`));
        }),
    });
    using client = connectRaw(world.port);
    client.socket.setNoDelay(true);
    const request = `${formatRequest('POST /x', 'Transfer-Encoding: chunked')}3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`;
    for (const character of request) {
      client.write(character);
      await new Promise(setImmediate);
    }
    assert.match(await client.until('got'), /got abcde/);
  });

  it('passes trailers on in both directions', async () => {
    await using world = await openHttpWorld({
      answer(request, listener) {
        collectBody(request.body, 100, (body) => {
          assert(body.kind === 'whole');
          const trailers = body.trailers ?? FieldList.empty;
          listener.onResponse({
            status: 200,
            fields: TEXT,
            body: {
              length: undefined,
              start(sink) {
                sink.onData(Buffer.from('body'));
                sink.onEnd(trailers.append('x-end', 'yes'));
              },
              pause() {},
              resume() {},
              destroy() {},
            },
          });
        });
      },
    });
    using client = connectRaw(world.port);
    client.write(formatRequest('POST /x', 'Transfer-Encoding: chunked'));
    client.write('1\r\nx\r\n0\r\nx-sum: 7\r\n\r\n');
    const received = await client.until('x-end');
    assert.match(received, /4\r\nbody\r\n0\r\nx-sum: 7\r\nx-end: yes\r\n\r\n$/);
  });

  it('sends no body with 204, 304 and to HEAD, and keeps the length that HEAD asks for', async () => {
    const statuses = [204, 304, 200];
    await using world = await openHttpWorld({
      answer: (request, listener) =>
        listener.onResponse({
          status: statuses[world.target.requests.length - 1] ?? 200,
          fields: request.method === 'HEAD' ? TEXT.append('content-length', '9') : TEXT,
          body: WholeBody.empty,
        }),
    });
    using client = connectRaw(world.port);
    client.write(formatRequest('GET /a') + formatRequest('GET /b') + formatRequest('HEAD /c'));
    const received = await client.until('content-length: 9\r\n\r\n');
    assert.match(
      received,
      /^HTTP\/1.1 204 No Content\r\ncontent-type: text\/plain\r\n\r\nHTTP\/1.1 304/,
    );
  });

  it('lets a client that asks first send its body only once the request may go on', async () => {
    await using world = await openHttpWorld({
      behaviour: { decide: ({ facts }) => (facts['path'] === '/no' ? 'deny' : 'allow') },
      answer: (request, listener) =>
        collectBody(request.body, 100, () => listener.onResponse(respond('stored'))),
    });
    using client = connectRaw(world.port);
    client.write(formatRequest('PUT /yes', 'Expect: 100-continue', 'Content-Length: 3'));
    await client.until('HTTP/1.1 100 Continue\r\n\r\n');
    client.write('abc');
    await client.until('stored');
    using refused = connectRaw(world.port);
    refused.write(formatRequest('PUT /no', 'Expect: 100-continue', 'Content-Length: 3'));
    const received = await refused.ended();
    assert.match(received, /^HTTP\/1.1 403 Forbidden\r\n/);
    assert.match(received, /connection: close/);
  });

  it('goes on after a refusal, past a body that was not read', async () => {
    await using world = await openHttpWorld({
      behaviour: { decide: ({ facts }) => (facts['method'] === 'POST' ? 'deny' : 'allow') },
      answer: respondWith(respond('fine')),
    });
    using client = connectRaw(world.port);
    client.write(`${formatRequest('POST /x', 'Content-Length: 20000')}${'y'.repeat(20_000)}`);
    client.write(formatRequest('GET /y'));
    const received = await client.until('fine');
    assert.match(received, /^HTTP\/1.1 403 /);
    assert.equal(world.target.requests.length, 1);
  });

  it('closes after a refusal where the rest of the body is too long to be read in vain', async () => {
    await using world = await openHttpWorld({
      behaviour: { decide: () => 'deny' },
      answer: respondWith(respond('never')),
    });
    using client = connectRaw(world.port);
    client.write(formatRequest('POST /x', 'Content-Length: 9000000'));
    assert.match(await client.ended(), /^HTTP\/1.1 403 [^]*connection: close/);
  });

  it('says what is wrong with a request that is ambiguous, and closes', async () => {
    await using world = await openHttpWorld({ answer: respondWith(respond('never')) });
    const ambiguous = [
      ['POST /x', 'Content-Length: 3', 'Transfer-Encoding: chunked'],
      ['POST /x', 'Content-Length: 3', 'Content-Length: 3'],
      ['POST /x', 'Transfer-Encoding: chunked, identity'],
      ['GET /x', 'Host: other.sallyport'],
      ['GET http://other.sallyport/x'],
      ['GET /x', ' folded: yes'],
    ];
    for (const [line = '', ...fields] of ambiguous) {
      using client = connectRaw(world.port);
      client.write(formatRequest(line, ...fields));
      const received = await client.ended();
      assert.match(received, /^HTTP\/1.1 (?:400|501) [^]*connection: close/, line + fields.join());
    }
    assert.equal(world.target.requests.length, 0);
    assert.equal(world.protocolErrors.length, ambiguous.length);
  });

  it('says so where a body turns out to be none, and gives the request up', async () => {
    await using world = await openHttpWorld({
      answer: (request) => request.body.start({ onData() {}, onEnd() {}, onError() {} }),
    });
    using client = connectRaw(world.port);
    client.write(`${formatRequest('POST /x', 'Transfer-Encoding: chunked')}3\r\nabcd`);
    assert.match(await client.ended(), /^HTTP\/1.1 400 Bad Request\r\n/);
    assert.equal(world.target.aborted, 1);
  });

  it('cuts the connection where a response breaks off, so that nobody takes it for whole', async () => {
    for (const length of [undefined, 10]) {
      const body = new OpenBody(length);
      await using world = await openHttpWorld({
        answer: respondWith({ status: 200, fields: TEXT, body }),
      });
      using client = connectRaw(world.port);
      client.write(formatRequest('GET /x'));
      await client.until('\r\n\r\n');
      body.sink?.onData(Buffer.from('some'));
      await client.until('some');
      body.sink?.onError(new Error('broken'));
      assert.doesNotMatch(await client.ended(), /\r\n0\r\n/);
    }
  });

  it('sends no byte more than was announced, and closes where fewer come', async () => {
    const body = new OpenBody(4);
    await using world = await openHttpWorld({
      answer: respondWith({ status: 200, fields: TEXT, body }),
    });
    using client = connectRaw(world.port);
    client.write(formatRequest('GET /x'));
    await client.until('\r\n\r\n');
    body.sink?.onData(Buffer.from('too much'));
    assert.doesNotMatch(await client.ended(), /much/);
  });

  it('gives up what a client that leaves had asked for', async () => {
    const body = new OpenBody();
    await using world = await openHttpWorld({
      answer: respondWith({ status: 200, fields: TEXT, body }),
    });
    const client = connectRaw(world.port);
    client.write(formatRequest('GET /x'));
    await client.until('\r\n\r\n');
    client.socket.destroy();
    while (!body.isDestroyed) await new Promise(setImmediate);
    assert.equal(world.target.aborted, 1);
  });

  it('reads a response no faster than its client takes it', async () => {
    const body = new OpenBody();
    await using world = await openHttpWorld({
      answer: respondWith({ status: 200, fields: TEXT, body }),
    });
    using client = connectRaw(world.port);
    client.write(formatRequest('GET /x'));
    await client.until('\r\n\r\n');
    client.socket.pause();
    const piece = Buffer.alloc(64 * 1024, 'x');
    let pieces = 0;
    while (!body.isPaused && pieces < 1_000) {
      body.sink?.onData(piece);
      pieces += 1;
      await new Promise(setImmediate);
    }
    assert(pieces < 1_000, 'nothing held it back');
    client.socket.resume();
    while (body.isPaused) await new Promise(setImmediate);
  });

  it('reads an upload no faster than the target takes it', async () => {
    let pieces = 0;
    await using world = await openHttpWorld({
      answer(request) {
        const onData = (): void => {
          pieces += 1;
          request.body.pause();
        };
        request.body.start({ onData, onEnd() {}, onError() {} });
      },
    });
    using client = connectRaw(world.port);
    client.write(formatRequest('PUT /x', 'Content-Length: 100000000'));
    client.write(Buffer.alloc(32 * 1024 * 1024, 'x'));
    while (pieces === 0) await new Promise(setImmediate);
    for (let turns = 0; turns < 100; turns += 1) await new Promise(setImmediate);
    assert.equal(pieces, 1);
    assert(client.socket.writableLength > 0, 'all of it was taken');
    world.target.requests[0]?.body.resume();
    while (pieces === 1) await new Promise(setImmediate);
  });

  it('answers what is under way when the gateway stops, and takes nothing more', async () => {
    let finish = (): void => {};
    await using world = await openHttpWorld({
      answer(_request, listener) {
        finish = () => listener.onResponse(respond('last'));
      },
    });
    using client = connectRaw(world.port);
    using idle = connectRaw(world.port);
    client.write(formatRequest('GET /x'));
    while (world.target.requests.length === 0) await new Promise(setImmediate);
    world.stopping.abort();
    assert.equal(await idle.ended(), '');
    finish();
    assert.match(await client.ended(), /connection: close\r\n\r\nlast$/);
  });
});
