import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networkOf } from './network-of.ts';

test('addresses of one network are alike, however they are spelled', () => {
  assert.equal(networkOf('10.1.2.3'), '10.1.2.0/24');
  assert.equal(networkOf('::ffff:10.1.2.9'), '10.1.2.0/24');
  assert.equal(networkOf('2001:db8:7::1'), '2001:db8:7::/48');
  assert.equal(networkOf('2001:0DB8:0007:1:2:3:4:5'), '2001:db8:7::/48');
  assert.equal(networkOf('::1'), '0:0:0::/48');
  assert.equal(networkOf('fe80::1%eth0'), 'fe80:0:0::/48');
  assert.equal(networkOf('unix'), 'unix');
});
