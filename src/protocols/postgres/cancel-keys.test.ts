import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CancelRequest } from '../../wire/postgres/cancel-request.ts';
import { type CancelKey, CancelKeys } from './cancel-keys.ts';

function requestWith({ processId, secretKey }: CancelKey): CancelRequest {
  return { type: 'CancelRequest', processId, secretKey };
}

describe('CancelKeys', () => {
  it('cancels the session whose key is shown, and no other', () => {
    const keys = new CancelKeys();
    const cancelled: string[] = [];
    const one = keys.add(41, 0, async () => void cancelled.push('one'));
    keys.add(41, 0, async () => void cancelled.push('other'));
    void keys.cancel(requestWith(one));
    assert.deepEqual(cancelled, ['one']);
  });

  it('makes keys as long as the protocol has them', () => {
    const keys = new CancelKeys();
    assert.equal(keys.add(41, 0, async () => undefined).secretKey.length, 4);
    assert.equal(keys.add(41, 2, async () => undefined).secretKey.length, 32);
  });

  it('takes no key of another length, nor one with a bit changed', () => {
    const keys = new CancelKeys();
    let count = 0;
    const key = keys.add(41, 2, async () => void count++);
    const changed = Buffer.from(key.secretKey);
    changed[31] = (changed[31] as number) ^ 1;
    for (const secretKey of [Buffer.alloc(0), key.secretKey.subarray(0, 31), changed]) {
      void keys.cancel(requestWith({ ...key, secretKey }));
    }
    assert.equal(count, 0);
  });

  it('stops listening to who guesses, for a while', () => {
    let nowMs = 5_000;
    const keys = new CancelKeys(undefined, () => nowMs);
    let count = 0;
    const key = keys.add(41, 0, async () => void count++);
    const wrong = Buffer.from(key.secretKey.map((byte) => byte ^ 0xff));
    const guess = (): void => void keys.cancel(requestWith({ ...key, secretKey: wrong }));
    for (let guesses = 0; guesses < 15; guesses++) guess();
    void keys.cancel(requestWith(key));
    assert.equal(count, 1);
    guess();
    void keys.cancel(requestWith(key));
    assert.equal(count, 1);
    nowMs += 1_000;
    void keys.cancel(requestWith(key));
    assert.equal(count, 2);
    // One more each second, and no more than in the beginning however long nobody guessed.
    guess();
    void keys.cancel(requestWith(key));
    assert.equal(count, 2);
    nowMs += 3_600_000;
    for (let guesses = 0; guesses < 16; guesses++) guess();
    void keys.cancel(requestWith(key));
    assert.equal(count, 2);
  });

  it('counts no long keys, which nobody guesses', () => {
    const keys = new CancelKeys(undefined, () => 0);
    const cancelled: string[] = [];
    const short = keys.add(41, 0, async () => void cancelled.push('short'));
    const long = keys.add(41, 2, async () => void cancelled.push('long'));
    for (let request = 0; request < 20; request++)
      void keys.cancel(requestWith({ ...long, secretKey: Buffer.alloc(32) }));
    void keys.cancel(requestWith(short));
    for (let request = 0; request < 20; request++)
      void keys.cancel(requestWith({ ...short, secretKey: Buffer.alloc(4) }));
    void keys.cancel(requestWith(long));
    assert.deepEqual(cancelled, ['short', 'long']);
  });

  it('tells sessions apart whose targets gave them the same process id', () => {
    const keys = new CancelKeys();
    const cancelled: string[] = [];
    const one = keys.add(41, 2, async () => void cancelled.push('one'));
    const other = keys.add(41, 2, async () => void cancelled.push('other'));
    keys.delete(one);
    void keys.cancel(requestWith(one));
    void keys.cancel(requestWith(other));
    assert.deepEqual(cancelled, ['other']);
  });

  it('passes every request on, but not those that were passed on', () => {
    const passedOn: number[] = [];
    const keys = new CancelKeys(({ processId }) => passedOn.push(processId));
    const key = keys.add(41, 0, () => assert.fail('the session is over'));
    keys.delete(key);
    void keys.cancel(requestWith(key));
    void keys.cancelHere(requestWith(key));
    assert.deepEqual(passedOn, [41]);
  });
});
