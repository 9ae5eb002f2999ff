import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { VersionInForce } from './version-in-force.ts';

describe('VersionInForce', () => {
  /** A worker, what it was told to permit by, and how often it read the configuration. */
  function follow(): {
    readonly version: VersionInForce;
    readonly worker: { isUsable: boolean; isCurrent: boolean; reads: number };
  } {
    const worker = { isUsable: true, isCurrent: true, reads: 0 };
    const version = new VersionInForce({
      services: { policies: { setCurrent: (isCurrent) => void (worker.isCurrent = isCurrent) } },
      reload: async () => {
        worker.reads += 1;
        return worker.isUsable;
      },
    });
    return { version, worker };
  }

  it('is as the first process says, as long as the worker could read it', async () => {
    const { version, worker } = follow();
    await version.reload();
    for (const isCurrent of [false, true, false]) {
      await version.hear(isCurrent);
      assert.equal(worker.isCurrent, isCurrent);
    }
  });

  it('is not there where the worker could not read it, until it can', async () => {
    const { version, worker } = follow();
    worker.isUsable = false;
    await version.reload();
    await version.hear(true);
    assert.equal(worker.isCurrent, false);
    worker.isUsable = true;
    for (let heard = 0; heard < 10; heard++) await version.hear(true);
    assert.equal(worker.isCurrent, true);
    assert.equal(worker.reads, 2, 'it is not read with each word');
  });
});
