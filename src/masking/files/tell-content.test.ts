import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { tellContent } from './tell-content.ts';

const TEXT = 'SSN 999-15-3541\r\n\tof Müller\n';

describe('tellContent', () => {
  it('knows text in every encoding whose letters take one byte', () => {
    for (const encoding of ['utf8', 'latin1', 'ascii'] as const) {
      assert.equal(tellContent(Buffer.from(TEXT, encoding)), 'text', encoding);
    }
    assert.equal(tellContent(Buffer.from('\u001b[31mred\u001b[0m\f')), 'text');
    assert.equal(tellContent(Buffer.alloc(0)), 'text');
  });

  it('knows text that no detector reads, with and without a mark', () => {
    const wide = Buffer.from(TEXT, 'utf16le');
    assert.equal(tellContent(wide), 'wide-text');
    assert.equal(tellContent(Buffer.from(wide).swap16()), 'wide-text');
    assert.equal(tellContent(Buffer.concat([Buffer.of(0xff, 0xfe), wide])), 'wide-text');
    const wider = Buffer.concat(
      Array.from(TEXT, (letter) => Buffer.from([letter.charCodeAt(0), 0, 0, 0])),
    );
    assert.equal(tellContent(wider), 'wide-text');
  });

  it('takes everything else for no text', () => {
    assert.equal(tellContent(Buffer.from('1f8b0800000000000003', 'hex')), 'binary');
    assert.equal(tellContent(Buffer.from('\u007fELF\u0002\u0001\u0001\0\0\0\0')), 'binary');
    assert.equal(tellContent(Buffer.from('%PDF-1.7\n\u0001')), 'binary');
    assert.equal(tellContent(Buffer.from('a SECRET\0')), 'binary');
  });
});
