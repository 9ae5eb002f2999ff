import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deflateSync, gzipSync } from 'node:zlib';
import { encodeGrpcMessage } from '../../../wire/grpc/message-decoder.ts';
import { FieldList } from '../../../wire/http/field-list.ts';
import type { BodySource, HttpResponse } from '../exchange.ts';
import { WholeBody } from '../whole-body.ts';
import { hasUnreadableMessages, withoutMessageCoding } from './message-coding.ts';

const TEXTS = ['first', '', 'x'.repeat(5_000)];

function respond(body: BodySource, coding?: string): HttpResponse {
  const fields = FieldList.of(coding === undefined ? [] : [['grpc-encoding', coding]]);
  return { status: 200, fields, body };
}

/** A body that comes in pieces. */
function cut(bytes: Buffer, size: number): BodySource {
  return {
    ...{ length: undefined, pause() {}, resume() {}, destroy() {} },
    start(sink) {
      for (let at = 0; at < bytes.length; at += size) sink.onData(bytes.subarray(at, at + size));
      sink.onEnd(FieldList.of([['grpc-status', '0']]));
    },
  };
}

function read(body: BodySource): Buffer | Error {
  const pieces: Buffer[] = [];
  let result: Buffer | Error = new Error('it does not end');
  body.start({
    onData: (bytes) => void pieces.push(Buffer.from(bytes)),
    onEnd(trailers) {
      assert.equal(trailers?.get('grpc-status'), '0');
      result = Buffer.concat(pieces);
    },
    onError(error) {
      result = error;
    },
  });
  return result;
}

function encode(pack: ((bytes: Buffer) => Buffer) | undefined): Buffer {
  return Buffer.concat(
    TEXTS.map((text) =>
      encodeGrpcMessage({
        isCompressed: pack !== undefined,
        body: pack === undefined ? Buffer.from(text) : pack(Buffer.from(text)),
      }),
    ),
  );
}

describe('withoutMessageCoding', () => {
  it('unpacks messages, however they are cut', () => {
    for (const [coding, pack] of [
      ['gzip', gzipSync],
      ['deflate', deflateSync],
      ['gzip', undefined],
    ] as const) {
      for (const size of [1, 3, 7, 100_000]) {
        const response = withoutMessageCoding(respond(cut(encode(pack), size), coding));
        assert.equal(response.fields.get('grpc-encoding'), undefined);
        assert.deepEqual(read(response.body), encode(undefined));
      }
    }
  });

  it('breaks off where a message is damaged, or too long once it is unpacked', () => {
    const bomb = gzipSync(Buffer.alloc(17 * 1024 * 1024));
    for (const body of [Buffer.from('no'), bomb, gzipSync('a').subarray(0, 12)]) {
      const message = encodeGrpcMessage({ isCompressed: true, body });
      assert(read(withoutMessageCoding(respond(cut(message, 99), 'gzip')).body) instanceof Error);
    }
  });

  it('leaves other responses as they are, and knows what it cannot read', () => {
    for (const coding of [undefined, 'identity']) {
      const response = respond(WholeBody.empty, coding);
      assert.equal(withoutMessageCoding(response), response);
      assert(!hasUnreadableMessages(response));
    }
    for (const coding of ['snappy', 'zstd', 'gzip, gzip', 'GZIP']) {
      assert(hasUnreadableMessages(respond(WholeBody.empty, coding)), coding);
    }
  });
});
