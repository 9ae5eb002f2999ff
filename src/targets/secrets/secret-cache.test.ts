import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { unavailable } from './request-service.ts';
import { type ReadSecret, SecretCache } from './secret-cache.ts';
import type { Lease, SecretReading } from './secret-source.ts';
import { SecretUse } from './secret-use.ts';
import type { SourceError } from './source-error.ts';

const MINUTE_MS = 60_000;

/** A cache with a clock that the test turns, and a source that gives `user-1`, `user-2` and so on. */
class Bench {
  nowMs = 1_000_000;
  reads = 0;
  renewals = 0;
  readonly revoked: string[] = [];
  readonly problems: string[] = [];
  /** What the next renewal gives, in milliseconds. */
  renewedForMs = 10 * MINUTE_MS;
  isAway = false;
  readonly cache = new SecretCache({
    nowMs: () => this.nowMs,
    onProblem: (key: string, { reason }: SourceError) =>
      void this.problems.push(`${key} ${reason}`),
  });
  readonly #withLease: boolean;

  constructor(kind: 'leased' | 'static' = 'leased') {
    this.#withLease = kind === 'leased';
  }

  readonly read: ReadSecret = async () => {
    this.#assertThere();
    this.reads += 1;
    const name = `user-${this.reads}`;
    const reading: SecretReading = { content: Buffer.from(name), lifetimeMs: 10 * MINUTE_MS };
    return this.#withLease ? { ...reading, lease: this.#lease(name) } : reading;
  };

  get(use?: SecretUse): Promise<string> {
    const pick = (content: unknown): string => String(content);
    return this.cache.get({ key: 'bao:db', read: this.read, pick }, use);
  }

  async pass(minutes: number): Promise<void> {
    this.nowMs += minutes * MINUTE_MS;
    await this.cache.sweep();
    // What is revoked behind the back of who asks.
    await new Promise(setImmediate);
  }

  #lease(name: string): Lease {
    return {
      renew: async () => {
        this.#assertThere();
        this.renewals += 1;
        return this.renewedForMs;
      },
      revoke: async () => {
        this.#assertThere();
        this.revoked.push(name);
      },
    };
  }

  #assertThere(): void {
    if (this.isAway) throw unavailable('it does not answer');
  }
}

