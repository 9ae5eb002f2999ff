import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';

/** Stops at its own pace: when its input ends. */
const PROGRAM = `
  import { once } from 'node:events';
  import { watchInterrupts } from ${JSON.stringify(import.meta.resolve('./watch-interrupts.ts'))};
  const ended = process.stdin.toArray();
  const interrupted = watchInterrupts();
  process.stdout.write('started');
  await once(interrupted, 'abort');
  process.stdout.write('stopping');
  await ended;
  process.exitCode = 7;
`;

/** Says all the time that it is there. */
const TALKER = `
  import { setTimeout } from 'node:timers/promises';
  import { watchInterrupts } from ${JSON.stringify(import.meta.resolve('./watch-interrupts.ts'))};
  const interrupted = watchInterrupts();
  while (!interrupted.aborted) {
    process.stdout.write('.');
    await setTimeout(5);
  }
  process.stdout.write('stopping');
  await setTimeout(5);
  process.exitCode = 7;
`;

describe('watchInterrupts', () => {
  it('lets a program stop in order that nobody reads any more, as behind tee at Ctrl-C', async () => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', TALKER]);
    const closed = once(child, 'close');
    await once(child.stdout, 'data');
    child.stdout.destroy();
    assert.deepEqual(await closed, [7, null]);
  });

  it('lets a program stop in order that is told twice to', async () => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM]);
    const closed = once(child, 'close');
    const said = child.stdout.setEncoding('utf8')[Symbol.asyncIterator]();
    assert.equal((await said.next()).value, 'started');
    child.kill('SIGINT');
    assert.equal((await said.next()).value, 'stopping');
    child.kill('SIGINT');
    child.kill('SIGTERM');
    // Its terminal is closed.
    child.kill('SIGHUP');
    child.stdin.end();
    assert.deepEqual(await closed, [7, null]);
  });
});
