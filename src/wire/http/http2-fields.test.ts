import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FieldList } from './field-list.ts';
import { HttpMessageError } from './http-message-error.ts';
import {
  decodeHttp2Request,
  decodeHttp2Response,
  decodeHttp2Trailers,
  encodeHttp2Request,
  encodeHttp2Response,
  encodeHttp2Trailers,
} from './http2-fields.ts';

const PSEUDO = [':method', 'GET', ':scheme', 'https', ':authority', 'A.example', ':path', '/a?b'];

/** The pseudo headers with one of them changed; undefined leaves it out. */
function pseudo(name: string, value: string | undefined): string[] {
  const at = PSEUDO.indexOf(name);
  const changed = value === undefined ? [] : [name, value];
  return [...PSEUDO.slice(0, at), ...changed, ...PSEUDO.slice(at + 2)];
}

describe('decodeHttp2Request', () => {
  it('reads what clients send', () => {
    const raw = [...PSEUDO, 'cookie', 'a=1', 'te', 'trailers', 'cookie', 'b=2'];
    const head = decodeHttp2Request([...raw, 'content-length', '3', 'host', 'a.example']);
    assert.equal(head.method, 'GET');
    assert.equal(head.scheme, 'https');
    assert.equal(head.authority, 'a.example');
    assert.equal(head.target, '/a?b');
    assert.equal(head.contentLength, 3);
    assert.deepEqual(
      [...head.fields],
      [
        ['te', 'trailers'],
        ['content-length', '3'],
        ['cookie', 'a=1; b=2'],
      ],
    );
  });

  it('takes host in the place of :authority', () => {
    const head = decodeHttp2Request([...pseudo(':authority', undefined), 'host', 'b.example']);
    assert.equal(head.authority, 'b.example');
  });

  it('refuses pseudo headers that are missing, twice, unknown, late or no request line', () => {
    for (const raw of [
      [],
      pseudo(':method', undefined),
      pseudo(':scheme', undefined),
      pseudo(':authority', undefined),
      pseudo(':path', undefined),
      [...PSEUDO, ':path', '/b'],
      [...PSEUDO, ':authority', 'A.example'],
      [...PSEUDO, ':status', '200'],
      [...PSEUDO, ':protocol', 'websocket'],
      [...PSEUDO, ':x', 'y'],
      ['a', 'b', ...PSEUDO],
      pseudo(':method', ''),
      pseudo(':method', 'GET / HTTP/1.1\r\nA: b'),
      pseudo(':method', 'GET '),
      pseudo(':scheme', 'HTTPS'),
      pseudo(':scheme', 'ftp'),
      pseudo(':authority', 'a@b'),
      pseudo(':authority', 'a\r\nb: c'),
      pseudo(':path', ''),
      pseudo(':path', 'a'),
      pseudo(':path', '*'),
      pseudo(':path', 'https://A.example/a'),
      pseudo(':path', '/a b'),
      pseudo(':path', '/a HTTP/1.1\r\nA: b'),
      pseudo(':path', '/a#b'),
    ]) {
      assert.throws(() => decodeHttp2Request(raw), HttpMessageError, JSON.stringify(raw));
    }
    assert.throws(() => decodeHttp2Request(pseudo(':method', 'CONNECT')), { status: 405 });
  });

  it('refuses fields that HTTP/1.1 would read in another way', () => {
    for (const [name, value] of [
      ['Upper', 'a'],
      ['a b', 'a'],
      ['a:b', 'a'],
      ['', 'a'],
      ['a', 'b\r\nc: d'],
      ['a', 'b\n'],
      ['a', '\0'],
      ['a', ' b'],
      ['a\r\nb', 'c'],
      ['transfer-encoding', 'chunked'],
      ['connection', 'close'],
      ['keep-alive', 'a'],
      ['proxy-connection', 'a'],
      ['upgrade', 'h2c'],
      ['te', 'gzip'],
      ['te', 'trailers, gzip'],
      ['host', 'b.example'],
      ['content-length', '+3'],
    ] as const) {
      assert.throws(() => decodeHttp2Request([...PSEUDO, name, value]), HttpMessageError, name);
    }
    const twice = [...PSEUDO, 'content-length', '3', 'content-length', '3'];
    assert.throws(() => decodeHttp2Request(twice), HttpMessageError);
    const hosts = [...PSEUDO, 'host', 'a.example', 'host', 'a.example'];
    assert.throws(() => decodeHttp2Request(hosts), HttpMessageError);
  });

  it('takes no more fields than HTTP/1.1 does', () => {
    const many = Array.from({ length: 101 }, () => ['a', 'b']).flat();
    assert.throws(() => decodeHttp2Request([...PSEUDO, ...many]), { status: 431 });
    const long = ['a', 'b'.repeat(32 * 1024)];
    assert.throws(() => decodeHttp2Request([...PSEUDO, ...long]), { status: 431 });
  });
});

