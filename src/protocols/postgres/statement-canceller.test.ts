import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { StatementCanceller } from './statement-canceller.ts';

describe('StatementCanceller', () => {
  it('sends at once when nothing waits', () => {
    let sent = 0;
    void new StatementCanceller(async () => void sent++).cancel();
    assert.equal(sent, 1);
  });

  it('lets a request wait for the statement that it means, and sends it once', () => {
    let sent = 0;
    let isHolding = true;
    const canceller = new StatementCanceller(async () => void sent++);
    canceller.isHolding = () => isHolding;
    void canceller.cancel();
    void canceller.cancel();
    canceller.released();
    assert.equal(sent, 0, 'the statement still waits');
    isHolding = false;
    canceller.released();
    canceller.released();
    assert.equal(sent, 1);
  });

  it('sends a few requests at a time, and one for all that come meanwhile', async () => {
    const requests: PromiseWithResolvers<void>[] = [];
    const canceller = new StatementCanceller(() => {
      const request = Promise.withResolvers<void>();
      requests.push(request);
      return request.promise;
    });
    let doneCount = 0;
    const all = Array.from({ length: 1_000 }, () => canceller.cancel().then(() => doneCount++));
    assert.equal(requests.length, 4);
    requests[0]?.resolve();
    await setImmediate();
    assert.deepEqual([requests.length, doneCount], [5, 1], 'all others wait for the fifth');
    for (const request of requests) request.resolve();
    await Promise.all(all);
    assert.equal(requests.length, 5);
    void canceller.cancel();
    assert.equal(requests.length, 6, 'what comes later is sent at once');
  });

  it('sends nothing that nobody asked for', () => {
    let sent = 0;
    const canceller = new StatementCanceller(async () => void sent++);
    canceller.released();
    assert.equal(sent, 0);
  });

  it('gives up what waits for people, also if it only came to that after the request', () => {
    let sent = 0;
    const canceller = new StatementCanceller(async () => {
      sent += 1;
    });
    let isHeld = false;
    let withdrawn = 0;
    canceller.isHolding = () => true;
    canceller.withdraw = () => {
      if (isHeld) withdrawn += 1;
      return isHeld;
    };
    void canceller.cancel();
    canceller.released();
    assert.deepEqual([sent, withdrawn], [0, 0]);
    isHeld = true;
    canceller.released();
    assert.deepEqual([sent, withdrawn], [0, 1]);
    canceller.isHolding = () => false;
    isHeld = false;
    canceller.released();
    assert.deepEqual([sent, withdrawn], [0, 1]);
  });

  it('is done once the target has taken the request, also of what waited', async () => {
    const requests: PromiseWithResolvers<void>[] = [];
    const canceller = new StatementCanceller(() => {
      const request = Promise.withResolvers<void>();
      requests.push(request);
      return request.promise;
    });
    for (const isHeld of [false, true]) {
      canceller.isHolding = () => isHeld;
      let isDone = false;
      const done = canceller.cancel().then(() => (isDone = true));
      canceller.isHolding = () => false;
      canceller.released();
      await setImmediate();
      assert.equal(isDone, false, 'the target has not taken it yet');
      requests.pop()?.resolve();
      await done;
    }
  });

  it('sends again what overtook the statement that waited, and nothing once that is answered', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      let sent = 0;
      let work: number | undefined = 1;
      const canceller = new StatementCanceller(async () => void sent++);
      canceller.atWork = () => work;
      const cancel = (isHeld: boolean): void => {
        canceller.isHolding = () => isHeld;
        void canceller.cancel();
        canceller.isHolding = () => false;
        canceller.released();
      };
      const pass = async (ms: number): Promise<void> => {
        mock.timers.tick(ms);
        await setImmediate();
      };
      cancel(true);
      await pass(100);
      assert.equal(sent, 2);
      await pass(400);
      await pass(1_600);
      await pass(10_000);
      assert.equal(sent, 4, 'not for ever');

      cancel(true);
      // The statement is answered, and the client has sent another.
      work = 2;
      await pass(10_000);
      assert.equal(sent, 5);
      work = undefined;
      cancel(true);
      work = 3;
      await pass(10_000);
      assert.equal(sent, 6, 'nobody asked to cancel what came later');
      cancel(false);
      await pass(10_000);
      assert.equal(sent, 7, 'what went to the target long before is cancelled once, as direct');
    } finally {
      mock.timers.reset();
    }
  });

  it('says while a request is on its way that nobody waits for', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      const { requests, canceller } = startCanceller();
      canceller.isHolding = () => true;
      void canceller.cancel();
      canceller.isHolding = () => false;
      canceller.released();
      assert.equal(canceller.repeating, undefined);
      mock.timers.tick(100);
      assert.notEqual(canceller.repeating, undefined);
      requests.at(-1)?.resolve();
      await setImmediate();
      assert.equal(canceller.repeating, undefined);
    } finally {
      mock.timers.reset();
    }
  });

  it('has one request on its way that nobody waits for, however many wanted to cancel', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      const { requests, canceller } = startCanceller();
      const cancel = (): void => {
        canceller.isHolding = () => true;
        void canceller.cancel();
        canceller.isHolding = () => false;
        canceller.released();
      };
      for (let count = 0; count < 1_000; count++) cancel();
      mock.timers.tick(100);
      assert.equal(requests.length, 5);
      const first = canceller.repeating;
      cancel();
      mock.timers.tick(100);
      assert.equal(requests.length, 5);
      assert.equal(canceller.repeating, first, 'what the client sends waits for this one still');
      for (const request of requests) request.resolve();
      await setImmediate();
      assert.equal(canceller.repeating, undefined);
      mock.timers.tick(400);
      assert.equal(requests.length, 7, 'one for all that came behind the four, and the next one');
    } finally {
      mock.timers.reset();
    }
  });
});

/** A canceller of a session whose target is at work, and its requests: each is on its way until the test ends it. */
function startCanceller(): {
  requests: PromiseWithResolvers<void>[];
  canceller: StatementCanceller;
} {
  const requests: PromiseWithResolvers<void>[] = [];
  const canceller = new StatementCanceller(() => {
    const request = Promise.withResolvers<void>();
    requests.push(request);
    return request.promise;
  });
  canceller.atWork = () => 1;
  return { requests, canceller };
}
