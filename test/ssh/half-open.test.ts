import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'ssh2';
import { untilClosed } from '../../src/protocols/until-closed.fixture.ts';
import { type SshEnvironment, startSshEnvironment, TARGET } from './environment.ts';
import { type ProgramOutcome, runProgram } from './run-program.ts';
import { describeGateway } from './shell-session.ts';

const STRANGERS = 200;
/** Of one address, as `docs/ssh.md` has it. */
const WAITING_MAX = 32;

describe('connections that have not signed in', () => {
  let world: SshEnvironment;
  before(async () => {
    world = await startSshEnvironment();
  });
  after(() => world[Symbol.asyncDispose]());

  /** Resolves once the gateway has begun to speak, or has closed the connection. */
  async function knock(): Promise<{ readonly socket: Socket; readonly isServed: boolean }> {
    const socket = connect(world.address.port, '127.0.0.1');
    const isServed = await Promise.race([
      new Promise<true>((resolve) => socket.once('data', () => resolve(true))),
      untilClosed(socket).then(() => false),
    ]);
    return { socket, isServed };
  }

  async function runFrom(address: string): Promise<ProgramOutcome> {
    const options = await world.optionsFor('ana');
    return runProgram('ssh', [...options, '-b', address, `${TARGET}@127.0.0.1`, 'echo in']);
  }

  it('keep nobody at another address out, and are a limited number from one', async () => {
    const strangers = await Promise.all(Array.from({ length: STRANGERS }, knock));
    assert.equal(strangers.filter(({ isServed }) => isServed).length, WAITING_MAX);
    assert.match(world.process.log(), /too many connections that have not signed in/);
    const refused = await runFrom('127.0.0.1');
    assert.equal(refused.code, 255);
    const { code, stdout } = await runFrom('127.0.0.2');
    assert.deepEqual([code, stdout], [0, 'in\n']);
    for (const { socket } of strangers) socket.destroy();
    while ((await runFrom('127.0.0.1')).code !== 0) await wait(100);
  });

  it('do not include those that have', async () => {
    const clients: Client[] = [];
    for (let count = 0; count <= WAITING_MAX; count += 1) {
      const client = new Client();
      client.connect(describeGateway(world, 'ana'));
      await once(client, 'ready');
      clients.push(client);
    }
    assert.equal((await runFrom('127.0.0.1')).stdout, 'in\n');
    for (const client of clients) client.end();
  });
});
