import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import {
  parseCpuMicroseconds,
  readCpuMicroseconds,
  readResidentBytes,
  readThreadMicroseconds,
} from './process-usage.ts';

function readChildren(pid: number): readonly string[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1');
  return children.split(' ').filter(Boolean);
}

function isZombie(pid: string): boolean {
  return readFileSync(`/proc/${pid}/status`, 'latin1').includes('(zombie)');
}

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

  it('takes those for nothing that have ended, as servers of a PostgreSQL do all the time', async () => {
    // What the first becomes nobody asks: its parent is another program by then.
    const started = spawn('sh', ['-c', 'true & exec sleep 600'], { detached: true });
    const { pid } = started;
    assert(pid !== undefined);
    try {
      while (!readChildren(pid).some(isZombie)) await setTimeout(20);
      assert(readResidentBytes(pid) > 0);
      assert(readCpuMicroseconds(pid) >= 0);
    } finally {
      process.kill(-pid, 'SIGKILL');
    }
  });
});
