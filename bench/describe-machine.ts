import { execFileSync } from 'node:child_process';
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { CHECKOUT } from '../tools/source-file.ts';
import { findPostgresProgram } from './debian-programs.ts';
import { spreadOf } from './spread.ts';

/** Describes what the figures depend on, one line each. */
export function describeMachine(): string[] {
  const [first] = cpus();
  const gigabytes = (totalmem() / 2 ** 30).toFixed(0);
  return [
    `${cpus().length} cores (${first?.model.trim() ?? 'unknown'}), ${gigabytes} GiB of memory, Linux ${release()}`,
    `Node.js ${process.version}, ${versionOf(findPostgresProgram('postgres'))}, ${versionOf('/usr/sbin/pgbouncer')}`,
    `one flush of the ledger's disk (fdatasync) takes ${measureFlushMs().toFixed(2)} ms`,
  ];
}

function versionOf(program: string): string {
  const [line = ''] = execFileSync(program, ['--version'], { encoding: 'utf8' }).split('\n');
  return line.trim();
}

/** The median of 50 small appends, each flushed. */
function measureFlushMs(): number {
  const file = path.join(CHECKOUT, `.bench-flush-${process.pid}`);
  const descriptor = openSync(file, 'w');
  try {
    const times = Array.from({ length: 50 }, () => {
      const startedAtMs = performance.now();
      writeSync(descriptor, 'x'.repeat(200));
      fdatasyncSync(descriptor);
      return performance.now() - startedAtMs;
    });
    return spreadOf(times).median;
  } finally {
    closeSync(descriptor);
    rmSync(file);
  }
}