describe('decodeHttp2Response and decodeHttp2Trailers', () => {
  it('read what servers send', () => {
    const head = decodeHttp2Response([':status', '200', 'set-cookie', 'a', 'set-cookie', 'b']);
    assert.equal(head.status, 200);
    assert.deepEqual(head.fields.all('set-cookie'), ['a', 'b']);
    assert.equal(decodeHttp2Trailers(['grpc-status', '0']).get('grpc-status'), '0');
  });

  it('refuse what is no response, or no trailer', () => {
    for (const raw of [
      [],
      [':status', '99'],
      [':status', '200', ':status', '200'],
      [':status', '200', ':path', '/'],
      [':status', '200', 'connection', 'close'],
      [':status', '200', 'content-length', '1', 'content-length', '2'],
      [':status', '200', 'content-type', 'text/plain', 'content-type', 'text/html'],
    ]) {
      assert.throws(() => decodeHttp2Response(raw), HttpMessageError, JSON.stringify(raw));
    }
    for (const raw of [
      [':status', '200'],
      [':path', '/'],
      ['content-length', '1'],
      ['transfer-encoding', 'chunked'],
    ]) {
      assert.throws(() => decodeHttp2Trailers(raw), HttpMessageError, JSON.stringify(raw));
    }
  });
});

describe('encodeHttp2Request, encodeHttp2Response and encodeHttp2Trailers', () => {
  it('write what is read back the same', () => {
    const fields = FieldList.of([
      ['accept', '*/*'],
      ['x-a', '\u{e9}'],
    ]);
    const head = { method: 'PUT', scheme: 'https', authority: 'a:1', target: '/' } as const;
    const read = decodeHttp2Request(encodeHttp2Request(head, fields));
    assert.deepEqual([read.method, read.authority, read.target], ['PUT', 'a:1', '/']);
    assert.deepEqual([...read.fields], [...fields]);
    const response = decodeHttp2Response(encodeHttp2Response(404, fields));
    assert.equal(response.status, 404);
    assert.deepEqual([...response.fields], [...fields]);
  });

  it('write fields once of which node:http2 takes but one', () => {
    const fields = FieldList.of([
      ['x-content-type-options', 'nosniff'],
      ['content-language', 'de'],
      ['x-content-type-options', 'nosniff'],
      ['content-language', 'en'],
      ['vary', 'a'],
      ['vary', 'b'],
    ]);
    assert.deepEqual(encodeHttp2Response(200, fields), [
      ...[':status', '200', 'x-content-type-options', 'nosniff, nosniff'],
      ...['content-language', 'de, en', 'vary', 'a', 'vary', 'b'],
    ]);
  });

  it('write no field of a connection', () => {
    const fields = FieldList.of([['connection', 'close']]);
    assert.throws(() => encodeHttp2Response(200, fields), HttpMessageError);
  });

  it('write trailers by name', () => {
    const trailers = FieldList.of([
      ['__proto__', 'a'],
      ['b', '1'],
      ['b', '2'],
    ]);
    assert.deepEqual(Object.entries(encodeHttp2Trailers(trailers)), [
      ['__proto__', ['a']],
      ['b', ['1', '2']],
    ]);
  });
});
