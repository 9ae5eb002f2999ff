import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AnalysisCache } from './analysis-cache.ts';
import { analyze } from './analyze.ts';
import { HOSPITAL, session } from './hospital.fixture.ts';
import { loadParser } from './parser.ts';
import { shapeKey } from './statement-shape.ts';

const parser = await loadParser();
const see = (text: string) => analyze(text, parser, HOSPITAL, session());

describe('shapeKey', () => {
  it('takes out numbers and plain strings, and nothing else', () => {
    assert.equal(
      shapeKey("SELECT t1.a, 1.5e3, 'it''s' FROM t1 WHERE \"x 1\" = $1"),
      'SELECT t1.a, 0, \'\' FROM t1 WHERE "x 1" = $1',
    );
    assert.equal(shapeKey('SELECT 1 LIMIT 10 OFFSET 20'), 'SELECT 0 LIMIT 10 OFFSET 20');
  });

  it('gives up where a literal may be something else', () => {
    for (const text of [
      'SELECT 1 -- x',
      'SELECT /* x */ 1',
      'SELECT $$x$$',
      'SELECT $a$x$a$',
      "SELECT E'x'",
      "SELECT B'1'",
      "SELECT U&'x'",
      "SELECT N'x'",
      'DELETE FROM U&"d!0061" UESCAPE \'!\'',
      "SELECT 'a\\b'",
      "SELECT 'é'",
      'SELECT 1a',
      'SELECT 0x1F',
      'SELECT 1_000',
      'SELECT .5',
      'SELECT 1.',
      'SELECT 1..2',
      "SELECT 'x",
      'SELECT "x',
      'SELECT 1 LIMIT (5)',
      'SELECT $1a',
      "SELECT 1'x'",
      'SELECT 1\0',
    ]) {
      assert.equal(shapeKey(text), undefined, text);
    }
  });

  it('keeps apart what analysis tells apart', () => {
    const literal = fc.oneof(fc.nat().map(String), fc.constantFrom("'a'", "'it''s'", '1.5', '2e3'));
    const template = fc.constantFrom(
      (a: string, b: string) => `SELECT name FROM customers WHERE id = ${a} AND ssn > ${b}`,
      (a: string, b: string) => `SELECT * FROM customers WHERE id IN (${a}, ${b}) LIMIT ${a}`,
      (a: string, b: string) => `UPDATE audit SET note = ${a} WHERE id = ${b} RETURNING *`,
      (a: string, b: string) => `SELECT set_config(${a}, ${b}, false)`,
      (a: string, b: string) =>
        `SELECT * FROM customers ORDER BY 1 OFFSET ${a} FETCH FIRST ${b} ROWS ONLY`,
    );
    fc.assert(
      fc.property(
        template,
        fc.tuple(literal, literal),
        fc.tuple(literal, literal),
        (write, pair, other) => {
          const [first, second] = [write(...pair), write(...other)];
          const [one, two] = [see(first), see(second)];
          if (
            one.dependsOnLiterals ||
            two.dependsOnLiterals ||
            shapeKey(first) !== shapeKey(second)
          )
            return;
          assert.deepEqual(one.statements[0]?.operations, two.statements[0]?.operations);
        },
      ),
    );
  });
});

describe('AnalysisCache', () => {
  it('finds a text as it is, and by its shape', () => {
    const cache = new AnalysisCache();
    const text = 'SELECT name FROM customers WHERE id = 1';
    const analysis = see(text);
    cache.store(text, 'k', analysis);
    assert.equal(cache.find(text, 'k'), analysis);
    const alike = cache.find('SELECT name FROM customers WHERE id = 12345', 'k');
    assert.equal(alike, analysis);
    assert.equal(cache.find(text, 'other'), undefined);
    assert.equal(cache.find("SELECT name FROM customers WHERE id = '1'", 'k'), undefined);
  });

  it('finds by shape only what does not depend on literals', () => {
    const cache = new AnalysisCache();
    cache.store(
      "SELECT set_config('work_mem', '1', false)",
      'k',
      see("SELECT set_config('work_mem', '1', false)"),
    );
    assert.equal(cache.find("SELECT set_config('role', 'x', false)", 'k'), undefined);
    cache.store('SELECT 1; SELECT 2', 'k', see('SELECT 1; SELECT 2'));
    assert.equal(cache.find('SELECT 1; SELECT 3', 'k'), undefined);
  });

  it('drops what was used least recently, by number and by size', () => {
    const cache = new AnalysisCache({ entriesMax: 3 });
    for (const text of ['SHOW a', 'SHOW b', 'SHOW c']) cache.store(text, 'k', see(text));
    cache.find('SHOW a', 'k');
    cache.store('SHOW d', 'k', see('SHOW d'));
    assert(cache.find('SHOW a', 'k') !== undefined && cache.find('SHOW b', 'k') === undefined);
    const small = new AnalysisCache({ bytesMax: 10_000 });
    for (let index = 0; index < 100; index++)
      small.store(`SHOW a${index}`, 'k', see(`SHOW a${index}`));
    assert(small.size > 0 && small.size < 10);
  });

  it('keeps what is used however much else comes by, and never more than it may', () => {
    const cache = new AnalysisCache({ entriesMax: 6 });
    const used = 'SELECT name FROM customers WHERE id = 1';
    cache.store(used, 'k', see(used));
    for (let index = 0; index < 50; index++) {
      const text = `SELECT name AS n${index} FROM customers WHERE id = 1`;
      cache.store(text, `k${index % 3}`, see(text));
      assert(cache.find('SELECT name FROM customers WHERE id = 2', 'k') !== undefined);
      assert(cache.size <= 6);
    }
  });
});
