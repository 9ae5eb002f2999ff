import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findUncertainName, isReadExactly, type TextEncodings } from './uncertain-names.ts';

const LONG = 'ä'.repeat(32);

function inDatabase(server: string): TextEncodings {
  return { client: 'UTF8', server };
}

describe('findUncertainName', () => {
  it('finds names that a server with characters of one byte folds to lower case', () => {
    const texts = [
      'SELECT upper(name) FROM Ärzte',
      `WITH "Ärzte" AS (SELECT 'x' AS name) SELECT upper(name) FROM Ärzte`,
      'EXECUTE Ä',
      'SELECT a AS Ä, b AS "ä" FROM t',
      'SELECT a AS Ä, b AS U&"\\00e4" FROM t',
      'SELECT cast(a AS Ä)',
      `SELECT E'x'\n'\\'', upper(name) FROM Ärzte --'`,
    ];
    for (const text of texts) {
      for (const encoding of ['LATIN1', 'WIN1252', 'KOI8R', 'SQL_ASCII'])
        assert.match(
          findUncertainName(text, inDatabase(encoding)) ?? '',
          /folded to lower case/u,
          text,
        );
      for (const encoding of ['UTF8', 'EUC_JP'])
        assert.equal(findUncertainName(text, inDatabase(encoding)), undefined, text);
    }
    assert.match(findUncertainName('SELECT ä', inDatabase('SQL_ASCII')) ?? '', /folded/u);
  });

  it('lets names pass that are read alike everywhere', () => {
    const texts = [
      'SELECT "Ärzte".ä, größe FROM "Ärzte"',
      `SELECT 'Ä', $$Ä$$, $Ä$x$Ä$ /* Ä */ -- Ä`,
      'SELECT a AS Übersicht, b AS Ärzte FROM t',
      'SELECT a AS Übersicht',
      'SELECT Kunde FROM Kunden',
    ];
    for (const text of texts)
      assert.equal(findUncertainName(text, inDatabase('LATIN1')), undefined, text);
  });

  it('reads a text of many such names in one go', () => {
    const names = Array.from({ length: 20_000 }, (_, index) => `1 AS Ä${index}`);
    assert.equal(findUncertainName(`SELECT ${names.join()}`, inDatabase('LATIN1')), undefined);
  });

  it('finds names that a server cuts elsewhere', () => {
    const escaped = `U&"${'\\00e4'.repeat(32)}"`;
    for (const text of [`SELECT ${LONG}`, `SELECT "${LONG}"`, `SELECT ${escaped}`]) {
      for (const encoding of ['LATIN1', 'EUC_JP'])
        assert.match(
          findUncertainName(text, inDatabase(encoding)) ?? '',
          /longer than 63 bytes/u,
          text,
        );
      assert.equal(findUncertainName(text, inDatabase('UTF8')), undefined, text);
    }
    // A letter has 2 bytes in UTF-8 and 3 there, or 3 and 4.
    for (const [name, encoding] of [
      ['ä'.repeat(22), 'EUC_JP'],
      ['ä'.repeat(22), 'EUC_JIS_2004'],
      ['患'.repeat(16), 'EUC_TW'],
    ] as const) {
      const text = `SELECT ${name}`;
      assert.match(
        findUncertainName(text, inDatabase(encoding)) ?? '',
        /longer than 63/u,
        encoding,
      );
      assert.equal(findUncertainName(text.slice(0, -1), inDatabase(encoding)), undefined, encoding);
      assert.equal(findUncertainName(text, inDatabase('EUC_KR')), undefined);
    }
    assert.equal(
      findUncertainName(`SELECT '${LONG}', "${'a'.repeat(70)}"`, inDatabase('LATIN1')),
      undefined,
    );
  });

  it('finds names that were not read in the encoding of the client', () => {
    const from = (client: string): TextEncodings => ({ client, server: 'UTF8' });
    for (const text of ['SELECT "Ð" FROM t', 'SELECT a FROM Ð', 'SELECT a AS Ð, b AS "Ð" FROM t']) {
      for (const client of ['KOI8R', 'SQL_ASCII', 'LATIN9'])
        assert.match(findUncertainName(text, from(client)) ?? '', /client_encoding is/u, text);
      for (const client of ['UTF8', 'LATIN1', 'WIN1252'])
        assert.equal(findUncertainName(text, from(client)), undefined, text);
    }
    assert.match(findUncertainName('SELECT "\u0080"', from('WIN1252')) ?? '', /WIN1252/u);
    // Such a database takes the bytes as they come.
    for (const client of ['LATIN1', 'WIN1252', 'UTF8'])
      assert.equal(
        findUncertainName('SELECT a FROM "Ã¤"', { client, server: 'SQL_ASCII' }) === undefined,
        client === 'UTF8',
        client,
      );
    const plain = `SELECT 'Ð', a AS Ð FROM t -- Ð`;
    assert.equal(findUncertainName(plain, from('KOI8R')), undefined);
  });
});

describe('isReadExactly', () => {
  it('is so for what Latin-1 and the encoding have alike', () => {
    const isRead = (text: string, client: string, server = 'UTF8'): boolean =>
      isReadExactly(text, { client, server });
    assert(isRead('ä', 'win1252') && isRead('\u0080', 'LATIN1'));
    assert(!isRead('\u0080', 'WIN1252') && !isRead('ä', 'KOI8R'));
  });

  it('is not so where the database takes bytes as they come, but in UTF-8', () => {
    for (const client of ['LATIN1', 'WIN1252', 'SQL_ASCII']) {
      assert(!isReadExactly('ä', { client, server: 'SQL_ASCII' }));
      assert(isReadExactly('a', { client, server: 'SQL_ASCII' }));
    }
    assert(isReadExactly('ä', { client: 'UTF8', server: 'SQL_ASCII' }));
  });
});
