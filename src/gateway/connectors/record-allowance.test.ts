import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RecordAllowance } from './record-allowance.ts';

const MESSAGE_BYTES = 512 * 1024;

describe('RecordAllowance', () => {
  it('holds up who has more entered than it can have to say', () => {
    let nowMs = 0;
    const allowance = new RecordAllowance(() => nowMs);
    let entered = 0;
    while (nowMs < 3_600_000) {
      nowMs += allowance.take('mallory', MESSAGE_BYTES, 0);
      entered += MESSAGE_BYTES;
    }
    assert.ok(entered < 64 * 1024 * 1024, `${entered} bytes in an hour`);
  });

  it('holds up nobody else, and nobody by coming again', () => {
    let nowMs = 0;
    const allowance = new RecordAllowance(() => nowMs);
    for (let sent = 0; sent < 100; sent++) allowance.take('mallory', MESSAGE_BYTES, 0);
    allowance.keep(new Set());
    assert.ok(allowance.take('mallory', 1, 0) > 0);
    assert.equal(allowance.take('ward', MESSAGE_BYTES, 0), 0);
    nowMs = 86_400_000;
    allowance.keep(new Set());
    assert.equal(allowance.take('mallory', MESSAGE_BYTES, 0), 0);
  });

  it('lets records of a thousand streams that are open come as they are written', () => {
    let nowMs = 0;
    const allowance = new RecordAllowance(() => nowMs);
    for (; nowMs < 600_000; nowMs += 2_000) {
      // Of each stream one of 700 bytes.
      assert.equal(allowance.take('ward', 1_000 * 700, 1_000), 0);
    }
  });
});
