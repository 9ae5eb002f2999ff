import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type PrivatePostgres, startPrivatePostgres } from '../e2e/private-postgres.ts';
import { message, query, signIn } from '../e2e/raw-connection.ts';
import { bulkStatement, discardResult } from './bulk-result.ts';
import { type GatewayStack, startGatewayStack } from './gateway-stack.ts';
import { MemorySampler, readResidentKib } from './process-status.ts';

const MIB = 1024;
const RESULT_BYTES = 300e6;
/** What 300 MB may cost: far less than they are, far more than the collector's mood. */
const GROWTH_KIB_MAX: number = 120 * MIB;
const SAMPLE_MS = 50;
const WARMING_STATEMENTS = 500;
const SETTLED_WITHIN_KIB: number = 4 * MIB;
const SETTLE_MS = 1_000;
const SETTLE_LOOKS_MAX = 30;
const COPY_CHUNK_BYTES = 64 * 1024;

describe("a gateway's memory", () => {
  let server: PrivatePostgres;
  let stack: GatewayStack;

  before(async () => {
    server = await startPrivatePostgres({ version: 'debian' });
    stack = await startGatewayStack({ targetPort: server.port });
    using connection = await signIn(stack.side());
    // Fills the buffers and the heap that later results use again.
    await discardResult(connection, bulkStatement(RESULT_BYTES / 3));
    // Statements of different shapes, until V8 has compiled parser and policies anew for speed: that takes
    // hundreds of megabytes for seconds, once, and would drown what is measured here.
    using other = await signIn(stack.side());
    for (let index = 0; index < WARMING_STATEMENTS; index++) {
      other.send(query(`SELECT 1 AS a${index}`));
      await other.messagesUntil('Z');
    }
    await settle(stack.gateway().pid);
  });

  after(async () => {
    await stack[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  it('stays flat while a large result passes', async () => {
    const { pid } = stack.gateway();
    using connection = await signIn(stack.side());
    const before = readResidentKib(pid);
    const sampler = new MemorySampler(pid, SAMPLE_MS);
    const bytes = await discardResult(connection, bulkStatement(RESULT_BYTES));
    sampler.stop();
    assert(bytes > RESULT_BYTES);
    assert(sampler.samplesKib.length > 3, 'too few samples to tell');
    const grown = sampler.peakKib - before;
    assert(grown < GROWTH_KIB_MAX, `grew by ${grown} KiB`);
  });

  it('stays bounded with clients that stop reading, and others do not notice', async () => {
    const { pid } = stack.gateway();
    const before = readResidentKib(pid);
    const stalled = await Promise.all(Array.from({ length: 10 }, () => signIn(stack.side())));
    for (const { socket } of stalled) {
      socket.pause();
      socket.write(query(bulkStatement(RESULT_BYTES)));
    }
    await delay(2_000);
    using other = await signIn(stack.side());
    other.send(query('SELECT 1'));
    await other.messagesUntil('Z');
    const grown = readResidentKib(pid) - before;
    assert(grown < GROWTH_KIB_MAX, `ten stalled clients cost ${grown} KiB`);
    // The target waits, too: its sessions hang in a write to the gateway.
    const waiting = await server.execute(
      "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'ClientWrite'",
    );
    assert.equal(waiting, '10');

    const [first, ...others] = stalled;
    for (const { socket } of others) socket.destroy();
    assert(first);
    // Whoever goes on reading gets all of it.
    first.socket.removeAllListeners('data');
    let bytes = 0;
    const complete = new Promise<void>((resolve) => {
      first.socket.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > RESULT_BYTES) resolve();
      });
    });
    first.socket.resume();
    await complete;
    first.socket.destroy();
  });

  it('stays bounded with a client that copies in faster than the target takes it', async () => {
    const { pid } = stack.gateway();
    await server.execute('CREATE TABLE slow (line text)');
    await server.execute(`
      CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_sleep(0.05); RETURN new; END';
      CREATE TRIGGER wait BEFORE INSERT ON slow FOR EACH ROW EXECUTE FUNCTION wait()`);
    using connection = await signIn(stack.side());
    connection.send(query('COPY slow FROM STDIN'));
    await connection.messagesUntil('G');
    const before = readResidentKib(pid);
    const chunk = message(
      'd',
      Buffer.concat([Buffer.alloc(COPY_CHUNK_BYTES, 'x'), Buffer.from('\n')]),
    );
    const { socket } = connection;
    let written = 0;
    const until = performance.now() + 2_000;
    while (performance.now() < until) {
      // As much as the socket takes; the rest would be this test's own memory.
      while (socket.writableLength < COPY_CHUNK_BYTES && socket.write(chunk))
        written += chunk.length;
      await delay(1);
    }
    const grown = readResidentKib(pid) - before;
    assert(written < RESULT_BYTES / 3, `the gateway took ${written} bytes that nobody wanted yet`);
    assert(grown < GROWTH_KIB_MAX, `grew by ${grown} KiB`);
    using other = await signIn(stack.side());
    other.send(query('SELECT 1'));
    await other.messagesUntil('Z');
  });
});

/** Waits until the resident size stays as it is. */
async function settle(pid: number): Promise<void> {
  let before = readResidentKib(pid);
  for (let look = 0; look < SETTLE_LOOKS_MAX; look++) {
    await delay(SETTLE_MS);
    const now = readResidentKib(pid);
    if (Math.abs(now - before) < SETTLED_WITHIN_KIB) return;
    before = now;
  }
}
