import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { callApi } from '../e2e/call-api.ts';
import { type PrivatePostgres, startPrivatePostgres } from '../e2e/private-postgres.ts';
import { errorFields, query, type RawConnection, signIn } from '../e2e/raw-connection.ts';
import { startGateways } from '../gateways/environment.ts';
import { type GatewayStack, startGatewayStack } from './gateway-stack.ts';
import { becomes } from './process-status.ts';

const WAIT_MS_MAX = 30_000;
const HELD = `
@id("all") permit (principal, action, resource);
@id("look") @review("privacy-officers") @reason("Deleting is looked at first")
forbid (principal, action == Action::"sql.delete", resource);
`;

/** The SQLSTATE that a session ends with. */
async function readFarewell(session: RawConnection): Promise<string | undefined> {
  const [error] = await session.messagesUntil('E');
  return error && errorFields(error.body)['C'];
}

describe('a gateway that drains', () => {
  let server: PrivatePostgres;
  before(async () => {
    server = await startPrivatePostgres({ version: 'debian' });
  });
  after(() => server[Symbol.asyncDispose]());

  function start(drain: object): Promise<GatewayStack> {
    return startGatewayStack({
      targetPort: server.port,
      gateway: [
        [['drain'], drain],
        [['metrics'], { address: '127.0.0.1:0' }],
      ],
    });
  }

  async function isStopping(stack: GatewayStack): Promise<void> {
    const isLogged = (): boolean => stack.gateway().log().includes('gateway.stopping');
    assert(await becomes(isLogged, WAIT_MS_MAX));
  }

  it('ends what still runs when its time is over', async () => {
    await using stack = await start({ announce: '0s', timeout: '1s' });
    using idle = await signIn(stack.side());
    const ended = stack.gateway().drain();
    assert.equal(await readFarewell(idle), '57P01');
    assert.equal(await ended, 0);
  });

  it('ends what still runs when it is told once more', async () => {
    await using stack = await start({ announce: '0s', timeout: '5m' });
    using idle = await signIn(stack.side());
    const ended = stack.gateway().drain();
    await isStopping(stack);
    process.kill(stack.gateway().pid, 'SIGTERM');
    assert.equal(await readFarewell(idle), '57P01');
    assert.equal(await ended, 0);
  });

  it('is not ready from the first moment, and takes sessions while it announces that', async () => {
    await using stack = await start({ announce: '5m', timeout: '5m' });
    const { metrics } = stack.gateway();
    assert(metrics);
    const readiness = (): Promise<Response> => fetch(`http://127.0.0.1:${metrics.port}/readyz`);
    assert.equal((await readiness()).status, 200);
    const ended = stack.gateway().drain();
    await isStopping(stack);
    const answer = await readiness();
    assert.equal(answer.status, 503);
    assert.match(await answer.text(), /the gateway is stopping/);
    using late = await signIn(stack.side());
    late.send(query('SELECT 1'));
    assert((await late.messagesUntil('Z')).some(({ type }) => type === 'D'));
    process.kill(stack.gateway().pid, 'SIGINT');
    assert.equal(await ended, 0);
  });
});

describe('a statement that waits for its review in a gateway that drains', () => {
  it('can still be approved there, and runs', async () => {
    await using gateways = await startGateways({
      count: 1,
      policies: HELD,
      gateway: [[['drain'], { announce: '0s', timeout: '5m' }]],
    });
    const [member] = gateways.members;
    assert(member);
    using session = await signIn(member.side('ana'));
    session.send(query('DELETE FROM patients WHERE false'));
    const notice = (await session.messagesUntil('N')).at(-1);
    const id = /\breq_[\w-]+/.exec(notice?.body.toString() ?? '')?.[0];
    assert(id);
    const ended = member.process.drain();
    const isLogged = (): boolean => member.process.log().includes('gateway.stopping');
    assert(await becomes(isLogged, WAIT_MS_MAX));
    await callApi(member.api('petra'), 'POST', `/v1/requests/${id}/reviews`, {
      verdict: 'approve',
      comment: 'as agreed',
    });
    assert((await session.messagesUntil('Z')).some(({ type }) => type === 'C'));
    session.socket.end();
    assert.equal(await ended, 0);
  });
});
