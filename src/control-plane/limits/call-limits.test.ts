import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CallLimits } from './call-limits.ts';
import { TokenBuckets } from './token-buckets.ts';

describe('TokenBuckets', () => {
  const RATE = { burst: 10, perSecond: 2 };

  it('gives a burst, then as fast as it fills', () => {
    const buckets = new TokenBuckets();
    for (let count = 0; count < 10; count++) assert.equal(buckets.take('a', 1, RATE, 0), undefined);
    assert.equal(buckets.take('a', 1, RATE, 0), 500);
    assert.equal(buckets.take('a', 4, RATE, 500), 1_500);
    assert.equal(buckets.take('a', 1, RATE, 500), undefined);
    assert.equal(buckets.take('b', 10, RATE, 500), undefined);
  });

  it('takes nothing for what it refuses, and never fills over its brim', () => {
    const buckets = new TokenBuckets();
    assert.equal(buckets.take('a', 9, RATE, 0), undefined);
    for (let count = 0; count < 5; count++) assert.equal(buckets.take('a', 2, RATE, 0), 500);
    assert.equal(buckets.take('a', 10, RATE, 3_600_000), undefined);
    assert.equal(buckets.take('a', 1, RATE, 3_600_000), 500);
  });

  it('lets through what costs more than its burst once it is full, and a clock go back', () => {
    const buckets = new TokenBuckets();
    assert.equal(buckets.take('a', 1_000, RATE, 10_000), undefined);
    assert.equal(buckets.take('a', 1_000, RATE, 9_000), 5_000);
  });

  it('forgets who was not seen for longest, however many keys come', () => {
    const buckets = new TokenBuckets();
    assert.equal(buckets.take('a', 10, RATE, 0), undefined);
    for (let key = 0; key < 49_999; key++) buckets.take(String(key), 1, RATE, 0);
    assert.equal(buckets.take('a', 1, RATE, 0), 500);
    for (let key = 0; key < 50_000; key++) buckets.take(`x${key}`, 1, RATE, 0);
    assert.equal(buckets.take('a', 1, RATE, 0), undefined);
  });
});

describe('CallLimits', () => {
  it('counts addresses, sign-ins and principals apart, in seconds to wait', () => {
    let addressPerSecondMax = 1;
    const limits = new CallLimits({
      addressPerSecondMax: () => addressPerSecondMax,
      nowMs: () => 0,
    });
    for (let count = 0; count < 5; count++)
      assert.equal(limits.takeAddress('192.0.2.1'), undefined);
    assert.equal(limits.takeAddress('192.0.2.1'), 1);
    assert.equal(limits.takeAddress('192.0.2.2'), undefined);
    for (let count = 0; count < 200; count++) limits.takeSignIn('192.0.2.1');
    assert.equal(limits.takeSignIn('192.0.2.1'), 1);
    assert.equal(limits.takePrincipal('idp:a', 390), undefined);
    assert.equal(limits.takePrincipal('idp:a', 90), 2);
    assert.equal(limits.takePrincipal('idp:b', 90), undefined);
    for (let count = 0; count < 5; count++) {
      assert.equal(limits.takeAddress(`2001:db8:1:${count}::1`), undefined);
    }
    assert.equal(limits.takeAddress('2001:db8:1:9::1'), 1, 'a network of IPv6 is one');
    assert.equal(limits.takeAddress('2001:db8:2::1'), undefined);
    addressPerSecondMax = 0;
    assert.equal(limits.takeAddress('192.0.2.1'), undefined);
    assert.equal(limits.takeSignIn('192.0.2.1'), undefined);
  });
});
