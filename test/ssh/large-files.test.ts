import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type SshEnvironment, startSshEnvironment, TARGET } from './environment.ts';
import { runProgram } from './run-program.ts';

const FILE_BYTES = 2 * 1024 ** 3;
/** Far less than the file, far more than what its buffers take. */
const GROWTH_BYTES_MAX = 256 * 1024 ** 2;

/** The most memory that a process has had, in bytes. */
async function readPeak(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
}

async function digest(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 ** 2 })) {
    hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}

describe('a file of 2 GB', () => {
  let world: SshEnvironment;
  let directory: string;
  let expected: string;
  let peak: number;
  before(async () => {
    world = await startSshEnvironment();
    directory = await mkdtemp(join(tmpdir(), 'sallyport-large-'));
    // Mostly holes, which take no room on disk; what is written says where it belongs.
    const file = await open(join(directory, 'large'), 'w');
    await file.truncate(FILE_BYTES);
    for (let at = 0; at < FILE_BYTES; at += 10_000_019) await file.write(`at ${at}`, at);
    await file.close();
    expected = await digest(join(directory, 'large'));
    // What a first copy needs is there for every other.
    const options = await world.optionsFor('ana');
    const args = [...options, '/usr/bin/ssh', `${TARGET}@127.0.0.1:warm`];
    assert.equal((await runProgram('scp', args)).code, 0);
    peak = await readPeak(world.process.pid);
  });
  after(async () => {
    await world[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });

  for (const [name, from, to] of [
    ['goes up', 'large', ''],
    ['comes down', '', 'back'],
  ] as const) {
    it(`${name} whole, in constant memory`, async () => {
      const options = await world.optionsFor('ana');
      const place = (file: string): string =>
        file === '' ? `${TARGET}@127.0.0.1:large` : join(directory, file);
      const outcome = await runProgram('scp', [...options, place(from), place(to)]);
      assert.equal(outcome.code, 0, outcome.stderr);
      const copy = to === '' ? join(world.sshd.home, 'large') : place(to);
      assert.equal(await digest(copy), expected);
      const growth = (await readPeak(world.process.pid)) - peak;
      assert(growth < GROWTH_BYTES_MAX, `${growth} bytes more`);
    });
  }
});
