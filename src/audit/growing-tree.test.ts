import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { before, describe, it } from 'node:test';
import { GrowingTree } from './growing-tree.ts';
import { MerkleFrontier } from './merkle-frontier.ts';
import { HASH_BYTES, TILE_WIDTH } from './tile-path.ts';
import { hashLevel } from './tile-tree.ts';

const SIZE = 2_000;
let leaves: Buffer[];

function treeOf(size: number, tilesMax?: number): GrowingTree {
  const tree = new GrowingTree(new MerkleFrontier(), tilesMax);
  for (const leaf of leaves.slice(0, size)) tree.append(leaf.toString('hex'));
  return tree;
}

describe('GrowingTree', () => {
  before(() => {
    leaves = Array.from({ length: SIZE }, (_, index) => hash('sha256', `leaf ${index}`, 'buffer'));
  });

  it('is the tree of its entries', () => {
    const frontier = new MerkleFrontier();
    for (const leaf of leaves) frontier.append(leaf);
    const tree = treeOf(SIZE);
    assert.equal(tree.size, SIZE);
    assert.deepEqual(tree.peaks(), frontier.peaks());
  });

  it('remembers the hashes from any entry to the end of its tile, and the hash of a tile that they end', () => {
    const tree = treeOf(SIZE);
    for (const start of [0, 1, 255, 256, 700, 1_791, 1_792, SIZE - 1]) {
      for (const end of [start + 1, start + 100, SIZE, SIZE + 500]) {
        const tileEnd = (Math.floor(start / TILE_WIDTH) + 1) * TILE_WIDTH;
        const until = Math.min(end, tileEnd, SIZE);
        const range = tree.read(start, end);
        assert.deepEqual(range?.hashes, Buffer.concat(leaves.slice(start, until)));
        const whole = Buffer.concat(leaves.slice(tileEnd - TILE_WIDTH, tileEnd));
        const tileRoot = until === tileEnd ? hashLevel(whole) : undefined;
        assert.deepEqual(range.tileRoot, tileRoot, `${start} to ${end}`);
      }
    }
  });

  it('gives what stays as it is while entries are added', () => {
    const tree = treeOf(300);
    const { hashes } = tree.read(256, 300) ?? {};
    const before = Buffer.from(hashes ?? []);
    for (const leaf of leaves.slice(300)) tree.append(leaf.toString('hex'));
    assert.equal(before.length, 44 * HASH_BYTES);
    assert.deepEqual(hashes, before);
  });

  it('knows nothing of entries that are not there yet', () => {
    const tree = treeOf(300);
    assert.equal(tree.read(300, 301), undefined);
    assert.equal(tree.read(299, 299), undefined);
    assert.equal(tree.read(512, 600), undefined);
  });

  it('goes on in the middle of a tile, with the hash of that tile but not of its first entries', () => {
    const start = new MerkleFrontier();
    for (const leaf of leaves.slice(0, 700)) start.append(leaf);
    const tree = new GrowingTree(start);
    for (const leaf of leaves.slice(700)) tree.append(leaf.toString('hex'));
    assert.equal(tree.since, 700);
    assert.equal(tree.read(699, 800), undefined);
    const range = tree.read(700, SIZE);
    assert.deepEqual(range?.hashes, Buffer.concat(leaves.slice(700, 768)));
    assert.deepEqual(range.tileRoot, hashLevel(Buffer.concat(leaves.slice(512, 768))));
  });

  it('forgets what is behind another edge', () => {
    const tree = treeOf(SIZE);
    const other = new MerkleFrontier(tree.size, tree.peaks());
    other.append(hash('sha256', 'not added here', 'buffer'));
    tree.continueFrom(other);
    assert.equal(tree.since, SIZE + 1);
    assert.equal(tree.read(SIZE, SIZE + 1), undefined);
    tree.append(hash('sha256', 'next', 'hex'));
    assert.equal(tree.read(SIZE, SIZE + 2), undefined);
    assert.equal(tree.read(SIZE + 1, SIZE + 2)?.hashes.length, HASH_BYTES);
  });

  it('keeps to its limit: the oldest go first', () => {
    const tree = treeOf(SIZE, 3);
    const since = 5 * TILE_WIDTH;
    assert.equal(tree.since, since);
    assert.equal(tree.read(since - 1, SIZE), undefined);
    assert.equal(tree.read(since, SIZE)?.hashes.length, TILE_WIDTH * HASH_BYTES);
  });

  it('forgets tiles of which nothing is asked for any more', () => {
    const tree = treeOf(SIZE);
    tree.forget(700);
    assert.equal(tree.since, 512);
    assert.equal(tree.read(511, 512), undefined);
    assert.deepEqual(tree.read(512, 513)?.hashes, leaves[512]);
    tree.forget(SIZE);
    assert.deepEqual(tree.read(SIZE - 1, SIZE)?.hashes, leaves[SIZE - 1]);
  });
});
