import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { GatewayList, GatewayProcessView } from '../../src/api/gateway-process.ts';
import { eventually } from '../connector/eventually.ts';
import { callApi } from '../e2e/call-api.ts';
import { query, signIn } from '../e2e/raw-connection.ts';
import { type Gateways, type Member, startGateways } from './environment.ts';

describe('the list of gateways on one store', () => {
  let gateways: Gateways;
  let first: Member;
  let second: Member;
  before(async () => {
    gateways = await startGateways({
      count: 2,
      gateway: [[['drain'], { announce: '1s', timeout: '1m' }]],
    });
    [first, second] = gateways.members as [Member, Member];
  });
  after(() => gateways[Symbol.asyncDispose]());

  /** The other gateway, as the first shows it. Undefined: it does not. */
  async function findOther(): Promise<GatewayProcessView | undefined> {
    const list = await callApi<GatewayList>(first.api('petra'), 'GET', '/v1/gateways');
    return list.processes.find(({ gateway }) => gateway === second.name);
  }

  function becomes(state: GatewayProcessView['state']): Promise<GatewayProcessView> {
    return eventually(`the other gateway ${state}`, async () => {
      const other = await findOther();
      return other?.state === state ? other : undefined;
    });
  }

  it('has one that ends until its last session is over, and not afterwards', async () => {
    await becomes('serving');
    using running = await signIn(second.side('ana'));
    running.send(query('SELECT 1'));
    await running.messagesUntil('Z');
    const ended = second.process.drain();
    const { drainingSince, sessions, problems } = await becomes('draining');
    assert(drainingSince !== undefined);
    assert.deepEqual([sessions, problems], [1, []]);
    running.socket.end();
    assert.equal(await ended, 0);
    assert.equal(await findOther(), undefined);
  });

  it('misses one that died, until it is there again', async () => {
    await second.start();
    await becomes('serving');
    await second.process.kill();
    const { problems } = await becomes('silent');
    assert.match(
      problems[0] ?? '',
      /^silent since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC: it died, or/,
    );
    await second.start();
    assert.deepEqual((await becomes('serving')).problems, []);
  });
});
