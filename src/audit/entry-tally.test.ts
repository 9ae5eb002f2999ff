import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { openTestKeys } from '../encryption/day-keys.fixture.ts';
import { EntryTally } from './entry-tally.ts';
import { goOnBehind } from './go-on-behind.fixture.ts';
import { openLedger } from './ledger.ts';
import { seal } from './seal.ts';

const NOW_MS = Date.UTC(2026, 0, 2, 12);

test('what a log has again behind a failure of its disk is counted once', async (t) => {
  const dataDirectory = await mkdtemp(path.join(tmpdir(), 'sallyport-tally-'));
  t.after(() => rm(dataDirectory, { recursive: true }));
  for (const logName of ['gw.0', 'gw.1']) {
    const dayKeys = openTestKeys(dataDirectory);
    await using ledger = await openLedger({ dataDirectory, dayKeys, logName, nowMs: () => NOW_MS });
    await seal(ledger, { kind: 'session.start', session: 's1' });
    for (let count = 0; count < 3; count++)
      await seal(ledger, { kind: 'operation', session: 's1' });
  }
  const ledgerDirectory = path.join(dataDirectory, 'ledger');
  const tally = new EntryTally(ledgerDirectory);
  const counted = { sessions: 2, operations: 6, refusals: 0, maskedValues: 0 };
  assert.deepEqual(await tally.read(NOW_MS), counted);
  await goOnBehind(path.join(ledgerDirectory, 'gw.0'), 2);
  assert.deepEqual(await tally.read(NOW_MS), counted);
});
