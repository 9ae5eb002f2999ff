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

describe('watchInterrupts', () => {
  it('lets a program stop in order that is told twice to', async () => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM]);
    const closed = once(child, 'close');
    const said = child.stdout.setEncoding('utf8')[Symbol.asyncIterator]();
    assert.equal((await said.next()).value, 'started');
    child.kill('SIGINT');
    assert.equal((await said.next()).value, 'stopping');
    child.kill('SIGINT');
    child.kill('SIGTERM');
    child.stdin.end();
    assert.deepEqual(await closed, [7, null]);
  });
});
