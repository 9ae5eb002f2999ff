import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { redactLiterals, redactValues } from './redact-literals.ts';

describe('redactLiterals', () => {
  it('keeps all but the constants', () => {
    assert.equal(
      redactLiterals(`ALTER ROLE ana PASSWORD 's3cret' VALID UNTIL '2027-01-01';`),
      `ALTER ROLE ana PASSWORD '…' VALID UNTIL '…';`,
    );
    assert.equal(
      redactLiterals('SELECT a$1, $2 / 3 - 4 FROM "T"'),
      'SELECT a$1, $2 / 3 - 4 FROM "T"',
    );
  });

  for (const text of [
    `ALTER ROLE x PASSWORD 's3cret'`,
    `ALTER ROLE x PASSWORD 'it''s s3cret'`,
    `ALTER ROLE x PASSWORD E'\\'s3cret'`,
    `ALTER ROLE x PASSWORD E'a'\n'\\'s3cret'`,
    `ALTER ROLE x VALID UNTIL '\\' PASSWORD 's3cret'`,
    `ALTER ROLE x PASSWORD U&'s3cret'`,
    `ALTER ROLE x PASSWORD $$s3cret$$`,
    `ALTER ROLE x PASSWORD $q$ $$ ' s3cret$q$`,
    `ALTER ROLE x PASSWORD $ä$s3cret$ä$`,
    `ALTER ROLE x PASSWORD 's3cret`,
    `ALTER ROLE x PASSWORD $$s3cret`,
    `ALTER ROLE "o'brien" PASSWORD 's3cret'`,
    `ALTER ROLE "$$" PASSWORD 's3cret'`,
    `ALTER ROLE a$$ PASSWORD 's3cret' VALID UNTIL '$$'`,
    `/* it's */ ALTER ROLE x PASSWORD 's3cret'`,
    `/* /* ' */ ' */ ALTER ROLE x PASSWORD 's3cret'`,
    `-- it's\nALTER ROLE x PASSWORD 's3cret'`,
    `-- $$\nALTER ROLE x PASSWORD 's3cret'`,
    `-- it's\rALTER ROLE x PASSWORD 's3cret'`,
    `CREATE USER MAPPING FOR x SERVER y OPTIONS (user 'a', password 's3cret')`,
  ]) {
    it(`leaves no secret in ${JSON.stringify(text)}`, () => {
      assert.doesNotMatch(redactLiterals(text), /s3cret/);
    });
  }

  it('never shows what stands in quotes, whatever stands around them', () => {
    const noise = fc.constantFrom(
      `'a'`,
      `"'"`,
      '$$a$$',
      `-- '\n`,
      'x$y',
      ' ',
      '$1',
      `''''`,
      '"a""b"',
    );
    fc.assert(
      fc.property(fc.array(noise), fc.array(noise), (before, after) => {
        const text = [...before, ` 's3cret' `, ...after].join(' ');
        assert.doesNotMatch(redactLiterals(text), /s3cret/);
      }),
    );
  });
});

describe('redactValues', () => {
  it('hides strings, numbers and comments, and keeps names and parameters', () => {
    assert.equal(
      redactValues(
        `SELECT a1, "2" FROM t WHERE mrn = 4711 AND n = 'x' AND w > .5e3 AND p = $1 -- Ada\nLIMIT 1_0`,
      ),
      `SELECT a1, "2" FROM t WHERE mrn = '…' AND n = '…' AND w > .'…' AND p = $1 '…'\nLIMIT '…'`,
    );
    assert.equal(redactValues('SELECT 1 /* Ada */ FROM t'), `SELECT '…' '…'`);
  });

  it('never shows a number or a comment, whatever stands around it', () => {
    const noise = fc.constantFrom(`'a'`, '$$a$$', '"x"', 'y', '-', '(', '$1', '::', '--\n', '=');
    const value = fc.constantFrom(
      '4711',
      '-4711',
      '4711.5',
      '.4711',
      '--4711\n',
      '0x4711',
      '(4711)',
    );
    fc.assert(
      fc.property(fc.array(noise), value, fc.array(noise), (before, secret, behind) => {
        assert.doesNotMatch(redactValues([...before, secret, ...behind].join(' ')), /4711/);
      }),
    );
  });
});
