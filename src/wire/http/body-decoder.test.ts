import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { BodyDecoder } from './body-decoder.ts';
import type { BodyFraming } from './body-framing.ts';
import { CHUNK_END, encodeChunkHead, encodeLastChunk } from './chunked-encoder.ts';
import { FieldList } from './field-list.ts';
import { HttpMessageError } from './http-message-error.ts';

interface Body {
  readonly text: string;
  /** Undefined if the body has not ended. */
  readonly trailers: string | undefined;
  /** What belongs to the next message. */
  readonly rest: string;
}

const CHUNKED: BodyFraming = { kind: 'chunked' };

/** Reads a body that comes in the given pieces. */
function read(framing: BodyFraming, pieces: readonly Buffer[]): Body {
  let text = '';
  let rest = '';
  let trailers: string | undefined;
  const decoder = new BodyDecoder(framing, {
    data(piece) {
      assert(piece.length > 0);
      text += piece.toString('latin1');
    },
    end(fields) {
      assert.equal(trailers, undefined);
      trailers = fields.format();
    },
  });
  for (const piece of pieces) {
    const bytes = Buffer.from(piece);
    const taken = decoder.push(bytes);
    rest += bytes.toString('latin1', taken);
    // The bytes are the caller's again.
    bytes.fill(0xee);
  }
  assert.equal(decoder.hasEnded, trailers !== undefined);
  return { text, trailers, rest };
}

function readText(text: string): Body {
  return read(CHUNKED, [Buffer.from(text, 'latin1')]);
}

/** Reads the same body at once, by single bytes, and cut in two at every byte. */
function checkCuts(framing: BodyFraming, bytes: Buffer, expected: Body): void {
  assert.deepEqual(read(framing, [bytes]), expected);
  assert.deepEqual(
    read(
      framing,
      Array.from(bytes, (byte) => Buffer.of(byte)),
    ),
    expected,
  );
  for (let at = 0; at <= bytes.length; at += 1) {
    assert.deepEqual(read(framing, [bytes.subarray(0, at), bytes.subarray(at)]), expected);
  }
}

describe('BodyDecoder', () => {
  it('takes chunks apart, however they come, and leaves what follows', () => {
    const bytes = Buffer.from(
      '5\r\nhello\r\n1\r\n \r\n00000A\r\n0\r\n\r\nGET /\r\n0\r\nA: b\r\nX-C:\r\n\r\nGET',
    );
    const text = 'hello 0\r\n\r\nGET /';
    checkCuts(CHUNKED, bytes, { text, trailers: 'a: b\r\nx-c: \r\n', rest: 'GET' });
    const empty = Buffer.from('000\r\n\r\n\r\n');
    checkCuts(CHUNKED, empty, { text: '', trailers: '', rest: '\r\n' });
  });

  it('counts a body of known length, and leaves what follows', () => {
    const bytes = Buffer.from('helloGET');
    checkCuts({ kind: 'length', bytes: 5 }, bytes, { text: 'hello', trailers: '', rest: 'GET' });
    const whole = { text: '', trailers: '', rest: 'helloGET' };
    checkCuts({ kind: 'length', bytes: 0 }, bytes, whole);
    checkCuts({ kind: 'none' }, bytes, whole);
    const open = { text: 'helloGET', trailers: undefined, rest: '' };
    checkCuts({ kind: 'until-close' }, bytes, open);
  });

  it('knows a body that was cut', () => {
    const listener = { data: () => undefined, end: () => undefined };
    const cut = new BodyDecoder({ kind: 'length', bytes: 5 }, listener);
    cut.push(Buffer.from('hell'));
    assert.throws(() => cut.close(), HttpMessageError);
    const chunks = new BodyDecoder(CHUNKED, listener);
    chunks.push(Buffer.from('1\r\na\r\n0\r\n'));
    assert.throws(() => chunks.close(), HttpMessageError);
    const open = new BodyDecoder({ kind: 'until-close' }, listener);
    open.push(Buffer.from('hell'));
    open.close();
    assert.equal(open.hasEnded, true);
  });

  it('refuses chunks that two readers could cut in two ways', () => {
    for (const text of [
      '\r\n',
      '\n',
      'x\r\n',
      '0x5\r\nhello\r\n',
      '+5\r\nhello\r\n',
      '-5\r\nhello\r\n',
      ' 5\r\nhello\r\n',
      '5 \r\nhello\r\n',
      '5\t\r\nhello\r\n',
      '5;a=b\r\nhello\r\n',
      '5;\r\nhello\r\n',
      '5\nhello\r\n',
      '5\rhello\r\n',
      '5\r\nhello\n',
      '5\r\nhello\r0',
      '5\r\nhello0',
      '5\r\nhelloX\r\n',
      '5\0\r\nhello\r\n',
      '000000005\r\nhello\r\n',
      '100000000\r\n',
      'ffffffffffffffff1\r\n',
      '0\n\r\n',
      '0\r\nA: b\n\r\n\r\n',
      '0\r\n A: b\r\n\r\n',
      '0\r\nA : b\r\n\r\n',
      '0\r\nA\r\n\r\n',
      '0\r\nA: b\r\n c\r\n\r\n',
    ]) {
      assert.throws(() => readText(text), HttpMessageError, JSON.stringify(text));
    }
  });

  it('refuses trailers that say how to read the body, where it goes, or who asks', () => {
    for (const name of [
      'Transfer-Encoding',
      'content-length',
      'Host',
      'Authorization',
      'Content-Type',
      'Connection',
    ]) {
      assert.throws(() => readText(`0\r\n${name}: a\r\n\r\n`), HttpMessageError, name);
    }
  });

  it('keeps no more of trailers than they may have', () => {
    assert.equal(readText(`0\r\na: ${'b'.repeat(8000)}\r\n\r\n`).trailers?.length, 8005);
    for (const text of [
      `0\r\na: ${'b'.repeat(9000)}`,
      `0\r\n${'a: b\r\n'.repeat(101)}\r\n`,
      `0\r\n${'a'.repeat(9000)}`,
    ]) {
      assert.throws(() => readText(text), { status: 431 });
      const bytes = Array.from(Buffer.from(text), (byte) => Buffer.of(byte));
      assert.throws(() => read(CHUNKED, bytes), HttpMessageError);
    }
  });

  it('reads back what the encoder wrote', () => {
    const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 6 });
    const trailers = FieldList.of([['x-checksum', 'a']]);
    fc.assert(
      fc.property(pieces, fc.array(fc.nat(1500), { maxLength: 6 }), (datas, cuts) => {
        const bytes = Buffer.concat([
          ...datas.flatMap((data) => [encodeChunkHead(data.length), data, CHUNK_END]),
          encodeLastChunk(trailers),
          Buffer.from('next'),
        ]);
        const places = [0, ...cuts.toSorted((one, other) => one - other), bytes.length];
        const cut = places.slice(1).map((end, at) => bytes.subarray(places[at], end));
        assert.deepEqual(read(CHUNKED, cut), {
          text: Buffer.concat(datas).toString('latin1'),
          trailers: 'x-checksum: a\r\n',
          rest: 'next',
        });
      }),
    );
  });

  it('throws nothing but HttpMessageError for any bytes', () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 12 }),
      fc
        .constantFrom('0\r\n', '3\r\nabc\r\n', '\r\n', 'a: b\r\n', 'f')
        .map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        try {
          read(
            CHUNKED,
            pieces.map((bytes) => Buffer.from(bytes)),
          );
        } catch (error) {
          assert(error instanceof HttpMessageError);
        }
      }),
    );
  });
});
