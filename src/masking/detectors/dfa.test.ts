import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { compileDfa, type Dfa } from './dfa.ts';
import { LABELS } from './labels.ts';
import { GAZETTEER } from './lexicon.ts';
import { parsePattern } from './parse-pattern.ts';
import { PatternError } from './pattern-error.ts';
import { BUILT_IN_PATTERNS } from './patterns.ts';
import { GAZETTEER_KIND, MATCH_BYTES_MAX, type ScanTables, scan, type TakeToken } from './scan.ts';
import { CAPITAL_BEFORE, CAPITAL_BEHIND, DIGIT_BEHIND, NEEDS } from './token-needs.ts';
import { WasmScanner } from './wasm-scanner.ts';
import { WordHashes } from './word-hashes.ts';

type Token = readonly [pattern: number, start: number, end: number];

function tablesOf(
  patterns: readonly string[],
  { words = [], needs = [0] }: { words?: readonly string[]; needs?: readonly number[] } = {},
): ScanTables {
  const dfa = compileDfa(patterns.map(parsePattern), {
    needs: patterns.map((_, index) => needs[index % needs.length] as number),
  });
  return { dfa, words: new WordHashes(words) };
}

function collect({ dfa }: ScanTables, run: (take: TakeToken) => void): Token[] {
  const tokens: Token[] = [];
  run((kind, start, end) => {
    if (kind === GAZETTEER_KIND) tokens.push([-1, start, end]);
    else for (const pattern of dfa.patternsOfKind[kind] ?? []) tokens.push([pattern, start, end]);
  });
  return tokens;
}

function interpret(tables: ScanTables, bytes: Uint8Array): Token[] {
  return collect(tables, (take) => scan(tables, bytes, { start: 0, end: bytes.length }, take));
}

/** What JavaScript's own regular expressions say, tried at every start and every end. */
function matchByRegExp(patterns: readonly string[], text: string): Token[] {
  const whole = patterns.map(
    (pattern) => new RegExp(`^(?:${pattern.replaceAll('\\b', '')})$`, 's'),
  );
  const tokens: Token[] = [];
  const isWord = (offset: number): boolean => /[A-Za-z0-9]/.test(text[offset] ?? '');
  for (let start = 0; start < text.length; start++) {
    for (let end = start + 1; end <= Math.min(text.length, start + MATCH_BYTES_MAX); end++) {
      for (const [index, pattern] of patterns.entries()) {
        if (pattern.startsWith('\\b') && isWord(start - 1)) continue;
        if (pattern.endsWith('\\b') && isWord(end)) continue;
        if (whole[index]?.test(text.slice(start, end))) tokens.push([index, start, end]);
      }
    }
  }
  return tokens;
}

const atoms = fc.constantFrom(
  'a',
  'b',
  '1',
  '-',
  '[ab]',
  '[^a]',
  '\\d',
  '\\w',
  '(a|b1)',
  '(?:ab|a)',
  '[0-9b]',
);
const quantifiers = fc.constantFrom('', '', '', '?', '+', '*', '{2}', '{1,3}', '{2,}');
const patterns = fc
  .tuple(
    fc.boolean(),
    atoms,
    fc.array(fc.tuple(atoms, quantifiers), { maxLength: 4 }),
    fc.boolean(),
  )
  .map(([start, first, rest, end]) => {
    const body = first + rest.map(([atom, quantifier]) => atom + quantifier).join('');
    return `${start ? '\\b' : ''}${body}${end ? '\\b' : ''}`;
  });
const inputs = fc
  .array(fc.constantFrom('a', 'b', '1', '-', ' ', 'A', 'Ab', 'B1'), { maxLength: 30 })
  .map((parts) => parts.join(''));

