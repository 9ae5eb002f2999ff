import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { readEntries } from '../../src/audit/read-entries.ts';
import { CHECKOUT } from '../../tools/source-file.ts';
import { type PrivatePostgres, startPrivatePostgres } from '../e2e/private-postgres.ts';
import { query, type RawConnection, signIn } from '../e2e/raw-connection.ts';
import { SessionLoop } from '../gateways/session-loop.ts';
import { type GatewayStack, startGatewayStack } from './gateway-stack.ts';
import { becomes } from './process-status.ts';

const WAIT_MS_MAX = 180_000;
const WORKERS = 2;

const run = promisify(execFile);

describe('the processes of a gateway, replaced one after another', () => {
  let server: PrivatePostgres;
  let stack: GatewayStack;

  before(async () => {
    server = await startPrivatePostgres({ version: 'debian' });
    stack = await startGatewayStack({
      targetPort: server.port,
      gateway: [
        [['gateway', 'workers'], WORKERS],
        [['drain', 'timeout'], '5m'],
      ],
    });
  });

  after(async () => {
    await stack[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  /** Processes of the gateway that have begun to serve, by its ledger. */
  async function countStarts(): Promise<number> {
    let count = 0;
    const kinds = new Set(['gateway.start'] as const);
    for await (const _ of readEntries(stack.ledgerDirectory, { kinds })) count += 1;
    return count;
  }

  async function untilStarted(count: number): Promise<void> {
    const until = performance.now() + WAIT_MS_MAX;
    while ((await countStarts()) < count) {
      assert(performance.now() < until, stack.gateway().log());
      await delay(100);
    }
  }

  it('refuse no new session, and end none that runs', async () => {
    // More than there are processes: each has some of them.
    using opened = new DisposableStack();
    const running: RawConnection[] = [];
    for (let count = 0; count < 2 * WORKERS; count++) {
      running.push(opened.use(await signIn(stack.side())));
    }
    const starts = await countStarts();
    await using loop = new SessionLoop(() => stack.side());
    for (const [index, way] of (['signal', 'command'] as const).entries()) {
      if (way === 'signal') process.kill(stack.gateway().pid, 'SIGUSR2');
      else {
        const config = ['--config', stack.configurationDirectory];
        await run(join(CHECKOUT, 'bin/sallyport'), ['gateway', 'reload', '--restart', ...config]);
      }
      await untilStarted(starts + (index + 1) * WORKERS);
      await loop.goesOn();
      // In processes that take no connections any more.
      for (const session of running) {
        session.send(query('SELECT 1'));
        const answer = await session.messagesUntil('Z');
        assert(answer.some(({ type }) => type === 'C'));
      }
    }
    await loop.stop();
    assert.deepEqual(loop.failures, []);
  });

  it('stay when new ones cannot start', async () => {
    const starts = await countStarts();
    const file = join(stack.configurationDirectory, 'sallyport.yaml');
    await rename(file, `${file}.away`);
    process.kill(stack.gateway().pid, 'SIGUSR2');
    const isLogged = (): boolean => stack.gateway().log().includes('"where":"worker"');
    assert(await becomes(isLogged, WAIT_MS_MAX));
    await rename(`${file}.away`, file);
    using session = await signIn(stack.side());
    session.send(query('SELECT 1'));
    await session.messagesUntil('Z');
    assert.equal(await countStarts(), starts);
  });
});
