import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { query, signIn } from '../e2e/raw-connection.ts';
import { becomes } from '../faults/process-status.ts';
import { type Backend, Balancer } from './balancer.ts';
import { type Gateways, type Member, startGateways } from './environment.ts';
import { verifyTogether } from './join-ledgers.ts';
import { SessionLoop } from './session-loop.ts';

const SUBJECT = 'tester';
const WAIT_MS_MAX = 60_000;

describe('gateways that are restarted one after the other', () => {
  let gateways: Gateways;
  let balancer: Balancer;

  before(async () => {
    gateways = await startGateways({
      count: 2,
      gateway: [
        [['metrics'], { address: '127.0.0.1:0' }],
        [['drain'], { announce: '1s', timeout: '1m' }],
      ],
    });
    balancer = await Balancer.open();
  });

  after(async () => {
    await balancer[Symbol.asyncDispose]();
    await gateways[Symbol.asyncDispose]();
  });

  function backendOf({ process }: Member): Backend {
    assert(process.metrics);
    return { port: process.postgres.port, healthPort: process.metrics.port };
  }

  async function join(member: Member): Promise<Backend> {
    const backend = backendOf(member);
    const { readyCount } = balancer;
    balancer.add(backend);
    assert(await becomes(() => balancer.readyCount > readyCount, WAIT_MS_MAX));
    return backend;
  }

  it('refuse no new session, and end none that runs', async () => {
    const backends = new Map<Member, Backend>();
    for (const member of gateways.members) backends.set(member, await join(member));
    const [first] = gateways.members;
    assert(first);
    await using loop = new SessionLoop(() => ({ ...first.side(SUBJECT), port: balancer.port }));
    for (const member of gateways.members) {
      using running = await signIn(member.side(SUBJECT));
      running.send(query('SELECT 1'));
      await running.messagesUntil('Z');
      const ended = member.process.drain();
      assert(await becomes(() => balancer.readyCount === 1, WAIT_MS_MAX));
      // Longer than it announces: its listeners are closed by the time of the answer.
      running.send(query('SELECT pg_sleep(2)'));
      const answer = await running.messagesUntil('Z');
      assert(answer.some(({ type }) => type === 'C'));
      await loop.goesOn();
      running.socket.end();
      assert.equal(await ended, 0);
      balancer.remove(backends.get(member) ?? assert.fail());
      await member.start();
      await join(member);
    }
    await loop.stop();
    assert.deepEqual(loop.failures, []);
    for (const { process } of gateways.members) await process.stop();
    const report = await verifyTogether(gateways.members);
    assert(report.ok, JSON.stringify(report.problems));
  });
});