describe('compileDfa', () => {
  it('finds what regular expressions find, whatever the patterns and the text', () => {
    fc.assert(
      fc.property(fc.array(patterns, { minLength: 1, maxLength: 4 }), inputs, (sources, text) => {
        const found = interpret(tablesOf(sources), Buffer.from(text));
        assert.deepEqual(found.sort(byPlace), matchByRegExp(sources, text).sort(byPlace));
      }),
      { numRuns: 300 },
    );
  });

  it('refuses patterns that need too many states, and names the last', () => {
    const source = '[ab]*a[ab]{14}';
    assert.throws(
      () => compileDfa([parsePattern(source)], { statesMax: 1_000 }),
      (error: unknown) => {
        assert(error instanceof PatternError);
        assert.equal(error.pattern, source);
        return true;
      },
    );
  });
});

function byPlace(left: Token, right: Token): number {
  return left[1] - right[1] || left[2] - right[2] || left[0] - right[0];
}

/** What built-in patterns and those of customers look like, in small. */
const shapes = fc.constantFrom(
  '(?i)\\b(mrn|ssn|social security|card ?#|plan)',
  '\\b\\d{3}-\\d{2}-\\d{4}\\b',
  '\\b[A-Z0-9]{8}\\b',
  '\\b(of|for) [A-Z]',
  '@[a-z]+\\.com\\b',
  '\\b#[a-z]{2}',
  '\\b.a',
  '[xX*#]{3}\\d',
  '(a|b|c|d|e)+[^f]+(g|h)',
  '-\\+-',
  '[\\x1b\\xc2-\\xc5]',
);
const phrases = fc.constantFrom(
  'MRN 4471',
  'planned ',
  'plan: ',
  'Anna ',
  '219-09-4321',
  'AB12CD34',
  ' of Bab',
  'x@ab.com',
  '###1',
  'a-+-b',
  '\u00e9',
  ' '.repeat(40),
  'lorem ipsum dolor sit amet, '.repeat(3),
);
const texts = fc
  .array(fc.oneof(phrases, inputs), { maxLength: 25 })
  .map((parts) => Buffer.from(parts.join('')));

/** Bytes by which something may still match, as the choices say, until nothing more can. */
function walkThrough(dfa: Dfa, choices: readonly number[]): Buffer {
  const { table, classOfByte, startOfWord } = dfa;
  const bytes: number[] = [];
  let state = startOfWord;
  for (const choice of choices) {
    const next = (byte: number): number => table[state + (classOfByte[byte] as number)] as number;
    const living = [...classOfByte.keys()].filter((byte) => next(byte) !== 0);
    const byte = living[choice % living.length];
    if (byte === undefined) break;
    bytes.push(byte);
    state = next(byte);
  }
  return Buffer.from(bytes);
}

