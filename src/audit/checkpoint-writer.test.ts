import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { openTestKeys } from '../encryption/day-keys.fixture.ts';
import { changeKeyIfAsked, requestKeyChange } from './change-key.ts';
import { CheckpointFile } from './checkpoint-file.ts';
import { type Ledger, openLedger } from './ledger.ts';
import { logPaths } from './ledger-layout.ts';
import { seal } from './seal.ts';
import { verifyLedger } from './verify-ledger.ts';

const LOG = 'gw-1.0';
const COSIGNATURE = `— w1 ${Buffer.alloc(76).toString('base64')}`;

let dataDirectory: string;

function open(onEvent: (event: unknown) => void = () => undefined): Promise<Ledger> {
  const dayKeys = openTestKeys(dataDirectory);
  const nowMs = (): number => Date.UTC(2026, 0, 2, 3, 4, 5);
  return openLedger({ dataDirectory, dayKeys, logName: LOG, nowMs, onEvent });
}

describe('CheckpointWriter', () => {
  beforeEach(async () => {
    dataDirectory = await mkdtemp(path.join(tmpdir(), 'sallyport-checkpoints-'));
  });
  afterEach(() => rm(dataDirectory, { recursive: true }));

  it('has the last checkpoint heard when it closes, after those that are still being heard', async () => {
    await using ledger = await open();
    const heard: number[] = [];
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
    // A witness is asked one thing at a time: what comes meanwhile is not put to it.
    let isBusy = false;
    ledger.checkpoints.listen(async ({ size }) => {
      if (isBusy) return;
      isBusy = true;
      heard.push(size);
      await answered;
      isBusy = false;
    });
    await seal(ledger, { kind: 'gateway.start' });
    const advanced = ledger.checkpoints.advance();
    while (heard.length === 0) await nextTurn();
    await seal(ledger, { kind: 'gateway.stop' });
    const closed = ledger.close();
    await delay(100);
    answer();
    await Promise.all([advanced, closed]);
    assert.deepEqual(heard, [1, 2]);
  });

  it('lays the last checkpoint out when it closes, while an earlier one is being laid out', async () => {
    await using ledger = await open();
    const heard: number[] = [];
    ledger.checkpoints.listen(async ({ size }) => void heard.push(size));
    await seal(ledger, { kind: 'gateway.start' });
    await ledger.checkpoints.write();
    const advanced = ledger.checkpoints.advance();
    await nextTurn();
    await seal(ledger, { kind: 'gateway.stop' });
    await ledger.close();
    await advanced;
    assert.equal(heard.at(-1), 2);
    const newest = path.join(dataDirectory, 'ledger', LOG, 'checkpoint');
    assert.equal((await readFile(newest, 'utf8')).split('\n')[1], '2');
  });

  it('shows the newest checkpoint, though cosignatures of the one before come while it is laid out', async () => {
    const failed: unknown[] = [];
    await using ledger = await open((event) => failed.push(event));
    await seal(ledger, { kind: 'gateway.start' });
    const newest = path.join(dataDirectory, 'ledger', LOG, 'checkpoint');
    for (let round = 0; round < 100; round++) {
      await ledger.checkpoints.advance();
      const { last } = ledger.checkpoints;
      assert(last);
      await seal(ledger, { kind: 'sign-in' });
      await Promise.all([
        ledger.checkpoints.advance(),
        ledger.checkpoints.addCosignatures(last, [`${COSIGNATURE}\n`]),
      ]);
      assert.equal((await readFile(newest, 'utf8')).split('\n')[1], String(ledger.size));
    }
    assert.deepEqual(failed, []);
  });

  it('does not hand over to another key before what announces it is signed', async (t) => {
    const paths = logPaths(dataDirectory, LOG);
    await using ledger = await open();
    await seal(ledger, { kind: 'gateway.start' });
    await ledger.checkpoints.write();
    await requestKeyChange(paths);
    const full = Object.assign(new Error('no space'), { code: 'ENOSPC' });
    const { mock } = t.mock.method(CheckpointFile.prototype, 'append', () => Promise.reject(full));
    await assert.rejects(changeKeyIfAsked(ledger, LOG, paths), /not signed/);
    mock.restore();
    const key = await changeKeyIfAsked(ledger, LOG, paths);
    await seal(ledger, { kind: 'gateway.stop' });
    await ledger.close();
    const { logs } = await verifyLedger(path.join(dataDirectory, 'ledger'));
    assert.equal(logs[0]?.problem, undefined);
    assert(key !== undefined);
  });
});
