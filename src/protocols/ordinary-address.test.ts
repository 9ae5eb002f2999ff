import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isOrdinaryAddress } from './ordinary-address.ts';

describe('isOrdinaryAddress', () => {
  for (const address of [
    '127.0.0.1',
    '127.255.255.254',
    '0.0.0.0',
    '169.254.169.254',
    '169.254.0.1',
    '100.100.100.200',
    '192.0.0.192',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    '::ffff:127.0.0.1',
    '::ffff:a9fe:a9fe',
    '64:ff9b::7f00:1',
    'fe80::1',
    'ff02::1',
    'fd00:ec2::254',
    'localhost',
    '2130706433',
    '0x7f.1',
    '',
  ]) {
    it(`does not take "${address}"`, () => assert.equal(isOrdinaryAddress(address), false));
  }

  for (const address of ['10.0.0.1', '192.0.2.1', '2001:db8::1', 'fd12::1']) {
    it(`takes "${address}"`, () => assert.equal(isOrdinaryAddress(address), true));
  }
});
