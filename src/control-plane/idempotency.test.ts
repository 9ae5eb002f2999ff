import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MemoryIdempotencyStore } from '../../test/control-plane/memory-stores.ts';
import { type Answer, answerJson, answerProblem } from './answer.ts';
import { isIdempotencyKey, type OnceKey, serveOnce } from './idempotency.ts';

const ONCE: OnceKey = { principalId: 'idp:ana', key: 'k', requestSha256: Buffer.alloc(32, 1) };

const NOW = () => 0;

describe('serveOnce', () => {
  it('does a request once, and answers it again as it was answered', async () => {
    const store = new MemoryIdempotencyStore();
    let served = 0;
    const serve = async (): Promise<Answer> => answerJson({ served: ++served }, 201);
    const first = await serveOnce(store, ONCE, NOW, serve);
    assert.deepEqual(first, answerJson({ served: 1 }, 201));
    assert.deepEqual(await serveOnce(store, ONCE, NOW, serve), first);
    assert.equal(served, 1);
  });

  it('does one of many that come at once; the others are told to ask again', async () => {
    const store = new MemoryIdempotencyStore();
    const gate = Promise.withResolvers<void>();
    let served = 0;
    const serve = async (): Promise<Answer> => {
      served += 1;
      await gate.promise;
      return answerJson({});
    };
    const all = Array.from({ length: 20 }, () => serveOnce(store, ONCE, NOW, serve));
    gate.resolve();
    const answers = await Promise.all(all);
    assert.equal(served, 1);
    assert.equal(answers.filter(({ kind }) => kind === 'json').length, 1);
    for (const answer of answers) {
      if (answer.kind === 'problem') assert.equal(answer.problem.status, 409);
    }
  });

  it('says that a request is still being served, for as long as it is', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    const store = new MemoryIdempotencyStore();
    const gate = Promise.withResolvers<Answer>();
    const serving = serveOnce(store, ONCE, NOW, () => gate.promise);
    await Promise.resolve();
    t.mock.timers.tick(120_000);
    assert.equal(store.renewed.length, 8);
    gate.resolve(answerJson({}));
    await serving;
    t.mock.timers.tick(120_000);
    assert.equal(store.renewed.length, 8);
  });

  it('refuses a key that came with another request', async () => {
    const store = new MemoryIdempotencyStore();
    await serveOnce(store, ONCE, NOW, async () => answerJson({}));
    const other = { ...ONCE, requestSha256: Buffer.alloc(32, 2) };
    const answer = await serveOnce(store, other, NOW, () => assert.fail('must not be served'));
    assert.equal(answer.kind === 'problem' && answer.problem.status, 422);
  });

  it('keeps keys of different principals apart', async () => {
    const store = new MemoryIdempotencyStore();
    await serveOnce(store, ONCE, NOW, async () => answerJson({ of: 'ana' }));
    const bob = { ...ONCE, principalId: 'idp:bob' };
    const answer = await serveOnce(store, bob, NOW, async () => answerJson({ of: 'bob' }));
    assert.deepEqual(answer, answerJson({ of: 'bob' }));
  });

  it('keeps a refusal, and lets what failed be tried again', async () => {
    const store = new MemoryIdempotencyStore();
    const refused = answerProblem('conflict', 'it is over');
    assert.deepEqual(await serveOnce(store, ONCE, NOW, async () => refused), refused);
    const again = await serveOnce(store, ONCE, NOW, () => assert.fail('must not be served'));
    assert.equal(again.kind === 'problem' && again.problem.title, 'it is over');

    const other = { ...ONCE, key: 'other' };
    const failing = serveOnce(store, other, NOW, () => Promise.reject(new Error('ledger is down')));
    await assert.rejects(failing, /ledger is down/);
    const busy = answerProblem('unavailable', 'later');
    assert.deepEqual(await serveOnce(store, other, NOW, async () => busy), busy);
    const done = await serveOnce(store, other, NOW, async () => answerJson({}));
    assert.equal(done.kind, 'json');
  });
});

describe('isIdempotencyKey', () => {
  it('takes what is printed, and nothing else', () => {
    assert.ok(isIdempotencyKey('6f1c2f5e-0e0a-4a8f'));
    for (const key of ['', ' ', 'a b', 'é', 'a\n', 'x'.repeat(129)]) {
      assert.equal(isIdempotencyKey(key), false, key);
    }
  });
});
