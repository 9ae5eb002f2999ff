import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SELECT_FACTS } from '../policy/select-facts.fixture.ts';
import type { GuardedAction } from '../protocols/guard.ts';
import { describeTarget } from './gateway-session.ts';
import { PatientCounts } from './patient-counts.ts';
import { Policies } from './policies.ts';
import { ALICE, HOSPITAL, loadPolicies, PERMIT_ALL } from './session.fixture.ts';

const TARGET = describeTarget(HOSPITAL);
const AT_HOSPITAL = { database: 'hospital', account: '' };

function connectTo(database: string): GuardedAction {
  const facts = {
    database,
    account: '',
    applicationName: '',
    clientAddress: '127.0.0.1',
    tls: true,
  };
  return { action: 'connect', facts };
}

const SELECT: GuardedAction = {
  action: 'sql.select',
  facts: {
    database: 'hospital',
    protocol: 'postgres',
    statements: 1,
    ...SELECT_FACTS,
  },
};

describe('Policies', () => {
  it('decides once for a key, for as long as nothing changes', () => {
    const policies = new Policies(loadPolicies(PERMIT_ALL));
    const scope = policies.scope(ALICE, TARGET, AT_HOSPITAL);
    const key = {};
    let asked = 0;
    const actions = (): readonly GuardedAction[] => {
      asked += 1;
      return [connectTo('hospital')];
    };
    assert.equal(policies.decide(key, scope, actions).kind, 'allow');
    assert.equal(policies.decide(key, scope, actions).kind, 'allow');
    assert.equal(asked, 1);
    assert.equal(policies.decide({}, scope, actions).kind, 'allow');
    assert.equal(asked, 2);
  });

  it('permits nothing while they may be old, what was decided before neither', () => {
    const policies = new Policies(loadPolicies(PERMIT_ALL));
    const scope = policies.scope(ALICE, TARGET, AT_HOSPITAL);
    const key = {};
    const decide = (): string => policies.decide(key, scope, () => [SELECT]).kind;
    assert.equal(decide(), 'allow');
    policies.setCurrent(false);
    assert.equal(decide(), 'deny');
    assert.equal(policies.decideOnce(scope, [connectTo('hospital')]).kind, 'deny');
    policies.setCurrent(true);
    assert.equal(decide(), 'allow');
  });

  it('allows only if every action is allowed', () => {
    const policies = new Policies(
      loadPolicies(
        `${PERMIT_ALL} @id("x") forbid(principal, action == Action::"connect", resource)
         when { context.database == "x" };`,
      ),
    );
    const scope = policies.scope(ALICE, TARGET, AT_HOSPITAL);
    const decide = (...databases: readonly string[]): string =>
      policies.decide({}, scope, () => databases.map(connectTo)).kind;
    assert.equal(decide('a', 'b'), 'allow');
    assert.equal(decide('a', 'x'), 'deny');
    assert.equal(decide('x', 'a'), 'deny');
  });

  it('counts the patients that were shown today, from one operation to the next', () => {
    const budget = `${PERMIT_ALL} @id("budget") forbid(principal, action in Action::"sql.read", resource)
      when { context.patientsToday >= 2 };`;
    const policies = new Policies(loadPolicies(budget), new PatientCounts(() => 0));
    const scope = policies.scope(ALICE, TARGET, AT_HOSPITAL);
    const key = {};
    const decide = (): string => policies.decide(key, scope, () => [SELECT]).kind;
    assert.equal(decide(), 'allow');
    policies.noteResult(ALICE, { patients: { form: 'exact', key: 'k', hashes: ['a'] } });
    assert.equal(decide(), 'allow');
    policies.noteResult({ ...ALICE, id: 'okta:bob' }, { patients: { form: 'sketch', about: 9 } });
    assert.equal(decide(), 'allow');
    policies.noteResult(ALICE, { patients: { form: 'exact', key: 'k', hashes: ['a', 'b'] } });
    assert.equal(decide(), 'deny');
    assert.equal(policies.scope(ALICE, TARGET, AT_HOSPITAL).key, scope.key, 'approvals stay bound');
  });

  it('decides outside of sessions as in them: by the patients of today, and by policies in force', () => {
    const budget = `${PERMIT_ALL} @id("budget") forbid(principal, action in Action::"sql.read", resource)
      when { context.patientsToday >= 2 };`;
    const policies = new Policies(loadPolicies(budget), new PatientCounts(() => 0));
    const decide = (): string =>
      policies.decideNow({ principal: ALICE, target: TARGET, ...SELECT }).kind;
    assert.equal(decide(), 'allow');
    policies.setCurrent(false);
    assert.equal(decide(), 'deny');
    assert.equal(policies.inForce, undefined);
    policies.setCurrent(true);
    assert.equal(policies.inForce, policies.current);
    assert.equal(decide(), 'allow');
    policies.noteResult(ALICE, { patients: { form: 'exact', key: 'k', hashes: ['a', 'b'] } });
    assert.equal(decide(), 'deny');
  });

  it('shares no decision between principals, targets, databases or policies', () => {
    const policies = new Policies(
      loadPolicies('@id("analysts") permit(principal in Group::"analysts", action, resource);'),
    );
    const key = {};
    const decide = (principal = ALICE, target = TARGET): string => {
      const scope = policies.scope(principal, target, AT_HOSPITAL);
      return policies.decide(key, scope, () => [connectTo('hospital')]).kind;
    };
    assert.equal(decide(), 'allow');
    assert.equal(decide({ ...ALICE, groups: [] }), 'deny');
    assert.equal(decide({ ...ALICE, id: 'okta:bob', groups: [] }), 'deny');
    policies.replace(
      loadPolicies('@id("t") permit(principal, action, resource) when { resource.name == "b" };'),
    );
    assert.equal(decide(), 'deny');
    assert.equal(decide(ALICE, { ...TARGET, name: 'b' }), 'allow');
  });

  it('answers for the scope that was asked about, even if it is old', () => {
    const policies = new Policies(loadPolicies(PERMIT_ALL));
    const old = policies.scope(ALICE, TARGET, AT_HOSPITAL);
    policies.replace(loadPolicies('@id("none") forbid(principal, action, resource);'));
    assert.notEqual(old.policySet, policies.current);
    const fresh = policies.scope(ALICE, TARGET, AT_HOSPITAL);
    assert.equal(fresh.policySet, policies.current);
    assert.equal(policies.decide({}, fresh, () => [connectTo('hospital')]).kind, 'deny');
  });

  it('denies what has no actions', () => {
    const policies = new Policies(loadPolicies(PERMIT_ALL));
    const scope = policies.scope(ALICE, TARGET, AT_HOSPITAL);
    assert.notEqual(policies.decide({}, scope, () => []).kind, 'allow');
  });
});
