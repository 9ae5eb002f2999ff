import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FieldList } from './field-list.ts';
import { FIELDS_MAX } from './field-section.ts';
import { findHeadEnd } from './head-end.ts';
import { HttpMessageError } from './http-message-error.ts';
import { decodeRequestHead, encodeRequestHead, type RequestHead } from './request-head.ts';
import { TARGET_BYTES_MAX } from './request-target.ts';

function decode(text: string): RequestHead {
  const bytes = Buffer.from(text, 'latin1');
  return decodeRequestHead(bytes, 0, bytes.length);
}

/** A request with the given lines behind `Host`. */
function request(line: string, ...fields: readonly string[]): string {
  return [line, 'Host: a.example', ...fields, '', ''].join('\r\n');
}

describe('decodeRequestHead', () => {
  it('reads what clients send', () => {
    const head = decode(
      request(
        'POST /fhir/Patient?name=a HTTP/1.1',
        'User-Agent: curl/7.88.1',
        'X-Empty:',
        'x-padded: \t a  b \t',
        'X-Old: caf\u{e9}',
        'Content-Length: 5',
        'Expect: 100-Continue',
        'Connection: keep-alive, Upgrade',
        'Upgrade: WebSocket',
      ),
    );
    assert.equal(head.method, 'POST');
    assert.equal(head.target, '/fhir/Patient?name=a');
    assert.equal(head.authority, 'a.example');
    assert.deepEqual(head.framing, { kind: 'length', bytes: 5 });
    assert.equal(head.keepAlive, true);
    assert.equal(head.expectsContinue, true);
    assert.equal(head.upgrade, 'websocket');
    assert.deepEqual([...head.fields].slice(1, 5), [
      ['user-agent', 'curl/7.88.1'],
      ['x-empty', ''],
      ['x-padded', 'a  b'],
      ['x-old', 'caf\u{e9}'],
    ]);
  });

  it('reads every form of target', () => {
    for (const [line, form, target, scheme] of [
      ['GET / HTTP/1.1', 'origin', '/', undefined],
      ['GET /a?b HTTP/1.1', 'origin', '/a?b', undefined],
      ['GET //evil.example/ HTTP/1.1', 'origin', '//evil.example/', undefined],
      ['OPTIONS * HTTP/1.1', 'asterisk', '*', undefined],
      ['GET http://A.example HTTP/1.1', 'absolute', '/', 'http'],
      ['GET HTTPS://a.example/b?c HTTP/1.1', 'absolute', '/b?c', 'https'],
      ['GET http://a.example?c HTTP/1.1', 'absolute', '/?c', 'http'],
    ] as const) {
      const head = decode(request(line));
      assert.deepEqual([head.form, head.target, head.scheme], [form, target, scheme], line);
      assert.equal(head.authority, 'a.example');
    }
  });

  it('refuses first lines that two servers could read in two ways', () => {
    for (const line of [
      '',
      'GET',
      'GET /',
      'GET / ',
      'GET  / HTTP/1.1',
      'GET / HTTP/1.1 ',
      'GET /  HTTP/1.1',
      'GET / a HTTP/1.1',
      'GET /\ta HTTP/1.1',
      'GET\t/ HTTP/1.1',
      ' GET / HTTP/1.1',
      'GET / http/1.1',
      'GET / HTTP/1.1\r',
      'GET / HTTP/1.1\n',
      'GET / HTTP/11.1',
      'GET / HTTP/01.1',
      'GET / HTTP/1.1a',
      'G(T / HTTP/1.1',
      'GET\0 / HTTP/1.1',
      'GET /\0 HTTP/1.1',
      'GET /\x7f HTTP/1.1',
      'GET /\u{e9} HTTP/1.1',
      'GET /a#b HTTP/1.1',
      'GET a HTTP/1.1',
      'GET ?a HTTP/1.1',
      'GET * HTTP/1.1',
      'GET a.example:443 HTTP/1.1',
      'GET ftp://a.example/ HTTP/1.1',
      'GET http:///a HTTP/1.1',
      'GET http://b.example/ HTTP/1.1',
      'GET http://a.example:80/ HTTP/1.1',
      'GET http://user@a.example/ HTTP/1.1',
      'GET http://a.example\\@b.example/ HTTP/1.1',
      `${'G'.repeat(25)} / HTTP/1.1`,
    ]) {
      assert.throws(() => decode(request(line)), HttpMessageError, JSON.stringify(line));
    }
  });

  it('says what to answer to what it will never speak', () => {
    for (const [text, status] of [
      [request('GET / HTTP/1.0'), 505],
      [request('GET / HTTP/2.0'), 505],
      ['PRI * HTTP/2.0\r\n\r\n', 505],
      [request('CONNECT a.example:443 HTTP/1.1'), 405],
      [request(`GET /${'a'.repeat(TARGET_BYTES_MAX)} HTTP/1.1`), 414],
      [request('GET / HTTP/1.1', 'Expect: 200-ok'), 417],
      [request('GET / HTTP/1.1', 'Transfer-Encoding: gzip, chunked'), 501],
      [request('GET / HTTP/1.1', ...Array.from({ length: FIELDS_MAX }, () => 'a: b')), 431],
    ] as const) {
      assert.throws(() => decode(text), { name: 'ProtocolError', status }, text);
    }
  });

  it('refuses fields that two servers could read in two ways', () => {
    for (const field of [
      'A : b',
      'A\t: b',
      ' A: b',
      '\tA: b',
      'no colon',
      ': b',
      'A b: c',
      'A(: b',
      'A\0: b',
      '\u{e9}: b',
      'A: b\0',
      'A: b\rc',
      'A: b\nC: d',
      'A: b\x0bc',
      'A: b\x7f',
      'A: b\r\n c',
      'A: b\r\n\tc',
      'Host: a.example',
      'Host: b.example',
      'Expect: 100-continue\r\nExpect: 100-continue',
      'Connection: clo se',
      'Connection: a;b',
    ]) {
      const text = request('GET / HTTP/1.1', field);
      assert.throws(() => decode(text), HttpMessageError, JSON.stringify(field));
    }
  });

  it('refuses hosts that are missing or none', () => {
    for (const host of [
      '',
      'Host:\r\n',
      'Host: a b\r\n',
      'Host: a/b\r\n',
      'Host: a@b\r\n',
      'Host: a,b\r\n',
      'Host: a:\r\n',
      'Host: a:0\r\n',
      'Host: a:65536\r\n',
      'Host: a:080\r\n',
      'Host: a:8 0\r\n',
      'Host: a..b\r\n',
      'Host: .a\r\n',
      'Host: http://a\r\n',
      'Host: [::1\r\n',
      'Host: a%2eb\r\n',
      'Host: \u{e9}\r\n',
    ]) {
      assert.throws(() => decode(`GET / HTTP/1.1\r\n${host}\r\n`), HttpMessageError, host);
    }
    assert.equal(decode('GET / HTTP/1.1\r\nHost: A.B.:80\r\n\r\n').authority, 'a.b:80');
    assert.equal(decode('GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n').authority, '[::1]:80');
  });

  it('keeps a connection unless the client closes it, and upgrades none without Connection', () => {
    assert.equal(decode(request('GET / HTTP/1.1', 'Connection: Close')).keepAlive, false);
    assert.equal(decode(request('GET / HTTP/1.1', 'Connection: a, close ,')).keepAlive, false);
    assert.equal(decode(request('GET / HTTP/1.1', 'Upgrade: websocket')).upgrade, undefined);
  });

  it('reads a head at no other end than its own', () => {
    const text = request('GET / HTTP/1.1', 'A: b');
    const bytes = Buffer.from(text);
    for (let end = 0; end < bytes.length; end += 1) {
      assert.throws(() => decodeRequestHead(bytes, 0, end), HttpMessageError, String(end));
    }
    assert.throws(() => decode(`${text}x`), HttpMessageError);
    assert.throws(() => decode(`${text}\r\n`), HttpMessageError);
  });

  it('throws nothing but HttpMessageError for any bytes', () => {
    const piece = fc.oneof(
      fc.constantFrom('GET', ' ', '/', 'HTTP/1.1', '\r\n', ':', 'Host', 'a', '\r', '\n', ';', ','),
      fc.constantFrom('Content-Length', 'Transfer-Encoding', 'chunked', '1', 'http://', '\0'),
      fc.string({ maxLength: 8 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 24 }), (pieces) => {
        try {
          const bytes = Buffer.from(`GET / HTTP/1.1\r\n${pieces.join('')}\r\n\r\n`);
          const end = findHeadEnd(bytes, 0);
          decodeRequestHead(bytes, 0, end === -1 ? bytes.length : end);
        } catch (error) {
          assert(error instanceof HttpMessageError);
        }
      }),
    );
  });
});

describe('encodeRequestHead', () => {
  it('writes what is read back the same', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/).filter((text) => text !== 'host');
    const value = fc.stringMatching(/^(?:[!-~\xa0-\xff](?:[ -~\xa0-\xff]{0,12}[!-~])?)?$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value), { maxLength: 8 }), (pairs) => {
        const extra = pairs.map(([own, text]) => [`x-${own}`, text] as const);
        const fields = FieldList.of([['host', 'a'], ...extra]);
        const bytes = encodeRequestHead('PATCH', '/a?b', fields);
        const head = decodeRequestHead(bytes, 0, bytes.length);
        assert.deepEqual([head.method, head.target], ['PATCH', '/a?b']);
        assert.deepEqual([...head.fields], [...fields]);
      }),
    );
  });

  it('writes no first line that would be read as two', () => {
    for (const [method, target] of [
      ['GET /a HTTP/1.1\r\n', '/'],
      ['', '/'],
      ['GET', '/a HTTP/1.1\r\nA: b'],
      ['GET', '/a b'],
      ['GET', ''],
      ['GET', '/\u{10a}'],
    ] as const) {
      assert.throws(() => encodeRequestHead(method, target, FieldList.empty), HttpMessageError);
    }
  });
});
