import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SELECT_FACTS } from '../policy/select-facts.fixture.ts';
import type { GuardedAction } from '../protocols/guard.ts';
import { OwnRights } from './own-rights.ts';
import { Policies } from './policies.ts';
import { ALICE, loadPolicies, makeSession, NO_GRANTS, PERMIT_ALL } from './session.fixture.ts';

const SELECT: GuardedAction = {
  action: 'sql.select',
  facts: { database: 'hospital', protocol: 'postgres', statements: 1, ...SELECT_FACTS },
};

function open(policies: Policies): () => readonly string[] {
  const parts = { policies, grants: NO_GRANTS, nowMs: () => 0, clientAddress: '10.1.2.3' };
  const rights = new OwnRights(makeSession(), ALICE, parts);
  return () => {
    const decision = rights.decide({}, () => [SELECT]);
    return [decision.kind, decision.kind === 'deny' ? decision.reason : ''];
  };
}

describe('OwnRights', () => {
  it('are those of who could connect alone', () => {
    const text = `${PERMIT_ALL} @id("no") forbid(principal, action == Action::"connect", resource)
      when { context.applicationName == "sallyport join" };`;
    const policies = new Policies(loadPolicies(text));
    const decide = open(policies);
    assert.deepEqual(decide(), ['deny', 'Alice: may not connect to this target']);
    policies.replace(loadPolicies(PERMIT_ALL));
    assert.equal(decide()[0], 'allow');
  });

  it('come back once it is known again that the policies are in force', () => {
    const policies = new Policies(loadPolicies(PERMIT_ALL));
    policies.setCurrent(false);
    const decide = open(policies);
    assert.equal(decide()[0], 'deny');
    policies.setCurrent(true);
    assert.equal(decide()[0], 'allow');
  });
});
