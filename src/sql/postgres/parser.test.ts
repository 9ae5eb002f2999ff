import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { isTooDeep, nestingMax } from './nesting.ts';
import { loadParser } from './parser.ts';

const BOMBS: Readonly<Record<string, string>> = {
  'nested sub-selects': `${'SELECT ('.repeat(1_000)}SELECT 1${')'.repeat(1_000)}`,
  'a sum of 10 000': `SELECT ${'1+'.repeat(10_000)}1`,
  'brackets behind a literal': `SELECT ')))', ${'('.repeat(10_000)}1`,
  'brackets behind a comment': `SELECT /* ) */ ${'(/*)*/'.repeat(5_000)}1`,
  negations: `SELECT ${'NOT '.repeat(9_000)}true`,
  'minus signs': `SELECT ${'- '.repeat(9_000)}1`,
  casts: `SELECT 1${'::int'.repeat(9_000)}`,
  unions: `SELECT 1, 2${' UNION SELECT 1, 2'.repeat(3_000)}`,
  joins: `SELECT * FROM a${' CROSS JOIN b'.repeat(5_000)}`,
  cases: `SELECT ${'CASE WHEN a THEN '.repeat(3_000)}1${' END'.repeat(3_000)}`,
  betweens: `SELECT x${' IS NULL BETWEEN 1 AND 2'.repeat(2_500)}`,
  operators: `SELECT 1${' OPERATOR(+) 1'.repeat(4_000)}`,
  'names that look like END': `SELECT ${'(a.end+'.repeat(5_000)}1${')'.repeat(5_000)}`,
  'CASEs that seem to end': `SELECT ${'CASE WHEN a.end THEN '.repeat(2_000)}1${' END'.repeat(2_000)}`,
  collations: `SELECT x${' COLLATE "C"'.repeat(5_000)}`,
  '8 MiB of comments': `SELECT 1 /*${' '.repeat(8 * 1024 * 1024)}*/`,
};

describe('SqlParser', () => {
  it('refuses bombs, and reads the next text right', async () => {
    const parser = await loadParser();
    for (const [name, text] of Object.entries(BOMBS)) {
      assert.equal(parser.parse(text).kind, 'refused', name);
      assert.equal(parser.parse('SELECT 1').kind, 'tree', name);
    }
    assert.equal(parser.parse("SELECT 'unterminated").kind, 'syntax-error');
    assert.equal(parser.parse('SELECT 1').kind, 'tree');
  });

  it('replaces an instance that a text broke', async () => {
    // Without the count of nesting in front of it, two bombs at once break both instances.
    const parser = await loadParser({ depthMax: Infinity });
    const text = `SELECT ${'1+'.repeat(30_000)}1`;
    assert.equal(parser.parse(text).kind, 'refused');
    assert.equal(parser.parse('SELECT 1').kind, 'tree');
    assert.equal(parser.parse(text).kind, 'refused');
    assert.deepEqual(parser.parse('SELECT 1'), {
      kind: 'refused',
      reason: 'the parser is being replaced',
    });
    assert.equal(parser.interruptions, 1);
    // Made in the background: the test ends only once there is one.
    while (parser.parse('SELECT 1').kind === 'refused') await delay(5);
    assert.equal(parser.parse('SELECT 1').kind, 'tree');
  });

  it('keeps its instance through errors of every part of the parser', async () => {
    const parser = await loadParser();
    for (const text of [
      "SELECT U&'\\061'",
      "SELECT U&'\\+2FFFFF'",
      "SELECT E'\\u061'",
      'SELECT FROM FROM',
      'SELECT 1 LIMIT 1 LIMIT 1',
    ]) {
      assert.equal(parser.parse(text).kind, 'syntax-error', text);
    }
    assert.equal(parser.parse('SELECT 1').kind, 'tree');
  });

  it('takes long flat texts', async () => {
    const parser = await loadParser();
    for (const text of [
      `SELECT 1 WHERE ${'a = 1 OR '.repeat(5_000)}true`,
      `INSERT INTO t VALUES (1, -1)${', (1, -1)'.repeat(5_000)}`,
      'SELECT a + b;'.repeat(4_000),
      `SELECT CASE ${'WHEN a = 1 THEN b + 1 '.repeat(1_000)}END`,
    ]) {
      assert(!isTooDeep(text));
      assert.equal(parser.parse(text).kind, 'tree');
    }
  });

  it('takes what is just deep enough', async () => {
    const parser = await loadParser();
    const depth = nestingMax - 1;
    const text = `SELECT ${'(SELECT '.repeat(depth)}1${')'.repeat(depth)}`;
    assert.equal(parser.parse(text).kind, 'tree');
  });

  it('gives places of statements in UTF-16 units, and of errors in characters', async () => {
    const parser = await loadParser();
    const text = "SELECT 'é€😀'; DELETE FROM t";
    const result = parser.parse(text);
    assert(result.kind === 'tree');
    assert.deepEqual(
      result.statements.map(({ start, length }) => text.slice(start, start + length).trim()),
      ["SELECT 'é€😀'", 'DELETE FROM t'],
    );
    assert.deepEqual(parser.parse("SELECT '😀' FROM FROM"), {
      kind: 'syntax-error',
      message: 'syntax error at or near "FROM"',
      position: 17,
    });
  });
});
