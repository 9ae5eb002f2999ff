import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseSearchPath, possibleSearchPaths } from './settings.ts';

const UTF8 = { client: 'UTF8', server: 'UTF8' };

describe('parseSearchPath', () => {
  it('folds no letters beyond ASCII where characters have several bytes', () => {
    for (const server of ['UTF8', 'EUC_JP'])
      assert.deepEqual(parseSearchPath('Ärzte, BÜCHER, "Ä""B"', server), [
        'Ärzte',
        'bÜcher',
        'Ä"B',
      ]);
  });

  it('does not know what becomes of them elsewhere', () => {
    assert.equal(parseSearchPath('a, Ärzte', 'LATIN1'), undefined);
    assert.equal(parseSearchPath('bücher', 'SQL_ASCII'), undefined);
    assert.deepEqual(parseSearchPath('bücher, "Ärzte"', 'LATIN1'), ['bücher', 'Ärzte']);
    assert.deepEqual(parseSearchPath('A, "bücher"', 'SQL_ASCII'), ['a', 'bücher']);
  });
});

describe('parseSearchPath, between names', () => {
  it('takes for blanks what the server does', () => {
    assert.deepEqual(parseSearchPath('\t a ,\n"b"\f, c\r', 'UTF8'), ['a', 'b', 'c']);
    assert.deepEqual(parseSearchPath('a\u00a0, b\u2003c', 'UTF8'), ['a\u00a0', 'b\u2003c']);
    // A blank since PostgreSQL 16 alone.
    assert.equal(parseSearchPath('a\v, b', 'UTF8'), undefined);
  });
});

describe('possibleSearchPaths', () => {
  it('follows names beyond ASCII', () => {
    assert.deepEqual(possibleSearchPaths(['bücher', '患者'], UTF8), [['bücher', '患者'], ['患者']]);
    const latin = { client: 'LATIN1', server: 'UTF8' };
    assert.deepEqual(possibleSearchPaths(['bücher'], latin), [['bücher']]);
  });

  it('cuts long names as the server does', () => {
    const plain = 'a'.repeat(63);
    assert.deepEqual(possibleSearchPaths([`${plain}b`], UTF8), [[plain]]);
    assert.deepEqual(possibleSearchPaths(['ä'.repeat(40)], UTF8), [['ä'.repeat(31)]]);
    assert.deepEqual(possibleSearchPaths(['😀'.repeat(16)], UTF8), [['😀'.repeat(15)]]);
    const latin = { client: 'UTF8', server: 'LATIN1' };
    assert.deepEqual(possibleSearchPaths([`${plain}b`, 'ä'], latin), [[plain, 'ä'], ['ä']]);
    assert.equal(possibleSearchPaths(['ä'.repeat(40)], latin), undefined);
    const japanese = { client: 'UTF8', server: 'EUC_JP' };
    assert.deepEqual(possibleSearchPaths(['ä'.repeat(21)], japanese), [['ä'.repeat(21)]]);
    assert.equal(possibleSearchPaths(['ä'.repeat(22)], japanese), undefined);
  });

  it('knows none whose names were not read in the encoding of the client', () => {
    for (const client of ['KOI8R', 'SQL_ASCII', 'LATIN9'])
      assert.equal(possibleSearchPaths(['public', 'Ð'], { client, server: 'UTF8' }), undefined);
  });
});
