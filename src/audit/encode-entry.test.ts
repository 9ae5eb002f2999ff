import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ENTRY_BYTES_MAX, encodeEntry } from './encode-entry.ts';

const POSITION = { seq: 7, at: '2026-01-02T03:04:05.678Z', n: 2, prev: 'ab'.repeat(32) };
const FIRST = { ...POSITION, n: 1, prev: undefined };

/** What a reader that knows JSON makes of an entry. */
function parse(entry: string): Partial<Record<string, unknown>> & { readonly text: string } {
  return JSON.parse(entry) as Partial<Record<string, unknown>> & { readonly text: string };
}

describe('encodeEntry', () => {
  it('puts the leading fields in their fixed order', () => {
    assert.equal(
      encodeEntry({ kind: 'operation', session: 's1', text: 'select 1' }, POSITION),
      `{"v":1,"seq":7,"at":"2026-01-02T03:04:05.678Z","kind":"operation","session":"s1","n":2,"prev":"${'ab'.repeat(32)}","text":"select 1"}`,
    );
  });

  it('writes the same when the caller names the fields in another order', () => {
    assert.equal(
      encodeEntry({ text: 'select 1', session: 's1', kind: 'operation' }, FIRST),
      encodeEntry({ kind: 'operation', session: 's1', text: 'select 1' }, FIRST),
    );
  });

  it('leaves number and chain out where there is no session', () => {
    assert.equal(
      encodeEntry({ kind: 'gateway.start' }, POSITION),
      '{"v":1,"seq":7,"at":"2026-01-02T03:04:05.678Z","kind":"gateway.start"}',
    );
    assert.equal(
      encodeEntry({ version: '1', kind: 'gateway.start' }, POSITION),
      '{"v":1,"seq":7,"at":"2026-01-02T03:04:05.678Z","kind":"gateway.start","version":"1"}',
    );
  });

  it('marks the first entry of a session with null', () => {
    assert.match(
      encodeEntry({ kind: 'session.start', session: 's' }, FIRST),
      /"n":1,"prev":null}$/,
    );
  });

  it('keeps a session name from forging fields', () => {
    const session = 's","n":99,"x":"';
    const entry = parse(encodeEntry({ kind: 'operation', session }, POSITION));
    assert.equal(entry['session'], session);
    assert.equal(entry['n'], 2);
  });

  it('writes every field as JSON does', () => {
    const shared = Object.freeze(['a', 'b"']);
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ unit: 'binary' }), (value, text) => {
        const fields = {
          kind: 'operation',
          x: value,
          'a"b': text,
          none: undefined,
          shared,
        } as const;
        const rest = JSON.stringify({ x: value, 'a"b': text, shared }).slice(1);
        for (const _again of [1, 2]) {
          assert.equal(
            encodeEntry(fields, POSITION),
            `{"v":1,"seq":7,"at":"${POSITION.at}","kind":"operation",${rest}`,
          );
        }
      }),
    );
  });

  it('looks at lists anew unless they cannot change, all the way down', () => {
    const open: (string | string[])[] = ['a'];
    const frozen = Object.freeze([open]);
    const see = (): string => encodeEntry({ kind: 'operation', open, frozen }, POSITION);
    assert.match(see(), /"open":\["a"\],"frozen":\[\["a"\]\]/);
    open.push('b');
    assert.match(see(), /"open":\["a","b"\],"frozen":\[\["a","b"\]\]/);
  });

  it('keeps every string whole, on one line, as well-formed UTF-8', () => {
    const anyText = fc.string({ unit: 'binary' });
    const withSurrogates = fc
      .array(fc.integer({ min: 0, max: 0xffff }))
      .map((units) => String.fromCharCode(...units));
    fc.assert(
      fc.property(fc.oneof(anyText, withSurrogates), (text) => {
        const entry = encodeEntry({ kind: 'operation', text }, POSITION);
        assert(entry.isWellFormed());
        assert.doesNotMatch(entry, /[\n\r\0]/);
        assert.equal(parse(entry).text, text);
      }),
    );
  });

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
    it(`cuts a long text of ${what} so that the entry just fits`, () => {
      const text = unit.repeat(70_000);
      const entry = encodeEntry({ kind: 'operation', text }, POSITION);
      const bytes = Buffer.byteLength(entry);
      assert(bytes <= ENTRY_BYTES_MAX);
      assert(bytes > ENTRY_BYTES_MAX - 7, `${bytes} bytes waste space`);
      const fields = parse(entry);
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
    const entry = encodeEntry({ kind: 'operation', text, textBytes: 5, textSha256 }, POSITION);
    const fields = parse(entry);
    assert.equal(fields['textBytes'], 5);
    assert.equal(fields['textSha256'], textSha256);
  });

  it('stores a text that just fits whole', () => {
    const overhead = Buffer.byteLength(encodeEntry({ kind: 'operation', text: '' }, POSITION));
    const text = 'x'.repeat(ENTRY_BYTES_MAX - overhead);
    const entry = encodeEntry({ kind: 'operation', text }, POSITION);
    assert.equal(entry.length, ENTRY_BYTES_MAX);
    assert.equal(parse(entry)['textCut'], undefined);
    const cut = parse(encodeEntry({ kind: 'operation', text: `${text}x` }, POSITION));
    assert.equal(cut['textCut'], true);
  });

  it('refuses an entry that is too long beside its text', () => {
    const long = 'x'.repeat(ENTRY_BYTES_MAX);
    assert.throws(() => encodeEntry({ kind: 'operation', rule: long }, POSITION), {
      code: 'ERR_LEDGER_ENTRY',
    });
    assert.throws(() => encodeEntry({ kind: 'operation', rule: long, text: 'y' }, POSITION), {
      code: 'ERR_LEDGER_ENTRY',
    });
  });
});
