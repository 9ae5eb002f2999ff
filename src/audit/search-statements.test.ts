import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openTestKeys } from '../encryption/day-keys.fixture.ts';
import { goOnBehind } from './go-on-behind.fixture.ts';
import { openLedger } from './ledger.ts';
import { seal } from './seal.ts';
import { type FoundStatement, searchStatements } from './search-statements.ts';

const ENTRIES = 2_000;

let dataDirectory: string;

function search(
  text: string,
  signal = new AbortController().signal,
): Promise<ReadonlyMap<string, readonly FoundStatement[]>> {
  const keys = openTestKeys(dataDirectory);
  return searchStatements(path.join(dataDirectory, 'ledger'), text, { keys, signal });
}

describe('searchStatements', () => {
  before(async () => {
    dataDirectory = await mkdtemp(path.join(tmpdir(), 'sallyport-search-'));
    const dayKeys = openTestKeys(dataDirectory);
    await using ledger = await openLedger({
      dataDirectory,
      dayKeys,
      logName: 'gw',
      nowMs: () => 0,
    });
    const append = (session: string, text: string): Promise<void> =>
      new Promise((resolve) => {
        const entry = { kind: 'operation', session, content: { text } } as const;
        ledger.append(entry, 'written', () => resolve());
      });
    await Promise.all(
      Array.from({ length: ENTRIES }, (_, index) => append('s1', `SELECT ${index} FROM notes`)),
    );
    await append('s2', 'SELECT mrn FROM Patients');
  });
  after(() => rm(dataDirectory, { recursive: true }));

  it('finds the statements that hold all words, in whatever case, by session', async () => {
    const found = await search('patients MRN');
    assert.deepEqual([...found.keys()], ['s2']);
    assert.equal(found.get('s2')?.[0]?.text, 'SELECT mrn FROM Patients');
    assert.equal((await search('notes')).get('s1')?.length, 3);
    assert.equal((await search('patients notes')).size, 0);
  });

  it('finds each statement once, though a segment that failed holds what the next one took over', async () => {
    {
      const dayKeys = openTestKeys(dataDirectory);
      const place = { dataDirectory, dayKeys, logName: 'gw2' };
      await using ledger = await openLedger({ ...place, nowMs: () => 0 });
      for (const text of ['SELECT 1 FROM wards', 'SELECT 2 FROM wards']) {
        await seal(ledger, { kind: 'operation', session: 's3', content: { text } });
      }
    }
    await goOnBehind(path.join(dataDirectory, 'ledger', 'gw2'), 1);
    const texts = (await search('wards')).get('s3')?.map(({ text }) => text);
    assert.deepEqual(texts?.toSorted(), ['SELECT 1 FROM wards', 'SELECT 2 FROM wards']);
  });

  it('lets other work have its turn all along', async () => {
    let isDone = false;
    const searching = search('nothing like it').finally(() => {
      isDone = true;
    });
    let turns = 0;
    while (!isDone) {
      turns += 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
    await searching;
    assert.ok(turns >= ENTRIES / 64, `${turns} turns`);
  });

  it('ends amid a segment when nobody waits any more', async () => {
    const gone = new AbortController();
    const searching = search('nothing like it', gone.signal);
    setImmediate(() => gone.abort());
    await assert.rejects(searching, { name: 'AbortError' });
  });
});
