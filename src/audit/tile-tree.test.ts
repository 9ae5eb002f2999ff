import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { hashLeaf, MerkleFrontier } from './merkle-frontier.ts';
import { verifyConsistency, verifyInclusion } from './merkle-proof.ts';
import { REFERENCE_ENTRIES } from './reference-entries.fixture.ts';
import { TileError, TileTree } from './tile-tree.ts';

/** Its proofs: index, size, path. */
const REFERENCE_INCLUSION: readonly [number, number, readonly string[]][] = [
  [0, 1, []],
  [1, 2, ['6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d']],
  [
    0,
    8,
    [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  ],
  [
    5,
    8,
    [
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  ],
  [2, 3, ['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125']],
  [
    1,
    5,
    [
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  ],
];

/** Its proofs: old size, size, path. */
const REFERENCE_CONSISTENCY: readonly [number, number, readonly string[]][] = [
  [1, 1, []],
  [
    1,
    8,
    [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  ],
  [
    6,
    8,
    [
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  ],
  [
    2,
    5,
    [
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  ],
];

let directory: string;

const leafOf = (entry: Buffer): Buffer => Buffer.from(hashLeaf(entry), 'hex');

/** A tree of less than 256 entries is one tile. */
async function treeOf(name: string, leaves: readonly Buffer[]): Promise<TileTree> {
  const log = path.join(directory, name);
  await mkdir(path.join(log, 'tile/0/000.p'), { recursive: true });
  await writeFile(path.join(log, 'tile/0/000.p', String(leaves.length)), Buffer.concat(leaves));
  return new TileTree(log, leaves.length);
}

function rootOf(leaves: readonly Buffer[]): Buffer {
  const frontier = new MerkleFrontier();
  for (const leaf of leaves) frontier.append(leaf);
  return frontier.root();
}

/** All shapes of small trees, and those around the next power of two. */
const SIZES = [...Array.from({ length: 40 }, (_, index) => index + 1), 63, 64, 65, 128, 130];

const LEAVES = Array.from({ length: 130 }, (_, index) => leafOf(Buffer.from(`entry ${index}`)));

/** Before and after the tests of one `describe`. */
function prepareTests(): void {
  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'sallyport-tiles-'));
  });
  after(() => rm(directory, { recursive: true }));
}

describe('TileTree', () => {
  prepareTests();

  it('proves as the reference implementation does', async () => {
    const leaves = REFERENCE_ENTRIES.map(leafOf);
    for (const [index, size, expected] of REFERENCE_INCLUSION) {
      const tree = await treeOf('reference', leaves.slice(0, size));
      const proof = await tree.proveInclusion(index);
      assert.deepEqual(
        proof.map((bytes) => bytes.toString('hex')),
        expected,
      );
    }
    for (const [oldSize, size, expected] of REFERENCE_CONSISTENCY) {
      const tree = await treeOf('reference', leaves.slice(0, size));
      const proof = await tree.proveConsistency(oldSize);
      assert.deepEqual(
        proof.map((bytes) => bytes.toString('hex')),
        expected,
      );
    }
  });

  it('proves every entry of small trees, and that each continues each', async () => {
    const roots = Array.from({ length: 131 }, (_, size) => rootOf(LEAVES.slice(0, size)));
    const forged = rootOf([leafOf(Buffer.from('forged')), ...LEAVES.slice(1, 9)]);
    for (const size of SIZES) {
      const tree = await treeOf('small', LEAVES.slice(0, size));
      const root = roots[size] as Buffer;
      assert((await tree.root()).equals(root));
      for (const [index, leafHash] of LEAVES.slice(0, size).entries()) {
        const claim = { index, size, leafHash, root };
        const proof = await tree.proveInclusion(index);
        assert(verifyInclusion(claim, proof), `${index} of ${size}`);
        assert(!verifyInclusion({ ...claim, index: (index + 1) % (size + 1) }, proof));
      }
      for (let oldSize = 0; oldSize <= size; oldSize++) {
        const claim = { oldSize, oldRoot: roots[oldSize] as Buffer, size, root };
        const proof = await tree.proveConsistency(oldSize);
        assert(verifyConsistency(claim, proof), `${oldSize} to ${size}`);
        assert(!verifyConsistency({ ...claim, oldRoot: forged }, proof));
      }
    }
  });

  it('says when a tile is missing or cut', async () => {
    const tree = new TileTree(path.join(directory, 'none'), 3);
    await assert.rejects(tree.root(), TileError);
    await treeOf('cut', LEAVES.slice(0, 3));
    await writeFile(path.join(directory, 'cut/tile/0/000.p/3'), Buffer.alloc(95));
    await assert.rejects(new TileTree(path.join(directory, 'cut'), 3).root(), TileError);
  });
});

describe('verifyInclusion and verifyConsistency', () => {
  prepareTests();

  it('refuse paths that are longer, shorter, changed or of other lengths', async () => {
    const size = 100;
    const tree = await treeOf('changed', LEAVES.slice(0, size));
    const root = rootOf(LEAVES.slice(0, size));
    const inclusion = { index: 37, size, leafHash: LEAVES[37] as Buffer, root };
    const consistency = { oldSize: 37, oldRoot: rootOf(LEAVES.slice(0, 37)), size, root };
    const path = await tree.proveInclusion(37);
    const between = await tree.proveConsistency(37);
    for (const change of [
      (proof: readonly Buffer[]) => [...proof, Buffer.alloc(32)],
      (proof: readonly Buffer[]) => proof.slice(1),
      (proof: readonly Buffer[]) => proof.slice(0, -1),
      (proof: readonly Buffer[]) => proof.toReversed(),
      (proof: readonly Buffer[]) => proof.with(0, hash('sha256', 'other', 'buffer')),
      (proof: readonly Buffer[]) => proof.with(0, Buffer.alloc(31)),
      () => [],
    ]) {
      assert(!verifyInclusion(inclusion, change(path)));
      assert(!verifyConsistency(consistency, change(between)));
    }
  });

  it('refuse an old tree that is larger, and a path to itself', () => {
    const root = rootOf(LEAVES);
    const claim = { oldSize: 131, oldRoot: root, size: 130, root };
    assert(!verifyConsistency(claim, []));
    assert(verifyConsistency({ ...claim, oldSize: 130 }, []));
    assert(!verifyConsistency({ ...claim, oldSize: 130 }, [root]));
    assert(!verifyConsistency({ ...claim, oldSize: 130, oldRoot: Buffer.alloc(32) }, []));
  });
});
