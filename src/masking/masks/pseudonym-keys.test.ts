import assert from 'node:assert/strict';
import { createHash, createHmac, hkdfSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { createMaskKeys, derivePseudonymKeys } from './pseudonym-keys.ts';

const MASTER = Buffer.from(
  '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
  'hex',
);

describe('derivePseudonymKeys', () => {
  it('makes the two blocks of an HMAC with an HKDF key', () => {
    const { innerBlock, outerBlock } = derivePseudonymKeys(MASTER, 1, 'mrn');
    const key = Buffer.from(hkdfSync('sha256', MASTER, '', 'sallyport pseudonym 1 mrn', 32));
    const inner = createHash('sha256').update(innerBlock).update('value').digest();
    const outer = createHash('sha256').update(outerBlock).update(inner).digest();
    assert.deepEqual(outer, createHmac('sha256', key).update('value').digest());
  });

  it('gives every purpose, domain, version and master key keys of its own', () => {
    const blocks = [
      derivePseudonymKeys(MASTER, 1, 'mrn'),
      derivePseudonymKeys(MASTER, 1, 'mrn', 'vault'),
      derivePseudonymKeys(MASTER, 1, 'mrn', 'date-shift'),
      derivePseudonymKeys(MASTER, 1, 'ssn'),
      derivePseudonymKeys(MASTER, 2, 'mrn'),
      derivePseudonymKeys(Buffer.alloc(32, 9), 1, 'mrn'),
      // A domain cannot pass for another version.
      derivePseudonymKeys(MASTER, 1, '1 mrn'),
      derivePseudonymKeys(MASTER, 11, 'mrn'),
    ].flatMap(({ innerBlock, outerBlock }) => [
      innerBlock.toString('hex'),
      outerBlock.toString('hex'),
    ]);
    assert.equal(new Set(blocks).size, 16);
  });

  it('refuses short master keys and versions that pseudonyms have no room for', () => {
    assert.throws(() => derivePseudonymKeys(Buffer.alloc(31), 1, 'mrn'), /at least 32 bytes/);
    for (const version of [0, -1, 1.5, 100]) {
      assert.throws(() => createMaskKeys(MASTER, version), assert.AssertionError);
    }
  });
});

describe('createMaskKeys', () => {
  it('derives the same keys, once', () => {
    const keys = createMaskKeys(MASTER, 3);
    assert.equal(keys.derive('vault', 'mrn'), keys.derive('vault', 'mrn'));
    assert.deepEqual(keys.derive('vault', 'mrn'), derivePseudonymKeys(MASTER, 3, 'mrn', 'vault'));
  });

  it('does not follow later changes of the buffer that it was given', () => {
    const master = Buffer.from(MASTER);
    const keys = createMaskKeys(master, 1);
    master.fill(0);
    assert.deepEqual(keys.derive('pseudonym', 'a'), derivePseudonymKeys(MASTER, 1, 'a'));
  });

  it('tells master keys and versions apart by their fingerprints', () => {
    const keys = [
      createMaskKeys(MASTER, 1),
      createMaskKeys(MASTER, 2),
      createMaskKeys(Buffer.alloc(32), 1),
    ];
    assert.equal(new Set(keys.map(({ fingerprint }) => fingerprint)).size, 3);
    assert.equal(createMaskKeys(MASTER, 1).fingerprint, keys[0]?.fingerprint);
  });
});
