import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ProtocolError } from '../protocol-error.ts';
import { readEmptyMessage, SshReader } from './ssh-reader.ts';
import { SshWriter } from './ssh-writer.ts';

function read(hex: string): SshReader {
  return new SshReader(Buffer.from(hex.replaceAll(' ', ''), 'hex'), 'test');
}

describe('SshReader', () => {
  it('reads the examples of RFC 4251 for integers that are not negative', () => {
    assert.equal(read('00000000').mpint().toString('hex'), '');
    assert.equal(read('00000008 09a378f9b2e332a7').mpint().toString('hex'), '09a378f9b2e332a7');
    assert.equal(read('00000002 0080').mpint().toString('hex'), '80');
  });

  it('refuses integers that are negative, too long, or not in their shortest form', () => {
    for (const hex of [
      '00000002 edcc',
      '00000005 ff21524111',
      '00000001 00',
      '00000002 0001',
      '00000003 000080',
    ]) {
      assert.throws(() => read(hex).mpint(), ProtocolError, hex);
    }
    const long = new SshWriter().string(Buffer.alloc(2050, 1)).toBuffer();
    assert.throws(() => new SshReader(long, 'test').mpint(), ProtocolError);
  });

  it('reads back any magnitude, without leading zero bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (magnitude) => {
        const bytes = new SshWriter().mpint(magnitude).toBuffer();
        const shortest = Buffer.from(magnitude)
          .toString('hex')
          .replace(/^(00)+/, '');
        assert.equal(new SshReader(bytes, 'test').mpint().toString('hex'), shortest);
      }),
    );
  });

  it('reads the examples of RFC 4251 for lists of names', () => {
    assert.deepEqual(read('00000000').nameList(), []);
    assert.deepEqual(read('00000004 7a6c6962').nameList(), ['zlib']);
    assert.deepEqual(read('00000009 7a6c69622c6e6f6e65').nameList(), ['zlib', 'none']);
  });

  it('refuses lists with empty names, blanks, control characters, and long names', () => {
    for (const list of [',', 'a,', ',a', 'a,,b', 'a b', 'a\0b', 'a\n', 'é', 'x'.repeat(65)]) {
      const bytes = new SshWriter().text(list).toBuffer();
      assert.throws(() => new SshReader(bytes, 'test').nameList(), ProtocolError, list);
    }
  });

  it('refuses text that is not UTF-8, and names that are none', () => {
    assert.throws(() => read('00000002 c328').text(), ProtocolError);
    for (const name of ['', 'a,b', 'a b', 'a\0', 'x'.repeat(65)]) {
      const bytes = new SshWriter().text(name).toBuffer();
      assert.throws(() => new SshReader(bytes, 'test').identifier(), ProtocolError, name);
    }
  });

  it('does not believe a length before it has seen the bytes', () => {
    assert.throws(() => read('ffffffff 61').string(), ProtocolError);
    assert.throws(() => read('80000000').string(), ProtocolError);
  });
});

describe('readEmptyMessage', () => {
  it('refuses another number, no number, and anything after it', () => {
    readEmptyMessage(Buffer.of(21), 21, 'NEWKEYS');
    for (const payload of [[], [20], [21, 0]]) {
      assert.throws(() => readEmptyMessage(Buffer.from(payload), 21, 'NEWKEYS'), ProtocolError);
    }
  });
});
