import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { before, describe, it } from 'node:test';
import { makeSelfSigned } from '../../src/gateway/certificates.ts';
import type { HttpResponse } from '../../src/protocols/http/exchange.ts';
import {
  type HttpWorld,
  openHttpWorld,
  respondWith,
  TOKEN,
} from '../../src/protocols/http/http-world.fixture.ts';
import { collectBody, WholeBody } from '../../src/protocols/http/whole-body.ts';
import { FieldList } from '../../src/wire/http/field-list.ts';

const TEXT = FieldList.of([['content-type', 'text/plain']]);
let certificate: { readonly certificatePem: string; readonly keyPem: string };

function respond(text: string): HttpResponse {
  return { status: 200, fields: TEXT, body: new WholeBody(Buffer.from(text)) };
}

function openClient(world: HttpWorld): ClientHttp2Session & Disposable {
  const session = connect(`https://127.0.0.1:${world.port}`, {
    ca: certificate.certificatePem,
    servername: 'api.sallyport',
  });
  session.on('error', () => {});
  return Object.assign(session, { [Symbol.dispose]: () => session.destroy() });
}

function ask(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  body?: Buffer,
): ClientHttp2Stream {
  const stream = session.request({
    ':authority': 'api.sallyport',
    authorization: `Bearer ${TOKEN}`,
    ...headers,
  });
  stream.on('error', () => {});
  stream.end(body);
  return stream;
}

interface Answer {
  readonly headers: IncomingHttpHeaders;
  readonly trailers: IncomingHttpHeaders | undefined;
  readonly text: string;
}

async function read(stream: ClientHttp2Stream): Promise<Answer> {
  let trailers: IncomingHttpHeaders | undefined;
  stream.on('trailers', (received: IncomingHttpHeaders) => {
    trailers = received;
  });
  const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders];
  let text = '';
  for await (const piece of stream) text += String(piece);
  return { headers, trailers, text };
}

