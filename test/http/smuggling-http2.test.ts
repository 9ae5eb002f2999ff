import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { attemptHttp2, type End } from './attempt-http2.ts';
import { TARGET_HOST } from './environment.ts';
import { askLast, type GatewayBefore, startGatewayBefore } from './gateway-before.ts';
import { encodeFields, encodeFrame, FrameFlag, FrameType, HTTP2_PREFACE } from './http2-frames.ts';
import {
  type RecordingServer,
  type SeenRequest,
  startNginxServer,
  startNodeServer,
} from './recording-server.ts';

/** Fields that the gateway writes. */
const KNOWN_NAMES =
  /^(?:authorization|content-length|transfer-encoding|forwarded|x-forwarded-(?:for|host|proto|port|prefix)|via|x-sallyport-identity|host)$/;

type Fields = readonly (readonly [string, string])[];

const SERVERS = { Node: startNodeServer, nginx: startNginxServer };

for (const [server, start] of Object.entries(SERVERS)) {
  describe(`requests of HTTP/2 that HTTP/1.1 could read in different ways, before ${server}`, () => {
    let world: GatewayBefore<RecordingServer>;
    before(async () => {
      world = await startGatewayBefore(await start());
    });
    after(() => world[Symbol.asyncDispose]());

    /** Pseudo headers, and who asks. */
    function fieldsOf(method = 'POST'): Fields {
      return [
        [':method', method],
        [':scheme', 'https'],
        [':authority', world.host],
        [':path', '/a'],
        ['authorization', world.authorization],
      ];
    }

    /** With one field in the place of another; undefined leaves it out. */
    function replaced(name: string, ...values: readonly string[]): Fields {
      return fieldsOf().flatMap((field) =>
        field[0] === name ? values.map((value) => [name, value] as const) : [field],
      );
    }

    function headers(fields: Fields, flags: number, streamId = 1): Buffer {
      const body = encodeFields(fields);
      return encodeFrame(FrameType.headers, flags | FrameFlag.endHeaders, streamId, body);
    }

    function data(text: string, flags: number): Buffer {
      return encodeFrame(FrameType.data, flags, 1, Buffer.from(text));
    }

    async function attempt(...pieces: readonly Buffer[]): Promise<End> {
      return attemptHttp2(world.gateway, [HTTP2_PREFACE, ...pieces]);
    }

    /** Whoever asks next is answered. Returns what the target saw before that. */
    async function askNext(): Promise<readonly SeenRequest[]> {
      assert.equal(await askLast(world), 200);
      const seen = world.server.take();
      assert.equal(seen.at(-1)?.target, '/last');
      return seen.slice(0, -1);
    }

    /** The target saw nothing, or no more than the request without what was odd: nghttp2 drops some fields. */
    async function checkDropped(body: string): Promise<void> {
      const [seen, ...more] = await askNext();
      assert.deepEqual(more, []);
      if (seen === undefined) return;
      assert.deepEqual([seen.method, seen.target, seen.body], ['POST', '/a', body]);
      const names = seen.fields.filter((_, at) => at % 2 === 0);
      for (const name of names) {
        // nginx's own, for the server behind it.
        const isOwn = world.server.name === 'nginx' && name === 'connection';
        assert(isOwn || KNOWN_NAMES.test(name), name);
      }
      assert.equal(names.filter((name) => name === 'host').length, 1);
    }

    const LAST = FrameFlag.endStream;

    it('mean the same to both: a request with a body, cookies in parts, and host', async () => {
      const fields = [
        ...fieldsOf(),
        ['cookie', 'a=1'],
        ['te', 'trailers'],
        ['cookie', 'b=2'],
        ['host', world.host],
        ['content-length', '5'],
      ] as const;
      assert.equal(await attempt(headers(fields, 0), data('he', 0), data('llo', LAST)), 'response');
      const [seen, ...more] = world.server.take();
      assert.deepEqual([seen?.method, seen?.target, seen?.body, more], ['POST', '/a', 'hello', []]);
      const at = seen?.fields.indexOf('cookie') ?? -1;
      assert.equal(seen?.fields[at + 1], 'a=1; b=2');
    });

    const replacements: readonly (readonly [string, ...(readonly string[])])[] = [
      [':method'],
      [':method', 'GET', 'POST'],
      [':method', ''],
      [':method', 'GET / HTTP/1.1\r\nX: y\r\n\r\nGET'],
      [':method', 'GET /b'],
      [':method', 'CONNECT'],
      [':scheme'],
      [':scheme', 'https', 'https'],
      [':scheme', 'ftp'],
      [':scheme', 'https://b.example/?'],
      [':authority', 'b.example'],
      [':authority', `user@${TARGET_HOST}`],
      [':authority', `${TARGET_HOST}\r\nX: y`],
      [':authority', `${TARGET_HOST}`, `${TARGET_HOST}`],
      [':path'],
      [':path', ''],
      [':path', '/a', '/b'],
      [':path', 'a'],
      [':path', '*'],
      [':path', '/a HTTP/1.1\r\nX: y'],
      [':path', '/a b'],
      [':path', '/a\0'],
      [':path', '/a#b'],
      [':path', '//a'],
      [':path', '/x/../a'],
      [':path', '/%2e%2e/a'],
      [':path', 'https://b.example/a'],
    ];
    for (const [name, ...values] of replacements) {
      it(`are refused: ${name} of ${JSON.stringify(values)}`, async () => {
        await attempt(headers(replaced(name, ...values), LAST));
        assert.deepEqual(await askNext(), []);
      });
    }

    const additions: Fields = [
      ['x', 'a\r\ntransfer-encoding: chunked'],
      ['x', 'a\nb'],
      ['x', 'a\rb'],
      ['x', 'a\0b'],
      ['x', ' a\x0b'],
      ['x\r\ny', 'a'],
      ['x: y\r\nz', 'a'],
      ['x y', 'a'],
      ['X', 'a'],
      ['', 'a'],
      [':x', 'a'],
      [':status', '200'],
      [':path', '/b'],
      [':protocol', 'websocket'],
      ['connection', 'close'],
      ['connection', 'authorization'],
      ['keep-alive', 'timeout=5'],
      ['proxy-connection', 'close'],
      ['transfer-encoding', 'chunked'],
      ['transfer-encoding', 'identity'],
      ['upgrade', 'h2c'],
      ['te', 'gzip'],
      ['host', 'b.example'],
      ['content-length', '+5'],
      ['content-length', '5, 5'],
      ['authorization', 'Bearer other'],
      ['x-http-method-override', 'DELETE'],
    ];
    for (const [name, value] of additions) {
      it(`are refused, or the field dropped: ${JSON.stringify([name, value])}`, async () => {
        await attempt(headers([...fieldsOf(), [name, value]], LAST));
        await checkDropped('');
      });
    }

    for (const [announced, sent] of [
      ['5', 'hello and more'],
      ['9', 'hello'],
      ['0', 'hello'],
    ] as const) {
      it(`are refused: ${announced} bytes announced, ${sent.length} sent`, async () => {
        const fields = [...fieldsOf(), ['content-length', announced] as const];
        await attempt(headers(fields, 0), data(sent, LAST));
        assert.deepEqual(await askNext(), []);
      });
    }

    for (const [name, value] of [
      [':path', '/b'],
      ['content-length', '5'],
      ['transfer-encoding', 'chunked'],
      ['x', 'a\r\nb'],
      ['host', 'b.example'],
    ] as const) {
      it(`are refused, or the trailer dropped: ${name}`, async () => {
        const trailers = headers([[name, value]], LAST);
        await attempt(headers(fieldsOf(), 0), data('hello', 0), trailers);
        await checkDropped('hello');
      });
    }

    it('end the connection: a head that never ends', async () => {
      const start = encodeFrame(FrameType.headers, LAST, 1, encodeFields(fieldsOf()));
      const more = encodeFrame(
        FrameType.continuation,
        0,
        1,
        encodeFields([['x', 'a'.repeat(900)]]),
      );
      const empty = encodeFrame(FrameType.continuation, 0, 1, Buffer.alloc(0));
      for (const piece of [more, empty]) {
        const flood = Array.from({ length: 4000 }, () => piece);
        assert.equal(await attempt(start, Buffer.concat(flood)), 'connection');
      }
      assert.deepEqual(await askNext(), []);
    });

    it('end the connection: streams that are opened to be reset at once', async () => {
      const flood = Array.from({ length: 4000 }, (_, at) => {
        const streamId = 3 + at * 2;
        const cancel = encodeFrame(FrameType.rstStream, 0, streamId, Buffer.from([0, 0, 0, 8]));
        return Buffer.concat([headers(fieldsOf('GET'), LAST, streamId), cancel]);
      });
      assert.equal(await attempt(...flood), 'connection');
      const { length } = await askNext();
      assert(length < 2000, `${length} of 4000 reached the target`);
    });
  });
}
