import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FieldList } from './field-list.ts';
import { HttpMessageError } from './http-message-error.ts';
import { decodeResponseHead, encodeResponseHead, type ResponseHead } from './response-head.ts';

function decode(text: string, method = 'GET'): ResponseHead {
  const bytes = Buffer.from(text, 'latin1');
  return decodeResponseHead(bytes, 0, bytes.length, method);
}

describe('decodeResponseHead', () => {
  it('reads what servers send', () => {
    const head = decode('HTTP/1.1 200 All is (w\u{e9}ll)\r\nContent-Length: 2\r\n\r\n');
    assert.equal(head.status, 200);
    assert.deepEqual(head.framing, { kind: 'length', bytes: 2 });
    assert.equal(head.keepAlive, true);
    assert.equal(decode('HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n').status, 404);
    assert.equal(decode('HTTP/1.1 204 \r\n\r\n').status, 204);
    const switched = 'HTTP/1.1 101 A\r\nConnection: upgrade\r\nUpgrade: WebSocket\r\n\r\n';
    assert.equal(decode(switched).upgrade, 'websocket');
    assert.equal(decode(switched.replace('101', '200')).upgrade, undefined);
    assert.equal(decode(switched.replace('Connection: upgrade', 'X: y')).upgrade, undefined);
  });

  it('keeps a connection only if the end of the body is known', () => {
    for (const lines of [
      'HTTP/1.1 200 OK\r\n',
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: x, Close\r\n',
      'HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n',
    ]) {
      assert.equal(decode(`${lines}\r\n`).keepAlive, false, lines);
    }
  });

  it('refuses first lines and fields that can be read in two ways', () => {
    for (const text of [
      '\r\n',
      'HTTP/1.1\r\n',
      'HTTP/1.1 \r\n',
      'HTTP/1.1 20\r\n',
      'HTTP/1.1 2000 OK\r\n',
      'HTTP/1.1 099 OK\r\n',
      'HTTP/1.1 600 OK\r\n',
      'HTTP/1.1  200 OK\r\n',
      'HTTP/1.1 200\tOK\r\n',
      'HTTP/1.2 200 OK\r\n',
      'HTTP/2 200 OK\r\n',
      'http/1.1 200 OK\r\n',
      'ICY 200 OK\r\n',
      'HTTP/1.1 200 O\0K\r\n',
      'HTTP/1.1 200 OK\rHTTP/1.1 200 OK\r\n',
      'HTTP/1.1 200 OK\nA: b\r\n',
      'HTTP/1.1 200 OK\r\n A: b\r\n',
      'HTTP/1.1 200 OK\r\nA : b\r\n',
      'HTTP/1.1 200 OK\r\nA: b\r\n c\r\n',
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n',
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n',
      'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n',
      'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\ncontent-type: text/html\r\n',
      'HTTP/1.1 200 OK\r\nETag: "a"\r\nETag: "a"\r\n',
    ]) {
      assert.throws(() => decode(`${text}\r\n`), HttpMessageError, JSON.stringify(text));
    }
  });

  it('throws nothing but HttpMessageError for any bytes', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), fc.string({ maxLength: 40 }), (first, second) => {
        try {
          decode(`HTTP/1.1 ${first}\r\n${second}\r\n\r\n`);
        } catch (error) {
          assert(error instanceof HttpMessageError);
        }
      }),
    );
  });
});

describe('encodeResponseHead', () => {
  it('writes what is read back the same', () => {
    const fields = FieldList.of([
      ['content-length', '0'],
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
    ]);
    for (const status of [200, 299, 403, 599]) {
      const bytes = encodeResponseHead(status, fields);
      const head = decodeResponseHead(bytes, 0, bytes.length, 'GET');
      assert.equal(head.status, status);
      assert.deepEqual([...head.fields], [...fields]);
    }
    const plain = encodeResponseHead(404, FieldList.empty).toString();
    assert.equal(plain, 'HTTP/1.1 404 Not Found\r\n\r\n');
  });
});
