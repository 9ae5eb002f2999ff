import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findForwardAddress, isForwardable } from './forward-address.ts';

describe('isForwardable', () => {
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
    it(`refuses "${address}"`, () => assert.equal(isForwardable(address), false));
  }

  for (const address of ['10.0.0.1', '192.0.2.1', '2001:db8::1', 'fd12::1']) {
    it(`permits "${address}"`, () => assert.equal(isForwardable(address), true));
  }
});

describe('findForwardAddress', () => {
  const target = {
    host: '192.0.2.1',
    port: 22,
    forwards: [
      { host: '192.0.2.7', port: 5432 },
      { host: '192.0.2.1', port: 22 },
      { host: '127.0.0.1', port: 5432 },
      { host: 'no-such-host.invalid', port: 80 },
    ],
  };

  it('finds what the target lists, port for port', async () => {
    const found = await findForwardAddress(target, { host: '192.0.2.7', port: 5432 });
    assert.deepEqual(found, { kind: 'found', address: '192.0.2.7' });
    const other = await findForwardAddress(target, { host: '192.0.2.7', port: 5433 });
    assert.equal(other.kind, 'refused');
  });

  for (const [host, port] of [
    ['127.0.0.1', 5432],
    ['192.0.2.1', 22],
    ['no-such-host.invalid', 80],
  ] as const) {
    it(`refuses ${host}:${port}, although it is listed`, async () => {
      assert.equal((await findForwardAddress(target, { host, port })).kind, 'refused');
    });
  }
});
