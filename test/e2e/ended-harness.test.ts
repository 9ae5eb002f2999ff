import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ENVIRONMENT = fileURLToPath(new URL('../ssh/environment.ts', import.meta.url));
/** Starts a host and a gateway with its embedded PostgreSQL, says where they are, and waits. */
const HARNESS = `
const { startSshEnvironment } = await import(${JSON.stringify(ENVIRONMENT)});
const { process: gateway, sshd, dataDirectory } = await startSshEnvironment();
console.log(JSON.stringify({ pids: [gateway.pid, sshd.pid], dataDirectory }));
setInterval(() => {}, 1_000);`;

interface Started {
  readonly pids: readonly number[];
  readonly dataDirectory: string;
}

describe('a harness that ends', () => {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGKILL'] as const) {
    it(`leaves no gateway, PostgreSQL or host behind: ${signal}`, async () => {
      const harness = spawn(process.execPath, ['--input-type=module', '-e', HARNESS], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [line] = (await once(createInterface(harness.stdout), 'line')) as [string];
      const { pids, dataDirectory } = JSON.parse(line) as Started;
      const postgres = findPostmaster(dataDirectory);
      const all = [...pids, postgres];
      for (const pid of all) assert(isRunning(pid), `${pid}`);
      harness.kill(signal);
      await once(harness, 'exit');
      while (all.some(isRunning)) await wait(50);
    });
  }
});

/** The number of the process of a PostgreSQL server that keeps its data somewhere below a directory. */
function findPostmaster(directory: string): number {
  const found = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  const file = found.find((path) => path.endsWith('postmaster.pid'));
  assert(file !== undefined);
  return Number(readFileSync(join(directory, file), 'utf8').split('\n')[0]);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
