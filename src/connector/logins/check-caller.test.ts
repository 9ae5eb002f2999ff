import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HttpTarget, KubernetesTarget } from '../../targets/target.ts';
import { FieldList } from '../../wire/http/field-list.ts';
import { checkCaller } from './check-caller.ts';

const CLUSTER = { kind: 'kubernetes', impersonation: { prefix: 'clinic:' } } as KubernetesTarget;
const SITE = { kind: 'http', identityHeader: 'X-Caller' } as HttpTarget;

type Pairs = readonly (readonly [string, string])[];

function check(
  target: KubernetesTarget | HttpTarget,
  pairs: Pairs,
  { method = 'GET', isOfGateway = false } = {},
): Pairs {
  return [...checkCaller({ method, fields: FieldList.of(pairs) }, target, isOfGateway)];
}

describe('checkCaller', () => {
  it('passes on callers that the connector’s own file lets a gateway name', () => {
    const named: Pairs = [
      ['accept', '*/*'],
      ['impersonate-user', 'clinic:ana'],
      ['impersonate-group', 'clinic:nurses'],
      ['impersonate-group', 'clinic:staff'],
    ];
    assert.deepEqual(check(CLUSTER, named), named);
  });

  it('lets no gateway be the cluster’s administrator', () => {
    const wrong: readonly Pairs[] = [
      [],
      [['impersonate-user', 'system:admin']],
      [['impersonate-user', 'ana']],
      [['impersonate-group', 'clinic:nurses']],
      [
        ['impersonate-user', 'clinic:ana'],
        ['impersonate-group', 'system:masters'],
      ],
      [
        ['impersonate-user', 'clinic:ana'],
        ['impersonate-user', 'clinic:eve'],
      ],
    ];
    for (const pairs of wrong) {
      assert.throws(
        () => check(CLUSTER, pairs),
        { code: 'ERR_HTTP_PROBLEM' },
        JSON.stringify(pairs),
      );
      const changing = { method: 'POST', isOfGateway: true };
      assert.throws(() => check(CLUSTER, pairs, changing), { code: 'ERR_HTTP_PROBLEM' });
    }
  });

  it('drops every other way to say who asks', () => {
    const named: Pairs = [['impersonate-user', 'clinic:ana']];
    const others: Pairs = [
      ['impersonate-uid', '0'],
      ['impersonate-extra-scopes', 'all'],
      ['x-remote-user', 'system:admin'],
      ['x_remote_group', 'system:masters'],
    ];
    assert.deepEqual(check(CLUSTER, [...named, ...others]), named);
    const looking = { isOfGateway: true };
    assert.deepEqual(check(CLUSTER, [...named, ...others], looking), []);
    const alone = { kind: 'kubernetes', impersonation: undefined } as KubernetesTarget;
    assert.deepEqual(check(alone, [...named, ...others]), []);
  });

  it('passes on what the gateway has signed, if the connector’s own file has a field for it', () => {
    const pairs: Pairs = [
      ['x-caller', 'signed'],
      ['accept', '*/*'],
    ];
    assert.deepEqual(check(SITE, pairs), pairs);
    const untold = { kind: 'http', identityHeader: undefined } as HttpTarget;
    assert.deepEqual(check(untold, [['x-sallyport-identity', 'signed']]), []);
  });
});
