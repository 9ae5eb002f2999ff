import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { changeEncoded } from './encoded-message.ts';
import { maskEncoded, type TextEncoding, textEncodingOf } from './text-encoding.ts';

const SJIS = textEncodingOf('SJIS', 'UTF8');

/** Replaces each `SECRET` in what it reads as UTF-8. */
function mask(bytes: Buffer, start: number, end: number): Buffer | undefined {
  const text = bytes.toString('utf8', start, end);
  return text.includes('SECRET') ? Buffer.from(text.replaceAll('SECRET', 'MASKED')) : undefined;
}

function maskHex(encoding: TextEncoding, hex: string): string | null | undefined {
  const value = Buffer.from(hex, 'hex');
  const masked = maskEncoded(encoding, mask, value);
  return masked && masked.toString('hex');
}

const hexOf = (text: string): string => Buffer.from(text, 'latin1').toString('hex');

describe('textEncodingOf', () => {
  it('knows an encoding by each of its names, as the server reads them', () => {
    for (const name of ['SJIS', 'Shift_JIS', 'mskanji', 'WIN932', 'windows-932'])
      assert.deepEqual(textEncodingOf(name, 'UTF8'), { label: 'shift_jis' }, name);
    assert.deepEqual(textEncodingOf('ISO-8859-1', 'UTF8'), { label: 'windows-1252' });
    assert.deepEqual(textEncodingOf('utf-8', 'LATIN1'), { label: 'utf-8' });
    assert.deepEqual(textEncodingOf('MULE_INTERNAL', 'UTF8'), { label: undefined });
  });

  it('takes SQL_ASCII for what the server has', () => {
    assert.deepEqual(textEncodingOf('SQL_ASCII', 'EUC_KR'), { label: 'euc-kr' });
    assert.deepEqual(textEncodingOf('SQL_ASCII', 'SQL_ASCII'), { label: 'windows-1252' });
  });

  it('names encodings that this runtime reads', () => {
    const names = [
      ...'UTF8 LATIN1 LATIN2 LATIN3 LATIN4 LATIN5 LATIN6 LATIN7 LATIN8 LATIN9 LATIN10'.split(' '),
      ...'ISO_8859_5 ISO_8859_6 ISO_8859_7 ISO_8859_8 KOI8R KOI8U WIN866 WIN874 WIN1250 WIN1251'.split(
        ' ',
      ),
      ...'WIN1252 WIN1253 WIN1254 WIN1255 WIN1256 WIN1257 WIN1258 SJIS EUC_JP EUC_KR EUC_CN'.split(
        ' ',
      ),
      ...'GBK GB18030 UHC BIG5'.split(' '),
    ];
    for (const name of names) {
      const { label } = textEncodingOf(name, 'UTF8');
      assert.ok(
        label !== undefined && new TextDecoder(label).decode(Buffer.from('a')) === 'a',
        name,
      );
    }
  });
});

describe('maskEncoded', () => {
  it('reads a value in its encoding, and writes it back in that', () => {
    // What the second byte of the first letter is, is no backslash.
    assert.equal(maskHex(SJIS, `835c${hexOf('SECRET')}8d86`), `835c${hexOf('MASKED')}8d86`);
    assert.equal(maskHex(SJIS, '835c8d86'), undefined);
    assert.equal(
      maskHex(textEncodingOf('LATIN1', 'UTF8'), `e9${hexOf('SECRET')}`),
      `e9${hexOf('MASKED')}`,
    );
  });

  it('hides a value that is not in its encoding, or in one that nobody can read', () => {
    assert.equal(maskHex(textEncodingOf('UTF8', 'UTF8'), '835c'), null);
    assert.equal(maskHex(SJIS, '83'), null);
    assert.equal(maskHex(textEncodingOf('JOHAB', 'UTF8'), '8861'), null);
    assert.equal(maskHex(textEncodingOf('JOHAB', 'UTF8'), hexOf('a')), undefined);
  });

  it('reads what is UTF-8 as that, too', () => {
    const value = Buffer.from('é SECRET').toString('hex');
    assert.equal(
      maskHex(textEncodingOf('LATIN1', 'UTF8'), value),
      Buffer.from('é MASKED').toString('hex'),
    );
  });
});

describe('changeEncoded', () => {
  const how = { encoding: SJIS, textStart: 5, codeBytes: 1, withheld: 'withheld' };
  const message = (hex: string): Buffer => {
    const body = Buffer.from(hex, 'hex');
    const header = Buffer.from([0x4e, 0, 0, 0, body.length + 4]);
    return Buffer.concat([header, body]);
  };
  const change = (read: Buffer): Buffer => {
    const text = read.toString('utf8', 5).replaceAll('SECRET', 'MASK');
    return message(Buffer.from(text).toString('hex'));
  };

  it('changes texts in their encoding', () => {
    const changed = changeEncoded(message(`4d835c${hexOf('SECRET')}0000`), how, change);
    assert.equal(changed.toString('hex'), message(`4d835c${hexOf('MASK')}0000`).toString('hex'));
  });

  it('withholds texts that nobody can read, and no other', () => {
    const changed = changeEncoded(message(`4d83004861000000`), how, change);
    assert.equal(changed.toString('latin1', 5), 'Mwithheld\0Ha\0\0\0');
    assert.equal(changed.readInt32BE(1), changed.length - 1);
  });
});
