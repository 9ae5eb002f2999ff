import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { CONTENT_BYTES_MAX, encodeContent } from './encode-content.ts';

/** What a reader that knows JSON makes of a content. */
function parse(content: string): Partial<Record<string, unknown>> & { readonly text: string } {
  return JSON.parse(content) as Partial<Record<string, unknown>> & { readonly text: string };
}

describe('encodeContent', () => {
  for (const [what, unit] of [
    ['ASCII', 'a'],
    ['quotes', '"'],
    ['control characters', '\x01'],
    ['line ends', '\n'],
    ['two-byte characters', 'é'],
    ['three-byte characters', '€'],
    ['characters beyond the basic plane', '🩺'],
    ['lone surrogates', '\ud800'],
  ] as const) {
    it(`cuts a long text of ${what} so that the content just fits`, () => {
      const text = unit.repeat(70_000);
      const content = encodeContent({ text });
      const bytes = Buffer.byteLength(content);
      assert(bytes <= CONTENT_BYTES_MAX);
      assert(bytes > CONTENT_BYTES_MAX - 7, `${bytes} bytes waste space`);
      const fields = parse(content);
      assert(text.startsWith(fields.text));
      assert.equal(fields.text.length % unit.length, 0);
      assert.equal(fields['textCut'], true);
      assert.equal(fields['textBytes'], Buffer.byteLength(text));
      assert.equal(fields['textSha256'], createHash('sha256').update(text).digest('hex'));
    });
  }

  it('keeps the length and digest that the caller took of the bytes on the wire', () => {
    const textSha256 = 'cd'.repeat(32);
    const text = 'x'.repeat(2 * 1024 * 1024);
    const content = encodeContent({ text, textBytes: 5, textSha256 });
    const fields = parse(content);
    assert.equal(fields['textBytes'], 5);
    assert.equal(fields['textSha256'], textSha256);
  });

  it('stores a text that just fits whole', () => {
    const overhead = Buffer.byteLength(encodeContent({ text: '' }));
    const text = 'x'.repeat(CONTENT_BYTES_MAX - overhead);
    const content = encodeContent({ text });
    assert.equal(content.length, CONTENT_BYTES_MAX);
    assert.equal(parse(content)['textCut'], undefined);
    const cut = parse(encodeContent({ text: `${text}x` }));
    assert.equal(cut['textCut'], true);
  });

  it('refuses a content that is too long beside its text', () => {
    const comment = 'x'.repeat(CONTENT_BYTES_MAX);
    const parameters = ['1'];
    for (const content of [{ comment }, { comment, text: 'y' }, { comment, parameters }]) {
      assert.throws(() => encodeContent(content), { code: 'ERR_LEDGER_ENTRY' });
    }
  });

  it('has a digest in the place of parameters that are too long beside the text', () => {
    const parameters = ['x'.repeat(CONTENT_BYTES_MAX), null];
    const digest = createHash('sha256').update(JSON.stringify(parameters)).digest('hex');
    const { text, ...beside } = parse(encodeContent({ text: 'INSERT', parameters }));
    assert.equal(text, 'INSERT');
    assert.deepEqual(beside, {
      parametersCount: 2,
      parametersSha256: digest,
      parametersCut: true,
    });
    const long = parse(encodeContent({ text: 'y'.repeat(70_000), parameters }));
    assert.deepEqual([long['textCut'], long['parametersCut']], [true, true]);
    const short = parse(encodeContent({ text: 'y'.repeat(70_000), parameters: ['1'] }));
    assert.deepEqual(short['parameters'], ['1'], 'the text is cut first');
  });

  it('is an object even when nothing is in it', () => {
    assert.equal(encodeContent({ comment: undefined }), '{}');
  });
});
