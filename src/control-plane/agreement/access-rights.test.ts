import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Policies } from '../../gateway/policies.ts';
import {
  ALICE,
  HOSPITAL,
  loadPolicies,
  NO_GRANTS,
  PERMIT_ALL,
} from '../../gateway/session.fixture.ts';
import { AccessRights } from './access-rights.ts';

function open(policies: Policies): AccessRights {
  return new AccessRights({
    policies,
    targets: () => [HOSPITAL],
    gatewayName: () => 'g',
    grants: NO_GRANTS,
    delegations: { listRunningTo: () => Promise.resolve([]) },
    people: { find: () => Promise.resolve(undefined) },
    isDisabled: () => false,
    nowMs: () => 0,
  });
}

describe('AccessRights', () => {
  it('are those of the policies in force, and none while they may be old', () => {
    const policies = new Policies(loadPolicies(PERMIT_ALL));
    const rights = open(policies);
    const look = (): readonly boolean[] => [
      rights.decide(ALICE, 'hospital', 'request.read', { owner: 'okta:bob' }).kind === 'allow',
      rights.mayReadOf(ALICE, 'hospital', 'okta:bob'),
      rights.mayOnGateway(ALICE, 'people.read'),
    ];
    assert.deepEqual(look(), [true, true, true]);
    policies.setCurrent(false);
    assert.deepEqual(look(), [false, false, false]);
    policies.setCurrent(true);
    assert.deepEqual(look(), [true, true, true]);
    policies.replace(loadPolicies('@id("none") forbid(principal, action, resource);'));
    assert.deepEqual(look(), [false, false, false]);
  });
});
