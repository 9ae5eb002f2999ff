import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { openTestKeys } from '../encryption/day-keys.fixture.ts';
import { changeKeyIfAsked, requestKeyChange } from './change-key.ts';
import { CheckpointFile } from './checkpoint-file.ts';
import { type Ledger, openLedger } from './ledger.ts';
import { logPaths } from './ledger-layout.ts';
import { seal } from './seal.ts';
import { verifyLedger } from './verify-ledger.ts';

const LOG = 'gw-1.0';

let dataDirectory: string;

function open(): Promise<Ledger> {
  const dayKeys = openTestKeys(dataDirectory);
  const nowMs = (): number => Date.UTC(2026, 0, 2, 3, 4, 5);
  return openLedger({ dataDirectory, dayKeys, logName: LOG, nowMs });
}

describe('CheckpointWriter', () => {
  beforeEach(async () => {
    dataDirectory = await mkdtemp(path.join(tmpdir(), 'sallyport-checkpoints-'));
  });
  afterEach(() => rm(dataDirectory, { recursive: true }));

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
