import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openTestKeys } from '../encryption/day-keys.fixture.ts';
import { layOutLog } from './lay-out-log.ts';
import { openLedger } from './ledger.ts';
import { logPaths } from './ledger-layout.ts';
import { LogTail } from './log-tail.ts';
import { hashLeaf } from './merkle-frontier.ts';
import { expireEntries } from './retention/expire-entries.ts';
import { seal } from './seal.ts';
import { readCheckpoint, splitNote } from './signed-note.ts';
import { TileTree } from './tile-tree.ts';

const SIZE = 600;
let directory: string;
let log: string;

/** As a client of tiled logs does: entries of 2 bytes length and as many bytes. */
function splitBundle(bundle: Buffer): readonly Buffer[] {
  const entries: Buffer[] = [];
  for (let offset = 0; offset < bundle.length; ) {
    const start = offset + 2;
    offset = start + bundle.readUInt16BE(offset);
    assert(offset <= bundle.length);
    entries.push(bundle.subarray(start, offset));
  }
  return entries;
}

async function readCheckpointOf(laidOut: string): Promise<{ size: number; root: Buffer }> {
  const note = splitNote(await readFile(path.join(laidOut, 'checkpoint'), 'utf8'));
  assert(typeof note === 'object');
  const read = readCheckpoint(note.text);
  assert(read.state === 'signed');
  return read.checkpoint;
}

describe('layOutLog', () => {
  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'sallyport-tiles-'));
    log = logPaths(directory, 'gw-1.0').log;
    const dayKeys = openTestKeys(directory);
    const options = { dataDirectory: directory, dayKeys, logName: 'gw-1.0', nowMs: () => 0 };
    await using ledger = await openLedger({ ...options, segmentBytesMax: 16_384 });
    const content = { text: 'select 1' };
    for (let entry = 0; entry < SIZE - 1; entry++) {
      const fields = { kind: 'sign-in', principal: `okta:${entry}`, content } as const;
      // Segments change when a batch is on the disk.
      if (entry % 50 === 0) await seal(ledger, fields);
      else ledger.append(fields, 'written', assert.ifError);
    }
    await seal(ledger, { kind: 'gateway.stop' });
  });
  after(() => rm(directory, { recursive: true }));

  it('lays out what leads from each entry to the root that was signed, and no content', async () => {
    const target = path.join(directory, 'whole');
    assert.deepEqual(await layOutLog(log, target), { size: SIZE, bundlesLeftOut: 0 });
    const { size, root } = await readCheckpointOf(target);
    const tree = new TileTree(target, size);
    assert((await tree.root()).equals(root));
    const entries: Buffer[] = [];
    for (const bundle of ['000', '001', '002.p/88']) {
      entries.push(...splitBundle(await readFile(path.join(target, 'tile/entries', bundle))));
    }
    const stored = await Array.fromAsync(new LogTail(log).readOn(), ({ bytes }) =>
      bytes.toString(),
    );
    assert.deepEqual(entries.map(String), stored);
    for (const [index, entry] of entries.entries()) {
      assert.equal((await tree.leafHash(index)).toString('hex'), hashLeaf(entry));
    }
  });

  it('leaves out bundles with entries that expired, and keeps the tiles over them', async () => {
    const [first = '', second = ''] = (await readdir(log))
      .filter((name) => name.endsWith('.segment'))
      .toSorted();
    assert(Number.parseInt(second, 10) < 256);
    await expireEntries(path.join(log, first), Number.parseInt(second, 10));
    const target = path.join(directory, 'thinned');
    assert.deepEqual(await layOutLog(log, target), { size: SIZE, bundlesLeftOut: 1 });
    const { size, root } = await readCheckpointOf(target);
    assert((await new TileTree(target, size).root()).equals(root));
    assert(!existsSync(path.join(target, 'tile/entries/000')));
    assert(existsSync(path.join(target, 'tile/entries/001')));
  });
});
