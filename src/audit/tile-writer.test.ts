import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openTestKeys } from '../encryption/day-keys.fixture.ts';
import { createContentKey } from './content-key.ts';
import { createSegment } from './create-segment.ts';
import { EntryBatch } from './entry-batch.ts';
import { GrowingTree } from './growing-tree.ts';
import { MerkleFrontier } from './merkle-frontier.ts';
import { verifyConsistency, verifyInclusion } from './merkle-proof.ts';
import type { Checkpoint } from './signed-note.ts';
import { listPartialTiles, tilePath } from './tile-path.ts';
import { TileTree } from './tile-tree.ts';
import { TileWriter } from './tile-writer.ts';

const SIZE = 70_000;
const SEGMENT_ENTRIES = 9_999;

let directory: string;
let leaves: Buffer[];

function frontierOf(size: number): MerkleFrontier {
  const frontier = new MerkleFrontier();
  for (const leaf of leaves.slice(0, size)) frontier.append(leaf);
  return frontier;
}

function checkpointAt(size: number): Checkpoint {
  return { origin: 'gw-1.0', size, root: frontierOf(size).root() };
}

async function readTiles(): Promise<ReadonlyMap<string, Buffer>> {
  const tiles = new Map<string, Buffer>();
  for (const tile of await listTiles()) tiles.set(tile, await readFile(path.join(directory, tile)));
  return tiles;
}

async function listTiles(): Promise<readonly string[]> {
  const entries = await readdir(path.join(directory, 'tile'), {
    recursive: true,
    withFileTypes: true,
  });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)))
    .toSorted();
}

/** Before and after the tests of one `describe`. */
function prepareTests(): void {
  /** A log of several segments. */
  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'sallyport-tile-writer-'));
    leaves = [];
    const dayKey = await openTestKeys(directory).open(0);
    const contentKey = createContentKey(dayKey, 'gw-1.0').sealed;
    const frontier = new MerkleFrontier();
    while (frontier.size < SIZE) {
      const before = new MerkleFrontier(frontier.size, frontier.peaks());
      const batch = new EntryBatch();
      const end = Math.min(SIZE, frontier.size + SEGMENT_ENTRIES);
      while (frontier.size < end) {
        const leaf = Buffer.from(batch.add(`entry ${frontier.size}`, undefined), 'hex');
        leaves.push(leaf);
        frontier.append(leaf);
      }
      const start = { logName: 'gw-1.0', frontier: before, contentKey };
      const { file } = await createSegment(directory, start, [batch.bytes]);
      await file.close();
    }
  });
  after(() => rm(directory, { recursive: true }));
}

describe('tilePath', () => {
  prepareTests();

  it('writes what the specification gives as examples', () => {
    assert.equal(tilePath({ level: 0, index: 1_234_067, width: 256 }), 'tile/0/x001/x234/067');
    assert.equal(tilePath({ level: 1, index: 0, width: 17 }), 'tile/1/000.p/17');
    assert.deepEqual(listPartialTiles(70_000), [
      { level: 0, index: 273, width: 112 },
      { level: 1, index: 1, width: 17 },
      { level: 2, index: 0, width: 1 },
    ]);
    assert.deepEqual(listPartialTiles(256), [{ level: 1, index: 0, width: 1 }]);
  });
});

