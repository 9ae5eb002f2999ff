import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Principal } from '../identity/principal.ts';
import { loadPolicySet, type PolicySet } from './policy-set.ts';
import { decideRevelation, type RevealQuestion } from './reveal.ts';

const NURSE: Principal = {
  kind: 'person',
  id: 'demo:nora',
  issuer: 'demo',
  subject: 'nora',
  displayName: 'Nora',
  groups: ['nurses'],
  signIn: 'oidc-token',
  expiresAtMs: 0,
};

describe('decideRevelation', () => {
  it('shows a class only where a policy permits it, and says which', () => {
    const policySet = load(`
      @id("nurses-see-names")
      permit(principal in Group::"nurses", action == Action::"reveal", resource == DataClass::"hospital/name");`);
    const { shown } = decideRevelation(policySet, ask(['name', 'ssn']));
    assert.deepEqual([...shown], [['name', ['nurses-see-names']]]);
  });

  it('shows nothing by a policy about operations on the target', () => {
    const policySet = load(`
      @id("read") permit(principal, action in Action::"sql.read", resource);`);
    assert.equal(decideRevelation(policySet, ask(['name'])).shown.size, 0);
  });

  it('takes the target for what its classes are in', () => {
    const policySet = load(`
      @id("all-of-hospital")
      permit(principal, action == Action::"reveal", resource in Target::"hospital")
      unless { resource.name == "ssn" };`);
    assert.deepEqual([...decideRevelation(policySet, ask(['name', 'ssn'])).shown.keys()], ['name']);
    const other = { ...ask(['name']), target: { name: 'lab', kind: 'postgres', labels: {} } };
    assert.equal(decideRevelation(policySet, other).shown.size, 0);
  });

  it('masks what would need a review, and what cannot be evaluated', () => {
    const policySet = load(`
      @id("all") permit(principal, action == Action::"reveal", resource);
      @id("ask-first") @review("privacy-officers")
      forbid(principal, action == Action::"reveal", resource) when { resource.name == "ssn" };`);
    assert.deepEqual([...decideRevelation(policySet, ask(['name', 'ssn'])).shown.keys()], ['name']);
  });
});

function load(text: string): PolicySet {
  const loading = loadPolicySet([{ path: 'test.cedar', text }]);
  assert.equal(loading.kind, 'loaded', JSON.stringify(loading));
  assert(loading.kind === 'loaded');
  return loading.policySet;
}

function ask(classNames: readonly string[]): RevealQuestion {
  return {
    principal: NURSE,
    target: { name: 'hospital', kind: 'postgres', labels: {} },
    place: { database: 'hospital', account: '' },
    classNames: new Set(classNames),
  };
}