describe('SecretCache', () => {
  it('asks once for all who ask at once, and then not until it is due', async () => {
    const bench = new Bench('static');
    assert.deepEqual(
      await Promise.all([bench.get(), bench.get(), bench.get()]),
      Array(3).fill('user-1'),
    );
    await bench.pass(6);
    assert.equal(await bench.get(), 'user-1');
    assert.equal(bench.reads, 1);
  });

  it('reads ahead what has no lease while the old value still serves', async () => {
    const bench = new Bench('static');
    await bench.get();
    await bench.pass(7);
    assert.equal(await bench.get(), 'user-1');
    await bench.pass(0);
    assert.equal(await bench.get(), 'user-2');
    assert.equal(bench.reads, 2);
  });

  it('uses a value until its lifetime ends and never longer, whether or not its source is there', async () => {
    const bench = new Bench('static');
    await bench.get();
    bench.isAway = true;
    await bench.pass(9.99);
    assert.equal(await bench.get(), 'user-1');
    await bench.pass(0.01);
    await assert.rejects(bench.get(), { code: 'ERR_SOURCE_UNAVAILABLE' });
    assert.deepEqual(bench.problems, ['bao:db it does not answer']);
    bench.isAway = false;
    assert.equal(await bench.get(), 'user-2');
  });

  it('counts a lifetime from when it was asked for, not from the answer', async () => {
    const bench = new Bench('static');
    const slow: ReadSecret = async (signal) => {
      bench.nowMs += 9 * MINUTE_MS;
      return bench.read(signal);
    };
    const request = { key: 'bao:slow', read: slow, pick: String };
    assert.equal(await bench.cache.get(request), 'user-1');
    await bench.pass(1.01);
    assert.equal(await bench.cache.get({ ...request, read: slow }), 'user-2');
  });

  it('hands out nothing that had ended before it came', async () => {
    const bench = new Bench('static');
    const late: ReadSecret = async (signal) => {
      bench.nowMs += 11 * MINUTE_MS;
      return bench.read(signal);
    };
    await assert.rejects(bench.cache.get({ key: 'bao:late', read: late, pick: String }), {
      reason: 'what it gave has ended already',
    });
  });

  it('renews a lease that is in use, for as long as it is', async () => {
    const bench = new Bench();
    const use = new SecretUse();
    await bench.get(use);
    for (let minutes = 0; minutes < 60; minutes += 7) await bench.pass(7);
    assert.equal(bench.renewals, 9);
    assert.equal(await bench.get(use), 'user-1');
    assert.deepEqual(bench.revoked, []);
    use.end();
    use.end();
    await bench.pass(7);
    await bench.pass(7);
    assert.deepEqual(bench.revoked, ['user-1']);
  });

  it('replaces a lease that cannot be prolonged any more: running sessions keep theirs, new ones get the new', async () => {
    const bench = new Bench();
    const running = new SecretUse();
    await bench.get(running);
    bench.renewedForMs = 4 * MINUTE_MS;
    await bench.pass(7);
    await bench.get();
    await bench.pass(0);
    const next = new SecretUse();
    assert.equal(await bench.get(next), 'user-2');
    assert.equal(await bench.get(running), 'user-1');
    assert.deepEqual(bench.revoked, [], 'its session still runs');
    running.end();
    await bench.pass(0);
    assert.deepEqual(bench.revoked, ['user-1']);
    next.end();
  });

  it('drops a lease whose source forgot it when its time is over, and revokes nothing then', async () => {
    const bench = new Bench();
    const use = new SecretUse();
    await bench.get(use);
    bench.isAway = true;
    await bench.pass(7);
    await bench.pass(2.5);
    assert.equal(await bench.get(), 'user-1');
    await bench.pass(0.6);
    await assert.rejects(bench.get(use), { code: 'ERR_SOURCE_UNAVAILABLE' });
    bench.isAway = false;
    assert.equal(await bench.get(use), 'user-2');
    use.end();
    assert.deepEqual(bench.revoked, []);
    assert(bench.problems.length > 0);
  });

  it('reads anew what a target did not take, once for all who say so, and not again for ten seconds', async () => {
    const bench = new Bench('static');
    const uses = [new SecretUse(), new SecretUse(), new SecretUse()];
    for (const use of uses) await bench.get(use);
    await bench.pass(1);
    assert.deepEqual(await Promise.all(uses.map((use) => use.reread())), [true, true, true]);
    assert.equal(bench.reads, 2);
    const again = new SecretUse();
    assert.equal(await bench.get(again), 'user-2');
    assert.equal(await again.reread(), false);
    assert.equal(bench.reads, 2);
    bench.nowMs += 10_000;
    bench.isAway = true;
    assert.equal(await again.reread(), false);
    assert.equal(await bench.get(), 'user-2');
  });

  it('says that nothing changed where nothing did', async () => {
    const bench = new Bench();
    const read = async (): Promise<SecretReading> => ({
      content: Buffer.from('same'),
      lifetimeMs: MINUTE_MS,
    });
    const use = new SecretUse();
    await bench.cache.get({ key: 'bao:same', read, pick: String }, use);
    await bench.pass(0.5);
    assert.equal(await use.reread(), false);
  });

  it('wipes what it no longer keeps', async () => {
    const bench = new Bench();
    const content = Buffer.from('user-x');
    const read = async (): Promise<SecretReading> => ({ content, lifetimeMs: MINUTE_MS });
    await bench.cache.get({ key: 'bao:x', read, pick: String });
    await bench.pass(1);
    assert.deepEqual(content, Buffer.alloc(6));
  });

  it('takes all leases back at the end, and tells of those that it cannot', async () => {
    const bench = new Bench();
    await bench.get(new SecretUse());
    await bench.cache[Symbol.asyncDispose]();
    assert.deepEqual(bench.revoked, ['user-1']);
    await bench.get();
    bench.isAway = true;
    await bench.cache[Symbol.asyncDispose]();
    assert.deepEqual(bench.problems, ['bao:db it does not answer']);
  });
});