describe('TileWriter', () => {
  prepareTests();

  it('lays out the tiles of a tree of 70 000 entries, from several checkpoints and starts', async () => {
    const writer = new TileWriter(directory);
    for (const size of [1, 255, 256, 300, 5_000]) await writer.advance(checkpointAt(size));
    const next = new TileWriter(directory, { last: checkpointAt(5_000) });
    for (const size of [5_001, 65_535, 65_536, SIZE]) await next.advance(checkpointAt(size));

    const tiles = await listTiles();
    const whole = tiles.filter((tile) => !tile.includes('.p/'));
    assert.equal(whole.filter((tile) => tile.startsWith('tile/0/')).length, 273);
    assert.deepEqual(
      whole.filter((tile) => !tile.startsWith('tile/0/')),
      ['tile/1/000'],
    );
    for (const place of listPartialTiles(SIZE)) assert(tiles.includes(tilePath(place)));
    assert.deepEqual(
      await readFile(path.join(directory, 'tile/0/005')),
      Buffer.concat(leaves.slice(1_280, 1_536)),
    );
  });

  it('makes proofs over several levels possible', async () => {
    const { size, root } = checkpointAt(SIZE);
    const tree = new TileTree(directory, size);
    for (const index of [0, 255, 256, 5_123, 65_535, 65_536, 69_999]) {
      const claim = { index, size, leafHash: leaves[index] as Buffer, root };
      assert(verifyInclusion(claim, await tree.proveInclusion(index)), String(index));
      const old = checkpointAt(index + 1);
      const consistency = { oldSize: index + 1, oldRoot: old.root, size, root };
      assert(verifyConsistency(consistency, await tree.proveConsistency(index + 1)));
    }
  });

  it('makes tiles anew that are damaged or gone', async () => {
    await writeFile(path.join(directory, 'tile/1/000'), Buffer.alloc(8192));
    const writer = new TileWriter(directory, { last: checkpointAt(SIZE) });
    await writer.advance(checkpointAt(SIZE));
    assert((await new TileTree(directory, SIZE).root()).equals(checkpointAt(SIZE).root));

    await rm(path.join(directory, 'tile'), { recursive: true });
    const anew = new TileWriter(directory, { last: checkpointAt(SIZE) });
    await anew.advance(checkpointAt(SIZE));
    assert((await new TileTree(directory, SIZE).root()).equals(checkpointAt(SIZE).root));
  });

  it('takes leaves from memory that are there, and others from the log', async () => {
    await rm(path.join(directory, 'tile'), { recursive: true });
    await new TileWriter(directory).advance(checkpointAt(SIZE));
    const fromLog = await readTiles();
    for (const [known, tilesMax] of [
      [0, 1_000],
      [700, 1_000],
      [20_000, 30],
    ] as const) {
      await rm(path.join(directory, 'tile'), { recursive: true });
      const tree = new GrowingTree(frontierOf(known), tilesMax);
      const writer = new TileWriter(directory, { leaves: tree });
      for (const size of [20_001, 20_100, 40_000, SIZE]) {
        while (tree.size < size) tree.append((leaves[tree.size] as Buffer).toString('hex'));
        await writer.advance(checkpointAt(size));
        assert((await new TileTree(directory, size).root()).equals(checkpointAt(size).root));
      }
      const tiles = await readTiles();
      for (const [file, bytes] of fromLog) assert.deepEqual(tiles.get(file), bytes, file);
    }
  });

  it('reads no entries whose leaves are in memory', async () => {
    const elsewhere = path.join(directory, 'no-log');
    const tree = new GrowingTree(frontierOf(0));
    const writer = new TileWriter(elsewhere, { leaves: tree });
    for (const leaf of leaves) tree.append(leaf.toString('hex'));
    await writer.advance(checkpointAt(SIZE - 1));
    await writer.advance(checkpointAt(SIZE));
    assert((await new TileTree(elsewhere, SIZE).root()).equals(checkpointAt(SIZE).root));
  });

  it('makes all anew from the log if memory has other leaves', async () => {
    const tree = new GrowingTree(frontierOf(0));
    const changed = leaves.toSpliced(600, 1, Buffer.alloc(32, 7));
    for (const leaf of changed) tree.append(leaf.toString('hex'));
    await rm(path.join(directory, 'tile'), { recursive: true });
    await new TileWriter(directory, { leaves: tree }).advance(checkpointAt(SIZE));
    assert((await new TileTree(directory, SIZE).root()).equals(checkpointAt(SIZE).root));
  });

  it('says that a log contradicts a checkpoint, or ends before it', async () => {
    const { size, root } = checkpointAt(SIZE);
    const other = { origin: 'gw-1.0', size: SIZE - 1, root };
    const contradicted = { code: 'ERR_LEDGER_CORRUPT', message: /do not lead to the root/ };
    await assert.rejects(new TileWriter(directory).advance(other), contradicted);
    const longer = { origin: 'gw-1.0', size: size + 1, root };
    const missing = { code: 'ERR_LEDGER_CORRUPT', message: new RegExp(`entry ${SIZE} is not in`) };
    await assert.rejects(new TileWriter(directory).advance(longer), missing);
    await new TileWriter(directory).advance(checkpointAt(SIZE));
  });

  it('writes no tile before those beneath it: a writer that goes on looks at the uppermost', async () => {
    const elsewhere = path.join(directory, 'interrupted');
    const inTheWay = path.join(elsewhere, 'tile/0/000');
    await mkdir(path.join(inTheWay, 'full'), { recursive: true });
    const tree = new GrowingTree(frontierOf(0));
    for (const leaf of leaves.slice(0, 300)) tree.append(leaf.toString('hex'));
    const writer = new TileWriter(elsewhere, { leaves: tree });
    await assert.rejects(writer.advance(checkpointAt(300)));
    assert.deepEqual(await readdir(path.join(elsewhere, 'tile/0/001.p')), ['44']);
    const above = await readdir(path.join(elsewhere, 'tile/1'), { recursive: true });
    assert.deepEqual(above, ['000.p'], 'a directory without a tile');
    const next = new TileWriter(elsewhere, { last: checkpointAt(300), leaves: tree });
    await rm(inTheWay, { recursive: true });
    await next.advance(checkpointAt(300));
    assert.equal((await readFile(inTheWay)).length, 8192);
  });

  it('makes all anew after it could not write', async () => {
    const tiles = path.join(directory, 'tile');
    const writer = new TileWriter(directory, { last: checkpointAt(SIZE - 1_000) });
    await rm(tiles, { recursive: true });
    await writeFile(tiles, 'in the way');
    await assert.rejects(writer.advance(checkpointAt(SIZE - 500)));
    await rm(tiles);
    await writer.advance(checkpointAt(SIZE));
    assert((await new TileTree(directory, SIZE).root()).equals(checkpointAt(SIZE).root));
  });
});
