import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { countPeaks, hashLeaf, MerkleFrontier } from './merkle-frontier.ts';
import { REFERENCE_ENTRIES } from './reference-entries.fixture.ts';

/** Its roots for the first 1 to 8 of them. */
const REFERENCE_ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

/** The definition of RFC 6962 section 2.1 as it stands there: recursive over all entries. */
function rootByDefinition(entries: readonly Buffer[]): Buffer {
  const [only] = entries;
  if (only === undefined) return createHash('sha256').digest();
  if (entries.length === 1) return createHash('sha256').update(Buffer.of(0)).update(only).digest();
  let split = 1;
  while (split * 2 < entries.length) split *= 2;
  return createHash('sha256')
    .update(Buffer.of(1))
    .update(rootByDefinition(entries.slice(0, split)))
    .update(rootByDefinition(entries.slice(split)))
    .digest();
}

function append(frontier: MerkleFrontier, entry: Buffer): void {
  frontier.append(Buffer.from(hashLeaf(entry), 'hex'));
}

describe('MerkleFrontier', () => {
  it('gives the SHA-256 of nothing for no entries', () => {
    assert.equal(
      new MerkleFrontier().root().toString('hex'),
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
  });

  it('gives the roots of the reference implementation', () => {
    const frontier = new MerkleFrontier();
    const roots = REFERENCE_ENTRIES.map((entry) => {
      append(frontier, entry);
      return frontier.root().toString('hex');
    });
    assert.deepEqual(roots, REFERENCE_ROOTS);
  });

  it('agrees with the definition at every size up to 130', () => {
    const frontier = new MerkleFrontier();
    const entries: Buffer[] = [];
    for (let size = 1; size <= 130; size++) {
      const entry = Buffer.from(`entry ${size}`);
      entries.push(entry);
      append(frontier, entry);
      assert.equal(frontier.size, size);
      assert.deepEqual(frontier.root(), rootByDefinition(entries));
    }
  });

  it('continues from its peaks at every size up to 130', () => {
    const whole = new MerkleFrontier();
    for (let size = 0; size <= 130; size++) {
      const continued = new MerkleFrontier(whole.size, whole.peaks());
      const next = Buffer.from(`entry ${size}`);
      append(continued, next);
      append(whole, next);
      assert.deepEqual(continued.root(), whole.root());
    }
  });

  it('does not continue from peaks that do not fit the size', () => {
    assert.throws(() => new MerkleFrontier(3, Buffer.alloc(32)));
  });

  it('does not change when its root is asked for or its peaks are written to', () => {
    const frontier = new MerkleFrontier();
    for (const entry of REFERENCE_ENTRIES.slice(0, 7)) append(frontier, entry);
    frontier.peaks().fill(0);
    frontier.root().fill(0);
    assert.equal(frontier.root().toString('hex'), REFERENCE_ROOTS[6]);
  });
});

describe('countPeaks', () => {
  it('counts binary ones beyond 32 bits', () => {
    assert.equal(countPeaks(0), 0);
    assert.equal(countPeaks(2 ** 40 + 2 ** 33 + 1), 3);
    assert.equal(countPeaks(Number.MAX_SAFE_INTEGER), 53);
  });
});
