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

describe('possibleSearchPaths', () => {
  it('follows names beyond ASCII', () => {
    assert.deepEqual(possibleSearchPaths(['bücher', '患者'], UTF8), [['bücher', '患者'], ['患者']]);
    const latin = { client: 'LATIN1', server: 'UTF8' };
    assert.deepEqual(possibleSearchPaths(['bücher'], latin), [['bücher']]);
  });

  it('knows none whose names were not read in the encoding of the client', () => {
    for (const client of ['KOI8R', 'SQL_ASCII', 'LATIN9'])
      assert.equal(possibleSearchPaths(['public', 'Ð'], { client, server: 'UTF8' }), undefined);
  });
});
