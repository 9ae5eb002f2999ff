import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AnalysisCache } from './analysis-cache.ts';
import { analyzeCommand } from './analyze-command.ts';
import { isIncomplete } from './incomplete-text.ts';
import { TEXT_LENGTH_MAX } from './parse-script.ts';

/** Pieces that nest, or that a parser might read again and again. */
const PIECES = [
  '$(',
  '`',
  '(',
  '{ ',
  '"$(',
  '${x:-',
  '$((',
  'cat <<A\n',
  'cat <<A$(\n',
  '\\',
  'a;',
  'case a in a) ',
  '{a,',
  '[',
  '@(',
  'if a;then ',
  '<(',
  'a=(',
  '$',
  "$'",
  '! ',
  'a&&',
  '[[ ( ',
  'a[a[',
  '`\\`',
  '"`',
  '$(a) ',
  '((a',
  'f(){ ',
  '<<',
  '${',
  "sh -c '",
  'sudo ',
  'find -exec ',
  'cd a;',
  'x -y z ',
  '/a* ',
  'a|',
  '"',
  "'",
  'nice -n ',
  '-e ',
  '\n',
  'for x in ',
  'while ',
] as const;

describe('Hostile texts', () => {
  it('of one piece over and over are answered', () => {
    for (const piece of PIECES) {
      for (const length of [100, 5_000, TEXT_LENGTH_MAX]) {
        const text = piece.repeat(length / piece.length);
        const { paths, subcommands } = analyzeCommand(text);
        assert(paths.length <= 1_100, piece);
        assert(subcommands.length <= 2_000, piece);
        isIncomplete(text);
      }
    }
  });

  it('that multiply are answered', () => {
    for (const text of [
      `find ${'a '.repeat(16_000)}${'-exec x {} ; '.repeat(2_500)}`,
      `${'cd a;'.repeat(200)}cat ${'b '.repeat(20_000)}`,
      `x ${'-a b '.repeat(12_000)}`,
      `systemctl ${'$x '.repeat(20_000)}`,
      `${'find . -exec '.repeat(4_000)}`,
      `env ${'a=b '.repeat(15_000)}ls`,
      `sed ${"-e 's/a/b/' ".repeat(5_000)}`,
      `sed 's/${'a'.repeat(60_000)}'`,
      `sed '${'1,2'.repeat(20_000)}'`,
    ]) {
      const { commands, paths } = analyzeCommand(text);
      assert(commands.length > 0);
      assert(paths.length <= 1_100);
    }
  });

  it('of random pieces are answered', () => {
    const text = fc.array(fc.constantFrom(...PIECES), { maxLength: 60 }).map((all) => all.join(''));
    fc.assert(
      fc.property(text, (commands) => {
        analyzeCommand(commands);
        isIncomplete(commands);
      }),
    );
  });

  it('of random characters are answered', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (text) => {
        analyzeCommand(text);
      }),
    );
  });

  it('are opaque where they are too long, too deep or too many', () => {
    const TOO_LARGE = [
      'a '.repeat(TEXT_LENGTH_MAX),
      '$('.repeat(300),
      '$(a) '.repeat(3_000),
      'ls /x;'.repeat(5_000),
      Array.from({ length: 2_000 }, (_, index) => `ls /${index}`).join(';'),
      `cat ${Array.from({ length: 2_000 }, (_, index) => `/${index}`).join(' ')}`,
      `${'sudo '.repeat(50)}ls`,
    ];
    for (const text of TOO_LARGE) {
      assert(analyzeCommand(text).reasons.includes('too-large'), text.slice(0, 20));
    }
  });
});

describe('AnalysisCache', () => {
  it('gives the same object for the same text', () => {
    const cache = new AnalysisCache();
    assert.equal(cache.analyze('ls'), cache.analyze('ls'));
    assert.notEqual(cache.analyze('ls'), cache.analyze('ls '));
  });

  it('drops what was not asked for lately', () => {
    const cache = new AnalysisCache({ entriesMax: 2 });
    const [first, second] = [cache.analyze('a'), cache.analyze('b')];
    assert.equal(cache.analyze('a'), first);
    cache.analyze('c');
    assert.equal(cache.analyze('a'), first);
    assert.notEqual(cache.analyze('b'), second);
  });

  it('keeps no more text than it may', () => {
    const cache = new AnalysisCache({ unitsMax: 1_000 });
    const first = cache.analyze('a');
    cache.analyze('b'.repeat(900));
    assert.notEqual(cache.analyze('a'), first);
  });
});
