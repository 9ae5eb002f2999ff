import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openTestKeys } from '../encryption/day-keys.fixture.ts';
import { openLedger } from './ledger.ts';
import type { EntryFields } from './ledger-port.ts';
import { type EntryFilter, readEntries } from './read-entries.ts';

let dataDirectory: string;
let ledgerDirectory: string;

async function write(logName: string, entries: readonly [number, EntryFields][]): Promise<void> {
  let nowMs = 0;
  const clock = (): number => nowMs;
  await using ledger = await openLedger({
    dataDirectory,
    dayKeys: openTestKeys(dataDirectory),
    logName,
    nowMs: clock,
    segmentBytesMax: 300,
  });
  for (const [atMs, fields] of entries) {
    nowMs = atMs;
    await new Promise<void>((resolve) => ledger.append(fields, 'sealed', () => resolve()));
  }
}

async function texts(filter: EntryFilter = {}): Promise<unknown[]> {
  const found = await Array.fromAsync(
    readEntries(ledgerDirectory, filter, openTestKeys(dataDirectory)),
  );
  return found.map(({ entry }) => entry.text);
}

describe('readEntries', () => {
  before(async () => {
    dataDirectory = await mkdtemp(path.join(tmpdir(), 'sallyport-entries-'));
    ledgerDirectory = path.join(dataDirectory, 'ledger');
    await write('gw-a', [
      [1_000, { kind: 'session.start', session: 's1', content: { text: 'a1' } }],
      [3_000, { kind: 'operation', session: 's1', content: { text: 'a2 "s2"' } }],
      [5_000, { kind: 'session.end', session: 's1', content: { text: 'a3' } }],
    ]);
    await write('gw-b', [
      [2_000, { kind: 'session.start', session: 's2', content: { text: 'b1' } }],
      [4_000, { kind: 'operation', session: 's2', content: { text: 'b2' } }],
    ]);
  });

  after(() => rm(dataDirectory, { recursive: true }));

  it('leaves no file open when somebody has read enough', async () => {
    for await (const { entry } of readEntries(ledgerDirectory)) {
      if (entry.kind === 'session.start') break;
    }
    const links = await Promise.all(
      (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
    );
    assert.deepEqual(
      links.filter((link) => link.startsWith(ledgerDirectory)),
      [],
    );
  });

  it('reads all logs in the order of time, over all segments', async () => {
    assert.deepEqual(await texts(), ['a1', 'b1', 'a2 "s2"', 'b2', 'a3']);
  });

  it('picks by log, session, kind and time', async () => {
    assert.deepEqual(await texts({ logName: 'gw-b' }), ['b1', 'b2']);
    assert.deepEqual(await texts({ session: 's2' }), ['b1', 'b2']);
    assert.deepEqual(await texts({ kinds: new Set(['operation']) }), ['a2 "s2"', 'b2']);
    assert.deepEqual(await texts({ sinceMs: 2_000, untilMs: 4_000 }), ['b1', 'a2 "s2"']);
    assert.deepEqual(await texts({ session: 's3' }), []);
  });

  it('leaves out an entry that is being written, and names a damaged one', async () => {
    const log = path.join(ledgerDirectory, 'gw-b');
    const last = (await readdir(log))
      .filter((name) => name.endsWith('.segment'))
      .toSorted()
      .at(-1);
    const file = path.join(log, last ?? '');
    const whole = await readFile(file);
    await appendFile(file, Buffer.of(9, 9, 9, 9, 0, 0, 1, 0, 9));
    assert.equal((await texts()).length, 5);
    await writeFile(file, Buffer.concat([whole.subarray(0, -2), Buffer.from('!}')]));
    await assert.rejects(texts(), { code: 'ERR_LEDGER_CORRUPT', message: /record at byte \d+/ });
    await writeFile(file, whole);
  });
});
