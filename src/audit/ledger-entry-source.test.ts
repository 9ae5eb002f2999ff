import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, rmSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { openTestKeys } from '../encryption/day-keys.fixture.ts';
import type { DayKeys } from '../encryption/day-keys.ts';
import type { LogPlace, SourceEntry } from './entry-source.ts';
import { openLedger } from './ledger.ts';
import { LedgerEntrySource } from './ledger-entry-source.ts';
import { hashLeaf } from './merkle-frontier.ts';
import { expireEntries } from './retention/expire-entries.ts';

const LOG = 'gw.0';
const T0 = Date.UTC(2026, 0, 2, 12);

let data: string;
let keys: DayKeys;

/** Appends entries by a process of its own, a second apart; each process makes a segment. @param t0 Of entry 0. */
async function run(from: number, to: number, dataDirectory = data, t0 = T0): Promise<void> {
  let nowMs = t0 + from * 1_000;
  await using ledger = await openLedger({
    dataDirectory,
    dayKeys: openTestKeys(dataDirectory),
    logName: LOG,
    nowMs: () => nowMs,
    checkpointIntervalMs: 3_600_000,
  });
  for (let seq = from; seq < to; seq++) {
    nowMs = t0 + seq * 1_000;
    const content = { text: `SELECT ${seq}` };
    await new Promise<void>((resolve, reject) => {
      ledger.append({ kind: 'operation', content }, 'sealed', (error) =>
        error === undefined ? resolve() : reject(error),
      );
    });
  }
}

function openSource(withKeys = true): LedgerEntrySource {
  return new LedgerEntrySource(join(data, 'ledger'), withKeys ? keys : undefined);
}

async function readOn(
  place: LogPlace | undefined,
  source = openSource(),
): Promise<readonly SourceEntry[]> {
  return Array.fromAsync(source.readOn(LOG, place));
}

function seqs(entries: readonly SourceEntry[]): readonly number[] {
  return entries.map(({ entry }) => entry.seq);
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

/** Names of the segment files. */
function segments(directory = data): readonly string[] {
  const names = readdirSync(join(directory, 'ledger', LOG));
  return names.filter((name) => name.endsWith('.segment')).toSorted();
}

describe('LedgerEntrySource', () => {
  beforeEach(() => {
    data = mkdtempSync(join(tmpdir(), 'sallyport-source-'));
    keys = openTestKeys(data);
  });
  afterEach(() => rmSync(data, { recursive: true, force: true }));

  it('reads on behind every place, across segments', async () => {
    await run(0, 5);
    await run(5, 9);
    const all = await readOn(undefined);
    assert.deepEqual(seqs(all), range(0, 9));
    for (const { place } of all)
      assert.deepEqual(seqs(await readOn(place)), range(place.seq + 1, 9));
    await run(9, 11);
    assert.deepEqual(seqs(await readOn(all.at(-1)?.place)), [9, 10]);
    assert.deepEqual(await openSource().listLogs(), [LOG]);
  });

  it('gives content apart from the entry, and says when it has no key', async () => {
    await run(0, 1);
    const [open] = await readOn(undefined);
    assert(open !== undefined);
    assert.equal(open.entry['text'], undefined);
    assert.equal(open.content.state === 'open' && open.content.fields['text'], 'SELECT 0');
    const [sealed] = await readOn(undefined, openSource(false));
    assert.deepEqual(sealed?.content, { state: 'sealed' });
    assert.deepEqual(sealed.entry, open.entry);
    const bytes = Buffer.from(JSON.stringify(open.entry));
    assert.equal(open.leafHash, hashLeaf(bytes));
  });

  it('begins where a log went on after a failure, not behind what is void', async () => {
    await run(0, 10);
    const all = await readOn(undefined);
    // The same log as another process had gone on with it from its sixth entry.
    const other = mkdtempSync(join(tmpdir(), 'sallyport-source-'));
    try {
      await run(0, 6, other);
      await run(6, 12, other);
      const later = segments(other).at(-1) ?? '';
      const to = join(data, 'ledger', LOG, later);
      cpSync(join(other, 'ledger', LOG, later), to);
    } finally {
      rmSync(other, { recursive: true });
    }
    assert.deepEqual(seqs(await readOn(all.at(-1)?.place)), range(6, 12));
    assert.deepEqual(seqs(await readOn(undefined)), range(0, 12));
    assert.deepEqual(seqs(await readOn(all[3]?.place)), range(4, 12));
  });

  it('goes on behind what retention has taken away', async () => {
    await run(0, 4);
    const [first] = await readOn(undefined);
    await run(4, 7);
    unlinkSync(join(data, 'ledger', LOG, segments()[0] ?? ''));
    assert.deepEqual(seqs(await readOn(first?.place)), [4, 5, 6]);
    assert.deepEqual(seqs(await readOn(undefined)), [4, 5, 6]);
  });

  it('finds the place before an instant', async () => {
    await run(0, 4);
    await run(4, 8);
    const source = openSource();
    for (let seq = 0; seq <= 8; seq++) {
      const place = await source.findPlace(LOG, T0 + seq * 1_000);
      assert.equal(place?.seq, seq === 0 ? undefined : seq - 1);
      assert.deepEqual(seqs(await readOn(place)), range(seq, 8));
    }
    assert.equal((await source.findPlace(LOG, T0 + 2_500))?.seq, 2);
  });

  it('finds the first entry of a time before which the clock was set back, in whichever segment', async () => {
    await run(0, 8);
    // Its entries are from 16 seconds before those that are there.
    await run(8, 12, data, T0 - 16_000);
    const source = openSource();
    for (const seq of [0, 5, 7]) {
      const place = await source.findPlace(LOG, T0 + seq * 1_000);
      assert.deepEqual(seqs(await readOn(place)), range(seq, 12));
    }
    assert.equal((await source.findPlace(LOG, T0 + 8_000))?.seq, 11);
  });

  it('finds a place behind a segment of which all entries expired', async () => {
    await run(0, 4);
    await run(4, 8);
    await expireEntries(join(data, 'ledger', LOG, segments()[0] ?? ''), 4);
    const place = await openSource().findPlace(LOG, T0 + 4_000);
    assert.deepEqual(seqs(await readOn(place)), range(4, 8));
    assert.equal(place?.seq, 3);
  });
});
