import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { STRING_BYTES_MAX, TerminalTokenizer, type TokenSink } from './terminal-tokenizer.ts';

/** Tokens as words; text character by character, so that it does not matter where it is cut. */
function tokensOf(...chunks: readonly (string | Uint8Array)[]): string[] {
  const tokens: string[] = [];
  const sink: TokenSink = {
    text(bytes, start, end) {
      for (const byte of bytes.subarray(start, end)) tokens.push(String.fromCharCode(byte));
    },
    character: (codePoint) => tokens.push(String.fromCodePoint(codePoint)),
    malformed: () => tokens.push('malformed'),
    control: (byte) => tokens.push(`C0 ${byte}`),
    escape: (intermediates, final) => tokens.push(`ESC ${intermediates}${final}`),
    controlSequence: ({ prefix, parameters, intermediates, final }) =>
      tokens.push(`CSI ${prefix}${parameters}${intermediates}${final}`),
    string: (kind, body) => tokens.push(`${kind} ${body?.toString() ?? 'too long'}`),
  };
  const tokenizer = new TerminalTokenizer(sink);
  for (const chunk of chunks) tokenizer.push(Buffer.from(chunk));
  return tokens;
}

const SAMPLE =
  'a\x1b[1;31mß世😀\r\n\x1b]0;title\x07\x1bP$qm\x1b\\\x1b(0\x1b7\x1b[?25l\x1b[2 q\xff\x80';

describe('TerminalTokenizer', () => {
  it('tells text, controls, sequences and strings apart', () => {
    assert.deepEqual(tokensOf(Buffer.from(SAMPLE)), [
      ...['a', 'CSI 1;31m', 'ß', '世', '😀', 'C0 13', 'C0 10', 'osc 0;title', 'dcs $qm'],
      ...['ESC (0', 'ESC 7', 'CSI ?25l', 'CSI 2 q', 'ÿ'],
    ]);
  });

  it('gives the same tokens wherever the bytes are cut', () => {
    const bytes = Buffer.from(SAMPLE);
    const whole = tokensOf(bytes);
    for (let cut = 0; cut <= bytes.length; cut++) {
      assert.deepEqual(tokensOf(bytes.subarray(0, cut), bytes.subarray(cut)), whole, `at ${cut}`);
    }
    assert.deepEqual(tokensOf(...Array.from(bytes, (byte) => Uint8Array.of(byte))), whole);
  });

  it('takes any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(400), (bytes, cut) => {
        const parts = [bytes.subarray(0, cut), bytes.subarray(cut)];
        assert.deepEqual(tokensOf(...parts), tokensOf(bytes));
      }),
    );
  });

  it('says where bytes are no UTF-8', () => {
    assert.deepEqual(tokensOf(Buffer.from([0x61, 0xff, 0x62])), ['a', 'malformed', 'b']);
    assert.deepEqual(tokensOf(Buffer.from([0xe2, 0x82, 0x62])), ['malformed', 'b']);
    assert.deepEqual(tokensOf(Buffer.from([0xc0, 0xaf])), ['malformed', 'malformed']);
    assert.deepEqual(tokensOf(Buffer.from([0xed, 0xa0, 0x80])), ['malformed']);
  });

  it('leaves out C1 controls in UTF-8', () => {
    assert.deepEqual(tokensOf('a\u009b31mb'), ['a', '3', '1', 'm', 'b']);
  });

  it('carries out controls in the middle of a sequence, before it', () => {
    assert.deepEqual(tokensOf('\x1b[3\b1mx'), ['C0 8', 'CSI 31m', 'x']);
  });

  it('leaves out sequences that are interrupted, malformed or too long', () => {
    assert.deepEqual(tokensOf('\x1b[3\x18x'), ['x']);
    assert.deepEqual(tokensOf('\x1b[3\x1b[4mx'), ['CSI 4m', 'x']);
    assert.deepEqual(tokensOf('\x1b[3?1mx'), ['x']);
    assert.deepEqual(tokensOf(`\x1b[${'1;'.repeat(500)}mx`), ['x']);
  });

  it('keeps no string beyond its limit', () => {
    const long = 'x'.repeat(STRING_BYTES_MAX + 1);
    assert.deepEqual(tokensOf(`\x1b]0;${long}\x07y`), ['osc too long', 'y']);
  });
});
