import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type CancelAttempt, type CancelKey, CancelKeys, type Cancellable } from './cancel-keys.ts';

const HOME = '192.0.2.7';
const ELSEWHERE = '198.51.100.9';

function requestWith(
  { processId, secretKey }: CancelKey,
  clientAddress: string = HOME,
): CancelAttempt {
  return { type: 'CancelRequest', processId, secretKey, clientAddress };
}

function sessionOf(processId: number, minorVersion: number, clientAddress = HOME): Cancellable {
  return { processId, minorVersion, clientAddress };
}

describe('CancelKeys', () => {
  it('cancels the session whose key is shown, and no other', () => {
    const keys = new CancelKeys();
    const cancelled: string[] = [];
    const one = keys.add(sessionOf(41, 0), async () => void cancelled.push('one'));
    keys.add(sessionOf(41, 0), async () => void cancelled.push('other'));
    void keys.cancel(requestWith(one));
    assert.deepEqual(cancelled, ['one']);
  });

  it('makes keys as long as the protocol has them', () => {
    const keys = new CancelKeys();
    assert.equal(keys.add(sessionOf(41, 0), async () => undefined).secretKey.length, 4);
    assert.equal(keys.add(sessionOf(41, 2), async () => undefined).secretKey.length, 32);
  });

  it('takes no key of another length, nor one with a bit changed', () => {
    const keys = new CancelKeys();
    let count = 0;
    const key = keys.add(sessionOf(41, 2), async () => void count++);
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
    const key = keys.add(sessionOf(41, 0), async () => void count++);
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

  it('goes on listening to who is where the session came from, however often others guess', () => {
    const keys = new CancelKeys(undefined, () => 5_000);
    const cancelled: string[] = [];
    const home = keys.add(sessionOf(41, 0), async () => void cancelled.push('home'));
    const network = sessionOf(41, 0, '2001:db8:1:2::3');
    const other = keys.add(network, async () => void cancelled.push('network'));
    const wrong = Buffer.from(home.secretKey.map((byte) => byte ^ 0xff));
    for (let guesses = 0; guesses < 1_000; guesses++) {
      for (const address of [ELSEWHERE, ''])
        void keys.cancel(requestWith({ ...home, secretKey: wrong }, address));
    }
    void keys.cancel(requestWith(home, ELSEWHERE));
    assert.deepEqual(cancelled, []);
    void keys.cancel(requestWith(home, '::ffff:192.0.2.7'));
    // Another address of the same network, as browsers and laptops change theirs.
    void keys.cancel(requestWith(other, '2001:db8:1:ffff::1'));
    assert.deepEqual(cancelled, ['home', 'network']);
  });

  it('counts no long keys, which nobody guesses', () => {
    const keys = new CancelKeys(undefined, () => 0);
    const cancelled: string[] = [];
    const short = keys.add(sessionOf(41, 0), async () => void cancelled.push('short'));
    const long = keys.add(sessionOf(41, 2), async () => void cancelled.push('long'));
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
    const one = keys.add(sessionOf(41, 2), async () => void cancelled.push('one'));
    const other = keys.add(sessionOf(41, 2), async () => void cancelled.push('other'));
    keys.delete(one);
    void keys.cancel(requestWith(one));
    void keys.cancel(requestWith(other));
    assert.deepEqual(cancelled, ['other']);
  });

  it('passes every request on, but not those that were passed on', () => {
    const passedOn: number[] = [];
    const keys = new CancelKeys(({ processId }) => passedOn.push(processId));
    const key = keys.add(sessionOf(41, 0), () => assert.fail('the session is over'));
    keys.delete(key);
    void keys.cancel(requestWith(key));
    void keys.cancelHere(requestWith(key));
    assert.deepEqual(passedOn, [41]);
  });
});
