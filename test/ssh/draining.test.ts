import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { becomes } from '../faults/process-status.ts';
import { type SshEnvironment, startSshEnvironment, TARGET } from './environment.ts';
import { runSsh, startProgram } from './run-program.ts';

const SUBJECT = 'tester';
const WAIT_MS_MAX = 60_000;

describe('SSH sessions of a gateway that drains', () => {
  let world: SshEnvironment;
  before(async () => {
    world = await startSshEnvironment({
      gateway: [[['drain'], { announce: '0s', timeout: '5m' }]],
    });
  });
  after(() => world[Symbol.asyncDispose]());

  it('go on to their end, and new ones are for other gateways', async () => {
    const options = await world.optionsFor(SUBJECT);
    // Ends when its input does.
    const { child, outcome } = startProgram('ssh', [...options, `${TARGET}@127.0.0.1`, 'cat']);
    child.stdin.write('before ');
    let printed = '';
    child.stdout.on('data', (bytes: Buffer) => {
      printed += bytes.toString();
    });
    assert(await becomes(() => printed === 'before ', WAIT_MS_MAX));
    const ended = world.process.drain();
    const isLogged = (): boolean => world.process.log().includes('gateway.stopping');
    assert(await becomes(isLogged, WAIT_MS_MAX));
    let refused = await runSsh(world, SUBJECT, [TARGET, 'true']);
    // Its listener may take a moment to close.
    while (refused.code === 0) refused = await runSsh(world, SUBJECT, [TARGET, 'true']);
    assert.match(refused.stderr, /Connection refused/);
    child.stdin.end('after');
    const { stdout, code } = await outcome;
    assert.deepEqual({ stdout, code }, { stdout: 'before after', code: 0 });
    assert.equal(await ended, 0);
  });
});
