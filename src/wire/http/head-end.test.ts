import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findHeadEnd, HEAD_BYTES_MAX } from './head-end.ts';
import { HttpMessageError } from './http-message-error.ts';

const HEAD = Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n');

describe('findHeadEnd', () => {
  it('finds the empty line once it is there, wherever it was searched before', () => {
    const stream = Buffer.concat([Buffer.from('before'), HEAD, Buffer.from('behind\n\n')]);
    const end = 6 + HEAD.length;
    for (let length = 6; length <= stream.length; length += 1) {
      for (let from = 6; from < length; from += 1) {
        const found = findHeadEnd(stream.subarray(0, length), 6, Math.min(from, end - 1));
        assert.equal(found, length < end ? -1 : end);
      }
    }
  });

  it('refuses at once what cannot become a head', () => {
    for (const text of [
      '\r\n',
      '\n',
      ' GET',
      '\x16\x03\x01',
      '\0',
      'GET / HTTP/1.1\n',
      'GET / HTTP/1.1\r\nHost: a\n',
      'GET / HTTP/1.1\r\nHost: a\r\n\n',
    ]) {
      assert.throws(() => findHeadEnd(Buffer.from(text), 0), HttpMessageError, text);
    }
  });

  it('waits for no more than a head may have', () => {
    const longest = Buffer.alloc(HEAD_BYTES_MAX, 'a');
    longest.write('\r\n\r\n', HEAD_BYTES_MAX - 4);
    assert.equal(findHeadEnd(longest, 0), HEAD_BYTES_MAX);
    assert.equal(findHeadEnd(longest.subarray(0, -1), 0), -1);
    const longer = Buffer.concat([Buffer.from('a'), longest]);
    assert.throws(() => findHeadEnd(longer, 0), { status: 431 });
    assert.throws(() => findHeadEnd(Buffer.alloc(HEAD_BYTES_MAX + 1, 'a'), 0), { status: 431 });
  });
});