describe('a connection of HTTP/2', () => {
  before(async () => {
    certificate = await makeSelfSigned({
      names: ['api.sallyport'],
      addresses: ['127.0.0.1'],
      days: 1,
    });
  });

  it('answers requests independently of each other', async () => {
    const first = Promise.withResolvers<() => void>();
    await using world = await openHttpWorld({
      certificate,
      answer(request, listener) {
        const tell = (): void => listener.onResponse(respond(request.path));
        if (request.path === '/slow') first.resolve(tell);
        else tell();
      },
    });
    using client = openClient(world);
    const slow = read(ask(client, { ':path': '/slow' }));
    const finish = await first.promise;
    assert.equal((await read(ask(client, { ':path': '/fast' }))).text, '/fast');
    finish();
    assert.equal((await slow).text, '/slow');
    assert.deepEqual(world.failures, []);
  });

  it('carries large bodies both ways, and trailers', async () => {
    const size = 5_000_000;
    await using world = await openHttpWorld({
      certificate,
      answer: (request, listener) =>
        collectBody(request.body, size, (body) => {
          assert(body.kind === 'whole');
          const trailers = FieldList.of([['x-sum', String(body.bytes.length)]]);
          listener.onResponse({
            status: 200,
            fields: TEXT.append('trailer', 'x-sum'),
            body: new WholeBody(body.bytes, trailers),
          });
        }),
    });
    using client = openClient(world);
    const sent = Buffer.alloc(size, 'x');
    const answer = await read(ask(client, { ':method': 'POST', ':path': '/x' }, sent));
    assert.equal(answer.text.length, size);
    assert.equal(answer.trailers?.['x-sum'], String(size));
  });

  it('carries trailers behind a body of known length where they are announced, or gRPC is spoken', async () => {
    const trailers = FieldList.of([['x-sum', '6']]);
    await using world = await openHttpWorld({
      certificate,
      answer: (request, listener) =>
        listener.onResponse({
          status: 200,
          fields: FieldList.of([['content-type', request.path.slice(1).replace('.', '/')]]),
          body: new WholeBody(Buffer.from('called'), trailers),
        }),
    });
    using client = openClient(world);
    const call = await read(ask(client, { ':path': '/application.grpc+proto' }));
    assert.equal(call.trailers?.['x-sum'], '6');
    const text = await read(ask(client, { ':path': '/text.plain' }));
    assert.deepEqual([text.text, text.trailers?.['x-sum']], ['called', undefined]);
  });

  it('refuses in the words of gRPC who calls by gRPC, and the next call goes on', async () => {
    await using world = await openHttpWorld({
      certificate,
      behaviour: { decide: ({ facts }) => (facts['path'] === '/a.B/No' ? 'deny' : 'allow') },
      answer: respondWith(respond('called')),
    });
    using client = openClient(world);
    const call = { ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers' };
    const refused = await read(ask(client, { ...call, ':path': '/a.B/No' }, Buffer.alloc(5)));
    assert.equal(refused.headers[':status'], 200);
    assert.equal(refused.headers['grpc-status'], '7');
    assert.match(String(refused.headers['grpc-message']), /Refused: /);
    const stranger = { ...call, ':path': '/a.B/C', authorization: 'Bearer nobody' };
    assert.equal((await read(ask(client, stranger))).headers['grpc-status'], '16');
    assert.equal((await read(ask(client, { ...call, ':path': '/a.B/Yes' }))).text, 'called');
    assert.equal(world.target.requests[0]?.fields.get('te'), 'trailers');
  });

  it('answers what it cannot understand, and the connection goes on', async () => {
    await using world = await openHttpWorld({ certificate, answer: respondWith(respond('fine')) });
    using client = openClient(world);
    const odd = [
      { ':path': '/x', host: 'other.sallyport' },
      { ':path': '/x', ':scheme': 'http' },
      { ':path': '/x', expect: 'wonders' },
      { ':path': '../../src/protocols/http/../y' },
      { ':path': '/x%2fy' },
      { ':path': '/x', 'x-http-method-override': 'DELETE' },
    ];
    for (const headers of odd) {
      const stream = ask(client, headers);
      const status = await new Promise((resolve) => {
        stream.on('response', (received) => resolve(received[':status']));
        stream.on('close', () => resolve(stream.rstCode));
      });
      assert(
        status === 400 || status === 417 || status === constants.NGHTTP2_PROTOCOL_ERROR,
        JSON.stringify(headers),
      );
    }
    assert.equal((await read(ask(client, { ':path': '/x' }))).text, 'fine');
    assert.equal(world.target.requests.length, 1);
  });

  it('has a client keep the rest of a body that nobody reads, once it has its answer', async () => {
    await using world = await openHttpWorld({
      certificate,
      behaviour: { decide: () => 'deny' },
      answer: respondWith(respond('never')),
    });
    using client = openClient(world);
    const stream = client.request({
      ':method': 'PUT',
      ':path': '/x',
      ':authority': 'api.sallyport',
      authorization: `Bearer ${TOKEN}`,
    });
    stream.on('error', () => {});
    const answered = new Promise((resolve) => stream.on('response', resolve));
    const closed = new Promise((resolve) => stream.on('close', resolve));
    stream.write(Buffer.alloc(4 * 1024 * 1024));
    await answered;
    stream.resume();
    await closed;
    assert.equal(stream.rstCode, constants.NGHTTP2_NO_ERROR);
  });

  it('resets a stream whose response breaks off, and no other', async () => {
    await using world = await openHttpWorld({
      certificate,
      answer(request, listener) {
        if (request.path === '/whole') return listener.onResponse(respond('whole'));
        listener.onResponse({
          status: 200,
          fields: TEXT,
          body: {
            length: undefined,
            start(sink) {
              sink.onData(Buffer.from('half'));
              setImmediate(() => sink.onError(new Error('broken')));
            },
            pause() {},
            resume() {},
            destroy() {},
          },
        });
      },
    });
    using client = openClient(world);
    const broken = ask(client, { ':path': '/broken' });
    broken.resume();
    await new Promise((resolve) => broken.on('close', resolve));
    assert.equal(broken.rstCode, constants.NGHTTP2_INTERNAL_ERROR);
    assert.equal((await read(ask(client, { ':path': '/whole' }))).text, 'whole');
  });

  it('gives up what a client no longer wants', async () => {
    await using world = await openHttpWorld({ certificate, answer() {} });
    using client = openClient(world);
    const stream = ask(client, { ':path': '/x' });
    while (world.target.requests.length === 0) await new Promise(setImmediate);
    stream.close(constants.NGHTTP2_CANCEL);
    while (world.target.aborted === 0) await new Promise(setImmediate);
  });

  it('takes an upload that a client breaks off for broken off', async () => {
    const collected = Promise.withResolvers<string>();
    await using world = await openHttpWorld({
      certificate,
      answer: (request) => collectBody(request.body, 1e6, ({ kind }) => collected.resolve(kind)),
    });
    const client = openClient(world);
    const stream = client.request({
      ':method': 'PUT',
      ':path': '/x',
      ':authority': 'api.sallyport',
      authorization: `Bearer ${TOKEN}`,
    });
    stream.on('error', () => {});
    stream.write('half');
    while (world.target.requests.length === 0) await new Promise(setImmediate);
    client.destroy();
    assert.equal(await collected.promise, 'cut');
  });

  it('ends connections that open streams only to reset them', async () => {
    await using world = await openHttpWorld({ certificate, answer() {} });
    using client = openClient(world);
    let isOpen = true;
    client.on('close', () => {
      isOpen = false;
    });
    // Each has to reach the gateway before it is reset, or nothing of it is ever sent.
    for (let count = 0; count < 5_000 && isOpen; count += 1) {
      const before = world.target.requests.length;
      const stream = ask(client, { ':path': '/x' });
      while (isOpen && world.target.requests.length === before) await new Promise(setImmediate);
      stream.close(constants.NGHTTP2_CANCEL);
    }
    assert.equal(isOpen, false);
    using another = openClient(world);
    world.target.answer = respondWith(respond('fine'));
    assert.equal((await read(ask(another, { ':path': '/x' }))).text, 'fine');
  });

  it('says goodbye when the gateway stops, and finishes what is under way', async () => {
    let finish = (): void => {};
    await using world = await openHttpWorld({
      certificate,
      answer(_request, listener) {
        finish = () => listener.onResponse(respond('last'));
      },
    });
    using client = openClient(world);
    const goaway = once(client, 'goaway');
    const answer = read(ask(client, { ':path': '/x' }));
    while (world.target.requests.length === 0) await new Promise(setImmediate);
    world.stopping.abort();
    await goaway;
    finish();
    assert.equal((await answer).text, 'last');
  });
});
