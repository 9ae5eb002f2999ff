import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { digestOf } from './digest-of.ts';

describe('digestOf', () => {
  it('leaves out what follows from the text, and nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const sent = Buffer.from(bytes);
        const text = sent.toString(isUtf8(sent) ? 'utf8' : 'latin1');
        assert.equal(digestOf(sent, text) ?? hash('sha256', text), hash('sha256', sent));
        assert.equal(digestOf(sent, text) === undefined, Buffer.from(text).equals(sent));
      }),
    );
  });
});
