import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ContentFormatError } from '../content-masker.ts';
import { TokenKind } from './json-grammar.ts';
import { JsonTape } from './json-tape.ts';
import { KeyNames } from './key-names.ts';

const NAMES = new KeyNames(['name', 'id', 'né', '']);

/** Reads a text that comes in two pieces into a tape. */
function read(text: string, at = 0): { readonly tape: JsonTape; readonly bytes: Buffer } {
  const bytes = Buffer.from(text);
  const tape = new JsonTape(NAMES, 'JSON');
  const start = tape.read(bytes, { start: 0, end: at, isEnd: false });
  tape.read(bytes, { start, end: bytes.length, isEnd: true });
  return { tape, bytes };
}

/** Makes the value of a token anew. */
function build(tape: JsonTape, bytes: Buffer, token: number): unknown {
  const end = tape.links[token] as number;
  if (tape.isObject(token)) {
    const members: [string, unknown][] = [];
    for (let key = token + 1; key < end; key = tape.links[key + 1] as number) {
      members.push([tape.textOf(bytes, key), build(tape, bytes, key + 1)]);
    }
    return Object.fromEntries(members);
  }
  if (tape.isArray(token)) {
    const items: unknown[] = [];
    for (let item = token + 1; item < end; item = tape.links[item] as number) {
      items.push(build(tape, bytes, item));
    }
    return items;
  }
  if (tape.isString(token)) return tape.textOf(bytes, token);
  return JSON.parse(bytes.toString('utf8', tape.starts[token], tape.ends[token]));
}

describe('JsonTape', () => {
  it('holds what JSON.parse reads, wherever the bytes are cut', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(), fc.nat(3), (value, cut, spaces) => {
        const text = JSON.stringify(value, null, spaces);
        const { tape, bytes } = read(text, cut % (Buffer.byteLength(text) + 1));
        assert(tape.isWhole);
        assert.deepEqual(build(tape, bytes, 0), JSON.parse(text));
      }),
    );
  });

  it('knows names by their bytes, and by what their escapes mean', () => {
    const { tape } = read('{"name":1,"n\\u0061me":2,"nam":3,"né":4,"":5,"name ":6}');
    const names = Array.from({ length: 6 }, (_, index) => tape.links[1 + 2 * index]);
    const id = (name: string): number => NAMES.idOf(name);
    assert.deepEqual(names, [id('name'), id('name'), -1, id('né'), id(''), -1]);
    assert.equal(tape.kinds[2], TokenKind.number);
  });

  it('tells offsets of the bytes, quotes included', () => {
    const { tape, bytes } = read(' { "id" : [ "a\\"b" , -1.50e+3 , null ] } ');
    const tokens = Array.from({ length: tape.size }, (_, token) =>
      bytes.toString('utf8', tape.starts[token], tape.ends[token]),
    );
    const list = '[ "a\\"b" , -1.50e+3 , null ]';
    assert.deepEqual(tokens, [`{ "id" : ${list} }`, '"id"', list, '"a\\"b"', '-1.50e+3', 'null']);
    assert.equal(tape.kinds[3], TokenKind.escapedString);
  });

  it('stops at an array of the outermost object if it is told to, and goes on', () => {
    const bytes = Buffer.from('{"a":[[1]],"id":[2,3],"b":[]}');
    const tape = new JsonTape(NAMES, 'JSON');
    const range = { end: bytes.length, isEnd: true };
    const asked: number[] = [];
    const stopsAt = (key: number): boolean => {
      asked.push(key);
      return tape.links[key] === NAMES.idOf('id');
    };
    const at = tape.read(bytes, { ...range, start: 0 }, stopsAt);
    assert.equal(bytes.toString('utf8', 0, at), '{"a":[[1]],"id":[');
    assert.equal(asked.length, 2);
    assert.equal(tape.read(bytes, { ...range, start: at }), bytes.length);
    assert(tape.isWhole);
  });

  it('stands where its bytes were moved to', () => {
    const bytes = Buffer.from('xxx{"id":"a"}');
    const tape = new JsonTape(NAMES, 'JSON');
    tape.read(bytes, { start: 3, end: 10, isEnd: false });
    tape.rebase(3);
    const moved = bytes.subarray(3);
    tape.read(moved, { start: 6, end: moved.length, isEnd: true });
    assert.deepEqual(build(tape, moved, 0), { id: 'a' });
  });

  it('refuses what JSON.parse refuses', () => {
    const part = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '1',
      '-',
      'null',
      'nul',
      ' ',
      '"',
      '\\',
      '01',
      '1e',
      '\t',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const text = parts.join('');
        let isRead = false;
        try {
          const { tape, bytes } = read(text);
          isRead = tape.isWhole && /^\s*$/.test(bytes.toString('utf8', tape.ends[0]));
        } catch (error) {
          assert(error instanceof ContentFormatError);
        }
        let isJson = true;
        try {
          JSON.parse(text);
        } catch {
          isJson = false;
        }
        assert.equal(isRead, isJson, text);
      }),
    );
  });
});
