import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resolveTarget, type TargetAddress } from './resolve-target.ts';

function lookUp(...addresses: readonly string[]): () => Promise<readonly TargetAddress[]> {
  return () =>
    Promise.resolve(
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
}

describe('resolveTarget', () => {
  it('takes an address that is spelled out as it is, and asks nobody', async () => {
    const never = (): never => assert.fail('nobody is asked');
    for (const [address, family] of [
      ['10.0.0.1', 4],
      ['127.0.0.1', 4],
      ['169.254.169.254', 4],
      ['::1', 6],
    ] as const) {
      assert.deepEqual(await resolveTarget(address, never), [{ address, family }]);
    }
  });

  it('takes all addresses of a name', async () => {
    const found = await resolveTarget('api.internal', lookUp('10.0.0.1', 'fd12::1'));
    assert.deepEqual(
      found.map(({ address }) => address),
      ['10.0.0.1', 'fd12::1'],
    );
  });

  for (const addresses of [
    ['127.0.0.1'],
    ['0.0.0.0'],
    ['169.254.169.254'],
    ['::1'],
    ['::'],
    ['::ffff:127.0.0.1'],
    ['::ffff:169.254.169.254'],
    ['fe80::1'],
    ['fd00:ec2::254'],
    ['10.0.0.1', '169.254.169.254'],
    [],
  ]) {
    it(`takes no name that stands for ${addresses.join(' and ') || 'nothing'}`, async () => {
      await assert.rejects(resolveTarget('api.internal', lookUp(...addresses)), {
        code: 'ERR_UPSTREAM_UNREACHABLE',
      });
    });
  }

  it('takes localhost for this machine, and for no other', async () => {
    assert.equal((await resolveTarget('localhost', lookUp('127.0.0.1', '::1'))).length, 2);
    await assert.rejects(resolveTarget('localhost', lookUp('10.0.0.1')), {
      code: 'ERR_UPSTREAM_UNREACHABLE',
    });
  });

  it('tells that a name is not found', async () => {
    const fail = (): never => {
      throw new Error('ENOTFOUND');
    };
    await assert.rejects(resolveTarget('no-such-host.invalid', fail), {
      code: 'ERR_UPSTREAM_UNREACHABLE',
    });
  });
});
