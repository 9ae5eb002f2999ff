import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Session } from '../../protocols/protocol.ts';
import type { HttpTarget, KubernetesTarget } from '../../targets/target.ts';
import { FieldList } from '../../wire/http/field-list.ts';
import { withCaller } from './with-caller.ts';

const SESSION = {
  principal: { id: 'clinic:zoë', groups: ['nurses', 'ward 7'] },
} as unknown as Session;

function fieldsOf(...names: readonly string[]): FieldList {
  return FieldList.of(names.map((name) => [name, 'theirs']));
}

describe('withCaller, of an HTTP service', () => {
  const target = { kind: 'http', identityHeader: 'X-Caller' } as HttpTarget;

  it('sets the field of the target alone, whatever clients say in it', async () => {
    const fields = fieldsOf('x-caller', 'x_caller', 'x-sallyport-identity', 'x_sallyport-identity');
    for (const sign of [() => 'ours', () => Promise.resolve('ours')]) {
      const told = await withCaller(target, SESSION, fields, sign);
      assert.deepEqual([...told], [['x-caller', 'ours']]);
    }
  });

  it('tells nothing where the target is to be told nothing, and believes nobody either', async () => {
    const silent = { kind: 'http', identityHeader: undefined } as HttpTarget;
    const never = (): never => assert.fail('nothing is signed');
    const fields = fieldsOf('x-sallyport-identity', 'accept');
    const told = await withCaller(silent, SESSION, fields, never);
    assert.deepEqual([...told], [['accept', 'theirs']]);
  });
});

describe('withCaller, of a cluster', () => {
  const target = { kind: 'kubernetes', impersonation: { prefix: 'clinic:' } } as KubernetesTarget;
  const never = (): never => assert.fail('nothing is signed');
  const CLIENTS = fieldsOf(
    'impersonate-user',
    'impersonate_group',
    'impersonate-extra-scopes',
    'impersonate-uid',
    'x-remote-user',
    'x_remote_group',
    'x-remote-extra-a',
  );

  it('names the principal and its groups, with the prefix, and nobody whom clients name', async () => {
    const told = await withCaller(target, SESSION, CLIENTS, never);
    assert.deepEqual(
      [...told].map(([name, value]) => [name, Buffer.from(value, 'latin1').toString()]),
      [
        ['impersonate-user', 'clinic:clinic:zoë'],
        ['impersonate-group', 'clinic:nurses'],
        ['impersonate-group', 'clinic:ward 7'],
      ],
    );
  });

  it('names nobody where the credential says who asks', async () => {
    const plain = { kind: 'kubernetes', impersonation: undefined } as KubernetesTarget;
    assert.equal((await withCaller(plain, SESSION, CLIENTS, never)).size, 0);
  });

  it('sends no name on that would be more than one field', () => {
    const principal = { id: 'a\r\nimpersonate-group: system:masters', groups: [] };
    const session = { principal } as unknown as Session;
    assert.throws(() => withCaller(target, session, FieldList.empty, never));
  });
});
