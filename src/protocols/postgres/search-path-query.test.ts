import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TextEncodings } from '../../sql/postgres/uncertain-names.ts';
import { readSearchPath } from './search-path-query.ts';

/** The body of a row with this one value. */
function row(value: Buffer): Buffer {
  const head = Buffer.alloc(6);
  head.writeInt16BE(1, 0);
  head.writeInt32BE(value.length, 2);
  return Buffer.concat([head, value]);
}

function inUtf8(client: string): TextEncodings {
  return { client, server: 'UTF8' };
}

describe('readSearchPath', () => {
  const latin = [row(Buffer.from('bücher', 'latin1')), row(Buffer.from('public'))];
  const utf8 = [row(Buffer.from('bücher')), row(Buffer.from('患者')), row(Buffer.from('public'))];

  it('reads names in the encoding of the client', () => {
    assert.deepEqual(readSearchPath(utf8, inUtf8('UTF8')), ['bücher', '患者', 'public']);
    for (const encoding of ['LATIN1', 'WIN1252'])
      assert.deepEqual(readSearchPath(latin, inUtf8(encoding)), ['bücher', 'public']);
    assert.deepEqual(readSearchPath([row(Buffer.from('public'))], inUtf8('SJIS')), ['public']);
    assert.deepEqual(readSearchPath([], inUtf8('UTF8')), []);
  });

  it('knows no path with a name that it cannot read, or with one to come', () => {
    for (const encoding of ['SJIS', 'KOI8R', 'GB18030', 'SQL_ASCII', 'UTF8'])
      assert.equal(readSearchPath(latin, inUtf8(encoding)), undefined, encoding);
    const bytes = { client: 'LATIN1', server: 'SQL_ASCII' };
    assert.equal(readSearchPath(utf8, bytes), undefined);
    assert.equal(readSearchPath([row(Buffer.from('pg_temp'))], inUtf8('UTF8')), undefined);
  });
});