describe('WasmScanner', () => {
  it('finds what the interpreter finds, whatever the patterns, their needs and the text', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(patterns, shapes), { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat({ max: 7 }), { minLength: 1, maxLength: 4 }),
        fc.tuple(texts, fc.uint8Array({ maxLength: 40 }), texts),
        fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 3 })),
        (sources, needs, parts, [before, behind]) => {
          const tables = tablesOf(sources, { words: ['ab', 'bab', 'anna'], needs });
          const scanner = new WasmScanner(tables);
          const bytes = Buffer.concat(parts);
          const start = Math.min(before, bytes.length);
          const end = Math.max(start, bytes.length - behind);
          const expected = collect(tables, (take) => scan(tables, bytes, { start, end }, take));
          // Twice: what is left of another text changes nothing.
          for (const other of [Buffer.from('MRN 1 Anna 219-09-4321'.repeat(9)), bytes]) {
            scanner.scan(other, 0, other.length, () => {});
            const found = collect(tables, (take) => scanner.scan(bytes, start, end, take));
            assert.deepEqual(found, expected);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('finds the same across its windows, and with more tokens than it has room for', () => {
    const sources = ['a{1,60}', '\\b\\d{3}-\\d{2}-\\d{4}\\b', '(?i)\\bmrn', ' county', '\\bson\\b'];
    const tables = tablesOf(sources, { words: ['anna'], needs: [0, 0, 1, 4, 6] });
    const scanner = new WasmScanner(tables);
    for (const part of [
      'aaaaa ',
      '219-09-4321 ',
      'Anna, ',
      'x219-09-4321',
      `mrn${' '.repeat(61)}1, Orange county; `,
      `Anna son ${' '.repeat(17)}`,
    ]) {
      const bytes = Buffer.from(part.repeat(Math.ceil(140_000 / part.length)));
      const found = collect(tables, (take) => scanner.scan(bytes, 0, bytes.length, take));
      assert.deepEqual(found, interpret(tables, bytes), part);
    }
  });

  it('finds the same with the patterns of the product, in texts that nearly are what they look for', () => {
    const labels = LABELS.map(({ words }) => ({
      pattern: `(?i)\\b(${words})`,
      needs: DIGIT_BEHIND,
    }));
    const own = BUILT_IN_PATTERNS.map(({ kind, pattern }) => ({
      pattern,
      needs: NEEDS[kind] ?? 0,
    }));
    const all = [...own, ...labels];
    const tables: ScanTables = {
      dfa: compileDfa(
        all.map(({ pattern }) => parsePattern(pattern)),
        { needs: all.map(({ needs }) => needs) },
      ),
      words: new WordHashes(GAZETTEER),
    };
    const scanner = new WasmScanner(tables);
    // Each by itself, so that each is tried as often as another.
    const alone = all.map(({ pattern }) => compileDfa([parsePattern(pattern)]));
    const walk = fc
      .tuple(fc.constantFrom(...alone), fc.array(fc.nat(255), { minLength: 1, maxLength: 40 }))
      .map(([dfa, choices]) => walkThrough(dfa, choices));
    const words = fc.constantFrom(...GAZETTEER.slice(0, 500)).map((word) => Buffer.from(word));
    const between = fc.constantFrom(' ', '', '1', 'A', ': ', '\n', ' '.repeat(61), '\u00e9');
    const part = fc.oneof(
      walk,
      words,
      between.map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const bytes = Buffer.concat(parts);
        const found = collect(tables, (take) => scanner.scan(bytes, 0, bytes.length, take));
        assert.deepEqual(found, interpret(tables, bytes));
      }),
      { numRuns: 1000 },
    );
  });

  it('sees what is right behind a token, wherever it stands, and that nothing is', () => {
    const tables = tablesOf(['\\bab', '\\bba'], { needs: [DIGIT_BEHIND, CAPITAL_BEHIND] });
    const scanner = new WasmScanner(tables);
    for (let shift = 0; shift < 200; shift++) {
      for (const [token, count] of [
        ['ab1', 1],
        ['baQ', 1],
        ['ba:', 1],
        ['ba=', 1],
        ['abQ', 0],
        ['ba1', 0],
        ['1 ab', 0],
        ['Q ba', 0],
      ] as const) {
        const bytes = Buffer.from(`${' '.repeat(shift)}${token}`);
        const found = collect(tables, (take) => scanner.scan(bytes, 0, bytes.length, take));
        assert.equal(found.length, count, `${shift} ${token}`);
      }
    }
  });

  it('sees what is near on both sides of the edge of a window', () => {
    const needs = [CAPITAL_BEFORE, CAPITAL_BEHIND, DIGIT_BEHIND];
    const tables = tablesOf(['\\bson\\b', '\\bby\\b', '\\bmrn'], { needs });
    const scanner = new WasmScanner(tables);
    for (let shift = 0; shift < 100; shift++) {
      const near = `Anna${' '.repeat(19)}son, by${' '.repeat(15)}Q; mrn${' '.repeat(63)}7`;
      const bytes = Buffer.from(`${'. '.repeat((65_536 - shift) >> 1)}${near}`);
      const found = collect(tables, (take) => scanner.scan(bytes, 0, bytes.length, take));
      assert.equal(found.length, 3);
      assert.deepEqual(found, interpret(tables, bytes));
    }
  });

  it('looks only at its range', () => {
    const tables = tablesOf(['\\bab\\b']);
    const scanner = new WasmScanner(tables);
    const bytes = Buffer.from('xabx');
    assert.deepEqual(
      collect(tables, (take) => scanner.scan(bytes, 1, 3, take)),
      [[0, 1, 3]],
    );
  });
});
