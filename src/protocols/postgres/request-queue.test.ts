import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { COPY_END, DESCRIBE, PLAIN_QUERY, SYNC } from './pending-request.ts';
import type { Prepared } from './prepared.ts';
import { RequestQueue } from './request-queue.ts';

/** Requests beyond which they are not looked through for each name. */
const MANY = 40;

describe('RequestQueue', () => {
  it('takes what is wanted behind the first, and leaves the rest in its order', () => {
    const queue = new RequestQueue();
    for (const request of [DESCRIBE, PLAIN_QUERY, SYNC, COPY_END, DESCRIBE, SYNC])
      queue.push(request);
    queue.take();
    const seen: string[] = [];
    queue.takeBehindFirst(({ kind }) => seen.push(kind) < 3);
    assert.deepEqual(seen, ['sync', 'copy-end', 'describe']);
    assert.equal(queue.size, 3);
    assert.deepEqual([queue.take(), queue.take(), queue.take()], [PLAIN_QUERY, DESCRIBE, SYNC]);
    queue.push(SYNC);
    queue.takeBehindFirst(() => assert.fail('nothing is behind it'));
    assert.equal(queue.first, SYNC);
  });

  it('finds names behind what was taken, before and after the next request', () => {
    const queue = new RequestQueue();
    const one = { text: 'one' } as Prepared;
    const two = { text: 'two' } as Prepared;
    queue.push(PLAIN_QUERY);
    queue.push({ kind: 'parse', name: 'a', prepared: one });
    queue.push(SYNC);
    queue.push({ kind: 'parse', name: 'b', prepared: two });
    for (let count = 0; count < MANY; count++) queue.push(DESCRIBE);
    assert(queue.dependsOnAnswer('parse', 'a'));
    let taken = 0;
    queue.takeBehindFirst(() => (taken += 1) <= 2);
    for (const next of [DESCRIBE, DESCRIBE]) {
      assert.deepEqual(queue.find('parse', 'b', 'unknown'), [two]);
      assert.equal(queue.find('parse', 'a', 'unknown'), 'unknown');
      assert(!queue.dependsOnAnswer('parse', 'a'));
      queue.push(next);
    }
  });

  it('looks at no more than it takes, and one behind it', () => {
    const queue = new RequestQueue();
    queue.push(PLAIN_QUERY);
    for (let count = 0; count < 1_000; count++) queue.push(COPY_END);
    let looks = 0;
    for (let copies = 0; copies < 500; copies++) {
      let isFirst = true;
      queue.takeBehindFirst(() => {
        looks += 1;
        const isWanted = isFirst;
        isFirst = false;
        return isWanted;
      });
    }
    assert.equal(queue.size, 501);
    assert.equal(looks, 1_000);
  });
});
