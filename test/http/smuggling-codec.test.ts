import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { BodyDecoder } from '../../src/wire/http/body-decoder.ts';
import { canonicalizePath } from '../../src/wire/http/canonical-path.ts';
import {
  CHUNK_END,
  encodeChunkHead,
  encodeLastChunk,
} from '../../src/wire/http/chunked-encoder.ts';
import { withoutConnectionFields } from '../../src/wire/http/connection-fields.ts';
import { FieldList } from '../../src/wire/http/field-list.ts';
import { findHeadEnd } from '../../src/wire/http/head-end.ts';
import { HttpMessageError } from '../../src/wire/http/http-message-error.ts';
import { decodeRequestHead, encodeRequestHead } from '../../src/wire/http/request-head.ts';
import { type RecordingServer, startNginxServer, startNodeServer } from './recording-server.ts';

const LAST: Buffer = encodeRequestHead(
  'GET',
  '/last',
  FieldList.of([
    ['host', 'a'],
    ['connection', 'close'],
  ]),
);

/** What the codec understood, and how it says so. */
interface Understood {
  readonly method: string;
  readonly target: string;
  readonly fields: FieldList;
  readonly body: Buffer;
  readonly rewritten: Buffer;
}

/** Undefined if the codec refuses the request, or it goes on behind its end. */
function understand(bytes: Buffer): Understood | undefined {
  try {
    const end = findHeadEnd(bytes, 0);
    if (end === -1) return undefined;
    const head = decodeRequestHead(bytes, 0, end);
    const { path, query } = canonicalizePath(head.target, { pathParameters: false });
    const target = query === '' ? path : `${path}?${query}`;
    const pieces: Buffer[] = [];
    const decoder = new BodyDecoder(head.framing, {
      data: (piece) => void pieces.push(Buffer.from(piece)),
      end: () => undefined,
    });
    const taken = decoder.push(bytes.subarray(end));
    if (!decoder.hasEnded || end + taken !== bytes.length) return undefined;
    const body = Buffer.concat(pieces);
    const fields = withoutConnectionFields(head.fields).without('host', 'content-length', 'expect');
    return {
      method: head.method,
      target,
      fields,
      body,
      rewritten: rewrite({ method: head.method, target, fields, body }, head.framing.kind),
    };
  } catch (error) {
    assert(error instanceof HttpMessageError, String(error));
    return undefined;
  }
}

/** Writes a request with its body in one framing of the two. */
function rewrite(
  { method, target, fields, body }: Omit<Understood, 'rewritten'>,
  framing: string,
): Buffer {
  const withHost = FieldList.of([['host', 'a'], ...fields]);
  if (framing === 'none') return encodeRequestHead(method, target, withHost);
  if (framing === 'length') {
    const framed = withHost.with('content-length', String(body.length));
    return Buffer.concat([encodeRequestHead(method, target, framed), body]);
  }
  const framed = withHost.with('transfer-encoding', 'chunked');
  const chunk = body.length === 0 ? [] : [encodeChunkHead(body.length), body, CHUNK_END];
  const last = encodeLastChunk(FieldList.empty);
  return Buffer.concat([encodeRequestHead(method, target, framed), ...chunk, last]);
}

/** Sends bytes; resolves once the server has closed. */
function send(port: number, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port }, () => socket.write(bytes));
    socket
      .on('error', reject)
      .on('end', () => socket.end())
      .on('close', () => resolve());
    socket.resume();
  });
}

const NAME = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,10}$/).map((name) => `X-${name}`);
const VALUE = fc.stringMatching(/^[!-~\xa0-\xff]?[ -~\t\xa0-\xff]{0,20}$/);
const TARGET = fc.stringMatching(/^\/[!-~]{0,20}$/);
const BODY = fc.oneof(
  fc.constantFrom('', '0\r\n\r\n', 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n', '5\r\nhello\r\n'),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
);
const METHOD = fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS');

/** A request with a body in any framing, maybe two, maybe with lines that confuse. */
const REQUEST = fc
  .record({
    method: METHOD,
    target: TARGET,
    fields: fc.array(fc.tuple(NAME, VALUE), { maxLength: 4 }),
    body: BODY,
    framing: fc.constantFrom('none', 'length', 'chunked', 'both'),
    odd: fc.constantFrom(
      '',
      'Connection: X-a\r\n',
      'Transfer-Encoding : chunked\r\n',
      'Transfer-Encoding:\tchunked\r\n',
      'X-Fold: a\r\n b\r\n',
      'X-LF: a\nContent-Length: 3\r\n',
      'Content-Length: 0\r\n',
      'Expect: 100-continue\r\n',
      'Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk\r\n',
    ),
  })
  .map(({ method, target, fields, body, framing, odd }) => {
    const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    const isLong = framing === 'length' || framing === 'both';
    const isChunked = framing === 'chunked' || framing === 'both';
    const length = isLong ? `Content-Length: ${body.length}\r\n` : '';
    const coding = isChunked ? 'Transfer-Encoding: chunked\r\n' : '';
    const chunks = `${body === '' ? '' : `${body.length.toString(16)}\r\n${body}\r\n`}0\r\n\r\n`;
    const sent = isChunked ? chunks : framing === 'length' ? body : '';
    const head = `${method} ${target} HTTP/1.1\r\nHost: a\r\n${odd}${lines}${length}${coding}\r\n`;
    return Buffer.from(`${head}${sent}`, 'latin1');
  });

describe('the codec of HTTP/1.1', () => {
  let servers: readonly RecordingServer[] = [];
  before(async () => {
    servers = await Promise.all([startNodeServer(), startNginxServer()]);
  });
  after(async () => {
    for (const server of servers) await server[Symbol.asyncDispose]();
  });

  it('understands any request that it takes as Node and nginx understand what it writes', async () => {
    let taken = 0;
    const property = fc.asyncProperty(REQUEST, async (bytes) => {
      const understood = understand(bytes);
      if (understood === undefined) return;
      taken += 1;
      for (const server of servers) {
        await send(server.port, Buffer.concat([understood.rewritten, LAST]));
        const [seen, last, ...more] = server.take();
        assert.deepEqual(
          [seen?.method, seen?.target, seen?.body, last?.target, more.length],
          [understood.method, understood.target, understood.body.toString('latin1'), '/last', 0],
          server.name,
        );
        const fields = FieldList.of(pairs(seen?.fields ?? []));
        for (const [name] of understood.fields) {
          assert.deepEqual(fields.all(name), understood.fields.all(name), server.name);
        }
      }
    });
    await fc.assert(property, { numRuns: 400 });
    assert(taken > 20, `only ${taken} were taken`);
  });
});

function pairs(parts: readonly string[]): (readonly [string, string])[] {
  return parts.flatMap((part, at) => (at % 2 === 0 ? [[part, parts[at + 1] ?? ''] as const] : []));
}
