import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FairQueue } from './fair-queue.ts';

const anybody = (): boolean => true;

describe('FairQueue', () => {
  it('takes owner by owner, and what each has in its order', () => {
    const queue = new FairQueue<string>();
    for (const item of ['a1', 'a2', 'a3', 'b1', 'c1', 'c2']) queue.add(item.slice(0, 1), item);
    const taken = Array.from({ length: 7 }, () => queue.take(anybody));
    assert.deepEqual(taken, ['a1', 'b1', 'c1', 'a2', 'c2', 'a3', undefined]);
    assert.equal(queue.size, 0);
  });

  it('passes over owners who may not have a turn', () => {
    const queue = new FairQueue<string>();
    queue.add('a', 'a1');
    queue.add('b', 'b1');
    const notA = (owner: string): boolean => owner !== 'a';
    assert(queue.hasTurn(notA));
    assert.equal(queue.take(notA), 'b1');
    assert(!queue.hasTurn(notA));
    assert.equal(queue.take(notA), undefined);
    assert.equal(queue.size, 1);
  });

  it('forgets what is removed, and says whether it was there', () => {
    const queue = new FairQueue<string>();
    queue.add('a', 'a1');
    queue.add('a', 'a2');
    assert(queue.remove('a', 'a1'));
    assert(!queue.remove('a', 'a1'));
    assert(!queue.remove('b', 'a2'));
    assert.equal(queue.take(anybody), 'a2');
  });
});
