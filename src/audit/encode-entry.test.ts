import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ENTRY_BYTES_MAX, encodeEntry as encodeWith } from './encode-entry.ts';
import type { EntryFields } from './ledger-port.ts';

const POSITION = { seq: 7, at: '2026-01-02T03:04:05.678Z', n: 2, prev: 'ab'.repeat(32) };
const FIRST = { ...POSITION, n: 1, prev: undefined };

/** An entry without content. */
function encodeEntry(fields: EntryFields, position: Parameters<typeof encodeWith>[1]): string {
  return encodeWith(fields, position, undefined);
}

/** What a reader that knows JSON makes of an entry. */
function parse(entry: string): Partial<Record<string, unknown>> {
  return JSON.parse(entry) as Partial<Record<string, unknown>>;
}

describe('encodeEntry', () => {
  it('puts the leading fields in their fixed order', () => {
    assert.equal(
      encodeEntry({ kind: 'operation', session: 's1', x: 'select 1' }, POSITION),
      `{"v":1,"seq":7,"at":"2026-01-02T03:04:05.678Z","kind":"operation","session":"s1","n":2,"prev":"${'ab'.repeat(32)}","x":"select 1"}`,
    );
  });

  it('writes the same when the caller names the fields in another order', () => {
    assert.equal(
      encodeEntry({ x: 'select 1', session: 's1', kind: 'operation' }, FIRST),
      encodeEntry({ kind: 'operation', session: 's1', x: 'select 1' }, FIRST),
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

  it('has the hash of its content in place of it', () => {
    const fields = { kind: 'operation', session: 's1', x: 1, content: { text: 'secret' } } as const;
    assert.equal(
      encodeWith(fields, FIRST, 'cd'.repeat(32)),
      `{"v":1,"seq":7,"at":"${POSITION.at}","kind":"operation","session":"s1","n":1,"prev":null,"content":"${'cd'.repeat(32)}","x":1}`,
    );
  });

  it('keeps every string whole, on one line, as well-formed UTF-8', () => {
    const anyText = fc.string({ unit: 'binary' });
    const withSurrogates = fc
      .array(fc.integer({ min: 0, max: 0xffff }))
      .map((units) => String.fromCharCode(...units));
    fc.assert(
      fc.property(fc.oneof(anyText, withSurrogates), (x) => {
        const entry = encodeEntry({ kind: 'operation', x }, POSITION);
        assert(entry.isWellFormed());
        assert.doesNotMatch(entry, /[\n\r\0]/);
        assert.equal(parse(entry)['x'], x);
      }),
    );
  });

  it('refuses an entry that is too long', () => {
    const overhead = Buffer.byteLength(encodeEntry({ kind: 'operation', rule: '' }, POSITION));
    const rule = 'x'.repeat(ENTRY_BYTES_MAX - overhead);
    assert.equal(encodeEntry({ kind: 'operation', rule }, POSITION).length, ENTRY_BYTES_MAX);
    assert.throws(() => encodeEntry({ kind: 'operation', rule: `${rule}x` }, POSITION), {
      code: 'ERR_LEDGER_ENTRY',
    });
  });
});
