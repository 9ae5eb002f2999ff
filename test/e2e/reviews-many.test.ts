import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { query, type RawConnection, signIn } from './raw-connection.ts';
import { type ReviewedGateway, startReviewedGateway } from './reviewed-gateway.ts';

const WAITING = 1_000;
/** Connections that sign in at the same time. */
const AT_ONCE = 20;
const SAMPLES = 50;

describe('a thousand statements that wait for review', () => {
  let gateway: ReviewedGateway;
  const connections: RawConnection[] = [];
  before(async () => {
    gateway = await startReviewedGateway({
      policies: `@id("look") @review("privacy-officers") @reason("look")
        forbid (principal, action == Action::"sql.delete", resource);`,
      connectionsMax: WAITING + 100,
      waitingPerPrincipalMax: 1_000,
    });
  });
  after(async () => {
    for (const connection of connections) connection[Symbol.dispose]();
    await gateway[Symbol.asyncDispose]();
  });

  it('wait without being in the way of others, and each gets its own answer', async (t) => {
    for (let from = 0; from < WAITING; from += AT_ONCE) {
      const group = Array.from({ length: AT_ONCE }, () => signIn(gateway.as('ana')));
      connections.push(...(await Promise.all(group)));
    }
    for (const [index, connection] of connections.entries()) {
      connection.send(query(`DELETE FROM notes WHERE id = ${100_000 + index}`));
    }
    await Promise.all(connections.map((connection) => connection.messagesUntil('N')));
    const { requests } = gateway.process.access.stores;
    // All of them were told that they wait; now all of them are in the store.
    const ids = new Map<number, string>();
    while (ids.size < WAITING) {
      let cursor: string | undefined;
      do {
        const page = await requests.list({ states: ['pending'], limit: 200, cursor });
        for (const item of page.items) {
          if (item.kind !== 'operation') continue;
          ids.set(Number(/\d+$/.exec(item.operation.text)?.[0]) - 100_000, item.id);
        }
        cursor = page.nextCursor;
      } while (cursor !== undefined);
    }

    using other = await signIn(gateway.as('petra'));
    const direct = await time(200, async () => {
      other.send(query('SELECT 1'));
      await other.messagesUntil('Z');
    });
    t.diagnostic(`another session, one statement: ${show(direct)}`);

    const latencies = await time(SAMPLES, async (index) => {
      await gateway.review(ids.get(index) ?? '', 'approve');
      const answers = await connections[index]?.messagesUntil('Z');
      assert.equal(answers?.map(({ type }) => type).join(''), 'CZ');
    });
    t.diagnostic(`from approval to answer, with ${WAITING} waiting: ${show(latencies)}`);
    for (let index = SAMPLES; index < SAMPLES + 10; index++) {
      await gateway.review(ids.get(index) ?? '', 'reject', `no ${index}`);
      const answers = await connections[index]?.messagesUntil('Z');
      assert.match(answers?.[0]?.body.toString('utf8') ?? '', new RegExp(`no ${index}`));
    }
  });
});

/** Milliseconds that each of several runs took, in order. */
async function time(
  runs: number,
  run: (index: number) => Promise<void>,
): Promise<readonly number[]> {
  const taken: number[] = [];
  for (let index = 0; index < runs; index++) {
    const startedAtMs = performance.now();
    await run(index);
    taken.push(performance.now() - startedAtMs);
  }
  return taken.toSorted((one, other) => one - other);
}

function show(sorted: readonly number[]): string {
  const at = (share: number): string => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1);
  return `median ${at(0.5)} ms, 99 % ${at(0.99)} ms`;
}
