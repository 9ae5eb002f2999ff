import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { verifyLedger } from '../../src/audit/verify-ledger.ts';
import { LedgerChild, readStored } from './ledger-child.ts';

/** `node test/faults/ledger-kill.test.ts 200` for a longer run. */
const KILLS: number = Number(process.argv[2]) || 20;
const INDEXES_PER_ROUND = 1_000_000;
/** Longer than a writer takes to start, so that some are killed while they recover the log. */
const DELAY_MAX_MS = 400;

/** After each kill the whole log is verified: a long run goes on with a new log now and then. */
const KILLS_PER_LOG = 20;

for (let done = 0; done < KILLS; done += KILLS_PER_LOG) {
  const kills = Math.min(KILLS_PER_LOG, KILLS - done);
  it(`loses no acknowledged entry when the writer is killed ${kills} times under load`, () =>
    killRepeatedly(kills));
}

async function killRepeatedly(kills: number): Promise<void> {
  const directory = await mkdtemp(path.join(tmpdir(), 'sallyport-kill-'));
  const acknowledged: number[] = [];
  try {
    for (let round = 0; round < kills; round++) {
      const output = path.join(directory, `output-${round}`);
      const child = await LedgerChild.start(directory, output, round * INDEXES_PER_ROUND);
      if (round % 2 === 0) await child.waitFor('s', 1);
      const delayMs = Math.random() * DELAY_MAX_MS;
      await delay(delayMs);
      await child.end('SIGKILL');

      const when = `round ${round}, after ${delayMs.toFixed(1)} ms`;
      const { sealed, written, refused } = await child.told();
      acknowledged.push(...sealed, ...written);
      assert.equal(refused.size, 0, when);
      // Killed before it ever got that far, the first round may leave nothing to verify.
      if (acknowledged.length === 0) continue;
      const report = await verifyLedger(path.join(directory, 'ledger'));
      assert(report.ok, `${when}: ${JSON.stringify(report)}`);
      const { seqOfIndex } = await readStored(directory);
      const missing = acknowledged.filter((index) => !seqOfIndex.has(index));
      assert.deepEqual(missing, [], when);
    }
    assert(
      acknowledged.length > kills * 10,
      `only ${acknowledged.length} entries were acknowledged`,
    );
  } finally {
    await rm(directory, { recursive: true });
  }
}
