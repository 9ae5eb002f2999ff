import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import {
  parseCpuMicroseconds,
  readCpuMicroseconds,
  readResidentBytes,
  readThreadMicroseconds,
} from './process-usage.ts';

describe('parseCpuMicroseconds', () => {
  it('adds user and system time, whatever the name of the process holds', () => {
    const stat = '42 (a) b (c) S 1 42 42 0 -1 4194560 100 0 0 0 150 50 0 0 20 0 1 0 100 1 1';
    assert.equal(parseCpuMicroseconds(stat), 2e6);
  });
});

describe('readResidentBytes', () => {
  it('agrees with what Node.js says about itself', () => {
    const ratio = readResidentBytes(process.pid) / process.memoryUsage.rss();
    assert(ratio > 0.5 && ratio < 2, String(ratio));
  });
});

describe('readCpuMicroseconds', () => {
  it('counts what processes do that were started, and started again', async () => {
    const started = spawn('sh', ['-c', 'sh -c "while :; do :; done" & wait'], { detached: true });
    const { pid } = started;
    assert(pid !== undefined);
    try {
      while (readCpuMicroseconds(pid) < 100_000) await setTimeout(20);
      assert(readThreadMicroseconds(pid) < 100_000);
      assert(readResidentBytes(pid) > 0);
    } finally {
      process.kill(-pid, 'SIGKILL');
    }
  });
});
