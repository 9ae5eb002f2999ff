import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir, readFile, readlink, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from './eventually.ts';
import { describeSecrets } from './planted-secret.ts';
import { openPlantedWorld } from './planted-world.ts';
import { searchFile } from './search-process.ts';
import { queryOnce, useEverything, useRefused } from './use-planted.ts';

/**
 * Has a gateway die of SIGABRT whose connector has twenty secrets, all of them used, and looks through the core file
 * that the kernel writes: `node test/connector/search-core.ts`. Not among the tests, since machines decide by
 * themselves where such files go.
 */
async function main(): Promise<void> {
  const pattern = (await readFile('/proc/sys/kernel/core_pattern', 'utf8')).trim();
  if (!/^core(?:\.%p)?$/.test(pattern)) {
    throw new Error(`Cannot find the core file: the kernel gives it to ${pattern}`);
  }
  const world = await openPlantedWorld('connector');
  const [database = ''] = world.databases;
  await eventually('the targets', async () =>
    (await queryOnce(world, database)) === `${database}\n` ? true : undefined,
  );
  await useEverything(world);
  await useRefused(world);
  const { pid, ended } = world.gateway.process;
  const directory = await readlink(`/proc/${pid}/cwd`);
  const before = new Set(await readdir(directory));
  await promisify(execFile)('prlimit', ['--pid', String(pid), '--core=unlimited']);
  process.kill(pid, 'SIGABRT');
  await ended;
  const name = (await readdir(directory)).find(
    (each) => each.startsWith('core') && !before.has(each),
  );
  assert(name, `the kernel wrote no core file into ${directory}`);
  const core = join(directory, name);
  try {
    const found = new Set<string>();
    await searchFile(core, describeSecrets(world.secrets), found);
    const { size, blocks } = await stat(core);
    process.stdout.write(
      `A core file of ${size} bytes, ${blocks * 512} of them on disk: found of ${world.secrets.length} secrets: ${JSON.stringify([...found])}\n`,
    );
  } finally {
    await rm(core);
    // It complains of a gateway that did not end in order.
    await assert.rejects(async () => world[Symbol.asyncDispose](), /SIGABRT/);
  }
}

await main();
