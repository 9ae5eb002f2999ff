import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readLetters } from './read-letters.ts';

describe('readLetters', () => {
  it('reads text in the encoding of the client', () => {
    for (const [client, hex] of [
      ['UTF8', 'c3a9'],
      ['LATIN1', 'e9'],
      ['LATIN2', 'e9'],
      ['SQL_ASCII', 'c3a9'],
    ] as const)
      assert.equal(readLetters(Buffer.from(hex, 'hex'), { client, server: 'UTF8' }), 'é', client);
    const sjis = Buffer.from('8ab48ed2', 'hex');
    assert.equal(readLetters(sjis, { client: 'SJIS', server: 'UTF8' }), '感者');
  });

  it('tells what cannot be read apart', () => {
    for (const client of ['UTF8', 'MULE_INTERNAL', 'SJIS']) {
      const [one, other] = ['e9', 'fc'].map((hex) =>
        readLetters(Buffer.from(hex, 'hex'), { client, server: 'UTF8' }),
      );
      assert.notEqual(one, other, client);
    }
  });
});
