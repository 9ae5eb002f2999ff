import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { networkOf, originOf, plainAddress } from './client-address.ts';

describe('plainAddress', () => {
  it('names an IPv4 client alike, whatever socket it came to', () => {
    assert.equal(plainAddress('10.1.2.3'), '10.1.2.3');
    assert.equal(plainAddress('::ffff:10.1.2.3'), '10.1.2.3');
    assert.equal(plainAddress('::FFFF:10.1.2.3'), '10.1.2.3');
    for (const other of ['::ffff:1:2', '64:ff9b::10.1.2.3', '2001:db8::1', 'unknown']) {
      assert.equal(plainAddress(other), other);
    }
  });
});

describe('networkOf', () => {
  it('is alike for addresses of one network, however they are spelled', () => {
    assert.equal(networkOf('10.1.2.3'), '10.1.2.0/24');
    assert.equal(networkOf('::ffff:10.1.2.9'), '10.1.2.0/24');
    assert.equal(networkOf('2001:db8:7::1'), '2001:db8:7::/48');
    assert.equal(networkOf('2001:0DB8:0007:1:2:3:4:5'), '2001:db8:7::/48');
    assert.equal(networkOf('2001:db8:7::ffff:192.0.2.1'), '2001:db8:7::/48');
    assert.equal(networkOf('::1'), '0:0:0::/48');
    assert.equal(networkOf('fe80::1%eth0'), 'fe80:0:0::/48');
    assert.equal(networkOf('unix'), 'unix');
  });
});

describe('originOf', () => {
  it('is one IPv4 address, or a network of IPv6', () => {
    assert.equal(originOf('10.1.2.3'), '10.1.2.3');
    assert.equal(originOf('::ffff:10.1.2.3'), '10.1.2.3');
    assert.equal(originOf('2001:db8:7:1::1'), originOf('2001:DB8:7:2::%eth0'));
    assert.notEqual(originOf('2001:db8:8::1'), originOf('2001:db8:7::1'));
    assert.equal(originOf('unknown'), 'unknown');
  });
});
