import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { encodeGrpcMessage } from '../../../wire/grpc/message-decoder.ts';
import { FieldList } from '../../../wire/http/field-list.ts';
import { readCall } from './read-call.ts';

const GZIP = FieldList.of([['grpc-encoding', 'gzip']]);
const plain = encodeGrpcMessage({ isCompressed: false, body: Buffer.from('one') });
const packed = encodeGrpcMessage({ isCompressed: true, body: gzipSync('two') });

describe('readCall', () => {
  it('unpacks messages, and takes none that it cannot unpack', () => {
    assert.deepEqual(readCall(GZIP, Buffer.concat([plain, packed]))?.map(String), ['one', 'two']);
    assert.deepEqual(readCall(FieldList.empty, Buffer.alloc(0)), []);
    assert.equal(readCall(FieldList.empty, packed), undefined);
    assert.equal(readCall(FieldList.of([['grpc-encoding', 'snappy']]), packed), undefined);
    const broken = encodeGrpcMessage({ isCompressed: true, body: Buffer.from('no gzip') });
    assert.equal(readCall(GZIP, broken), undefined);
  });

  it('takes nothing that is cut, and throws nothing, whatever comes', () => {
    const both = Buffer.concat([plain, packed]);
    for (let cut = 1; cut < both.length; cut++) {
      const read = readCall(GZIP, both.subarray(0, cut));
      assert.deepEqual(read?.map(String), cut === plain.length ? ['one'] : undefined);
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        readCall(GZIP, Buffer.from(bytes));
      }),
    );
  });
});
