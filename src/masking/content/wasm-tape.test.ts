import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ContentFormatError } from '../content-masker.ts';
import { JsonTape } from './json-tape.ts';
import { KeyNames } from './key-names.ts';
import { WasmTape } from './wasm-tape.ts';

const NAMES = new KeyNames([
  ...['name', 'nama', 'id', 'né', 'sixteen letters!', 'sixteen letters?'],
  ...['a name of more than two times sixteen letters', 'x'.repeat(64)],
]);
const WASM = new WasmTape(NAMES);

/** What both readers tell of a text; undefined: that it is none. */
interface Reading {
  readonly end: number;
  readonly tokens: readonly (readonly number[])[];
}

function describeTape(tape: JsonTape, end: number): Reading {
  const { kinds, starts, ends, links, size } = tape;
  const tokens = Array.from({ length: size }, (_, token) => [
    kinds[token] as number,
    starts[token] as number,
    ends[token] as number,
    links[token] as number,
  ]);
  return { end, tokens };
}

function readFast(bytes: Buffer, start = 0): Reading | undefined {
  WASM.forget();
  const tape = new JsonTape(NAMES, 'JSON', WASM);
  const end = tape.readWhole(bytes, start, bytes.length);
  return end === -1 ? undefined : describeTape(tape, end);
}

function readSlowly(bytes: Buffer, start = 0): Reading | undefined {
  const tape = new JsonTape(NAMES, 'JSON');
  try {
    const end = tape.read(bytes, { start, end: bytes.length, isEnd: true });
    return tape.isWhole ? describeTape(tape, end) : undefined;
  } catch (error) {
    assert(error instanceof ContentFormatError);
    return undefined;
  }
}

const KEY = fc.oneof(
  fc.constantFrom('name', 'nama', 'id', 'né', 'nam', 'sixteen letters!', 'x'.repeat(63)),
  fc.string({ minLength: 1, maxLength: 40 }).filter((key) => !/["\\\p{Cc}]/u.test(key)),
);
const VALUE = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false, 0, -1, 1.5, -0.25, 1e30),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.array(tie('value'), { maxLength: 4 }),
    tie('object'),
  ),
  object: fc.dictionary(KEY, tie('value'), { maxKeys: 6 }),
})).object;

describe('WasmTape', () => {
  it('reads what JsonTape reads, wherever it stands, and nothing that is not all there', () => {
    fc.assert(
      fc.property(VALUE, fc.nat(3), fc.nat(40), (value, spaces, before) => {
        const text = JSON.stringify(value, null, spaces);
        const bytes = Buffer.concat([Buffer.alloc(before, 0x58), Buffer.from(`${text},"`)]);
        const fast = readFast(bytes, before);
        // Rare forms are left to JsonTape; no others.
        const isPlain = !/\d[eE]/u.test(text) && !/"[^"]*\\[^"]*"\s*:/u.test(text);
        if (isPlain) assert(fast !== undefined, text);
        if (fast !== undefined) assert.deepEqual(fast, readSlowly(bytes, before));
        for (let cut = before; cut < bytes.length - 2; cut++) {
          // What stands behind the end is not looked at.
          assert.equal(readFast(bytes.subarray(0, cut), before), undefined);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('takes nothing for JSON that is none, and no object with a key twice', () => {
    const bytes = fc.constantFrom(
      ...'{}[],:"\\ \n\u0001\u001f0123456789.-+eE'.split(''),
      ...['true', 'false', 'null', 'nul', '"name"', '"name":', '"id":', '"a":', '\\u00', 'é', '01'],
      ...['{"id":', '"x",', '[1,', '"\\n"', '1.', '-', '}}', ']]', '"né":', '"\\q"', '\\u12x4'],
    );
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 12 }), (parts) => {
        const text = Buffer.from(`{${parts.join('')}}`);
        const fast = readFast(text);
        if (fast === undefined) return;
        assert.deepEqual(fast, readSlowly(text));
        const keys = readKeys(fast);
        for (const inObject of keys) assert.equal(new Set(inObject).size, inObject.length);
      }),
      { numRuns: 3000 },
    );
  });

  it('leaves to JsonTape what is too deep, has too many tokens or is too long', () => {
    const nested = (depth: number): Buffer =>
      Buffer.from(`{"id":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`);
    assert(readFast(nested(500)) !== undefined);
    assert.equal(readFast(nested(501)), undefined);
    const listOf = (count: number): Buffer => Buffer.from(`{"id":[${'1,'.repeat(count)}1]}`);
    assert(readFast(listOf(65_000)) !== undefined);
    assert.equal(readFast(listOf(66_000)), undefined);
    assert.equal(readFast(Buffer.from(`{"id":"${'a'.repeat(300_000)}"}`)), undefined);
  });

  it('reads one object after the other, beyond the bytes that it looks at together', () => {
    const object = `{"id":"${'a'.repeat(1000)}"}`;
    const bytes = Buffer.from(object.repeat(600));
    WASM.forget();
    const tape = new JsonTape(NAMES, 'JSON', WASM);
    for (let start = 0; start < bytes.length; start += object.length) {
      tape.reset();
      assert.equal(tape.readWhole(bytes, start, bytes.length), start + object.length);
      assert.equal(tape.starts[2], start + 6);
    }
  });

  it('tells whether there are keys that are none of the names, and bytes beyond ASCII', () => {
    const flagsOf = (text: string): readonly boolean[] => {
      readFast(Buffer.from(text));
      return [WASM.hasUnknownKeys, WASM.mayBeyondAscii];
    };
    assert.deepEqual(flagsOf('{"id":{"name":"a"}}'), [false, false]);
    assert.deepEqual(flagsOf('{"id":{"named":"a"}}'), [true, false]);
    assert.deepEqual(flagsOf('{"id":["é"]}'), [false, true]);
    assert.deepEqual(flagsOf('{"né":1}'), [false, true]);
  });
});

/** The numbers of the names in each object. */
function readKeys({ tokens }: Reading): readonly (readonly number[])[] {
  return tokens.flatMap(([kind, , , link = 0], token) => {
    if (kind !== 1) return [];
    const names: number[] = [];
    for (let key = token + 1; key < link; key = tokens[key + 1]?.[3] ?? link) {
      const name = tokens[key]?.[3] ?? -1;
      if (name !== -1) names.push(name);
    }
    return [names];
  });
}
