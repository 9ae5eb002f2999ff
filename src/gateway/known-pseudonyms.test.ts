import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pseudonymise } from '../masking/masks/pseudonym.ts';
import { createMaskKeys } from '../masking/masks/pseudonym-keys.ts';
import { KnownPseudonyms } from './known-pseudonyms.ts';

const KEYS = createMaskKeys(Buffer.alloc(32, 7), 12).derive('pseudonym', 'mrn');

describe('KnownPseudonyms', () => {
  it('knows those that were added, and no others', () => {
    const known = new KnownPseudonyms();
    const pseudonyms = Array.from({ length: 2000 }, (_, index) => pseudonymise(`${index}`, KEYS));
    assert.equal(known.has(pseudonyms[0] as string), false);
    for (const pseudonym of pseudonyms.slice(0, 1000)) known.add(pseudonym);
    const found = pseudonyms.map((pseudonym) => known.has(pseudonym));
    // A few may have had to give way.
    assert(found.slice(0, 1000).filter(Boolean).length > 980);
    assert.deepEqual(found.slice(1000).filter(Boolean), []);
  });

  it('tells digits apart wherever they differ', () => {
    for (let index = 4; index < 20; index++) {
      const known = new KnownPseudonyms();
      known.add('ps1_0123456789abcdef');
      const other = 'ps1_0123456789abcdef'.split('');
      other[index] = other[index] === 'f' ? 'e' : 'f';
      assert.equal(known.has(other.join('')), false);
      assert.equal(known.has('ps1_0123456789abcdef'), true);
    }
  });

  it('keeps nothing of what has another form, or of no digits but zeros', () => {
    const known = new KnownPseudonyms();
    for (const text of ['', 'ps1_', 'ps1_0123456789abcde', 'ps1_0000000000000000']) {
      known.add(text);
      assert.equal(known.has(text), false);
    }
  });
});
