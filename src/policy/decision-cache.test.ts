import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Decision } from './decision.ts';
import { buildDecisionScope, DecisionCache, type DecisionScopeParts } from './decision-cache.ts';

const PARTS: DecisionScopeParts = {
  principal: {
    id: 'okta:alice',
    issuer: 'okta',
    subject: 'alice',
    kind: 'person',
    displayName: 'Alice',
    groups: ['b', 'a'],
    signIn: 'oidc-token',
    expiresAtMs: 1,
  },
  target: { name: 'hospital', kind: 'postgres', labels: { tier: '1' } },
  place: { database: 'hospital', account: '' },
  policyVersion: 'p1',
  catalogVersion: 'c1',
};

const ALLOW: Decision = { kind: 'allow', policyIds: ['x'], obligations: [] };

describe('buildDecisionScope', () => {
  it('tells apart everything that a decision may depend on', () => {
    const { principal, target } = PARTS;
    const variants: readonly DecisionScopeParts[] = [
      PARTS,
      { ...PARTS, principal: { ...principal, id: 'okta:bob' } },
      { ...PARTS, principal: { ...principal, kind: 'workload' } },
      { ...PARTS, principal: { ...principal, issuer: 'other' } },
      { ...PARTS, principal: { ...principal, subject: 'other' } },
      { ...PARTS, principal: { ...principal, signIn: 'sallyport-token' } },
      { ...PARTS, principal: { ...principal, groups: ['a'] } },
      { ...PARTS, principal: { ...principal, groups: ['a,b'] } },
      { ...PARTS, grants: ['a'] },
      { ...PARTS, grants: ['a,b'] },
      { ...PARTS, target: { ...target, name: 'other' } },
      { ...PARTS, target: { ...target, labels: { tier: '2' } } },
      { ...PARTS, place: { database: 'other', account: '' } },
      { ...PARTS, place: { database: 'hospital', account: 'root' } },
      { ...PARTS, policyVersion: 'p2' },
      { ...PARTS, catalogVersion: 'c2' },
    ];
    assert.equal(
      new Set(variants.map((parts) => buildDecisionScope(parts).key)).size,
      variants.length,
    );
  });

  it('is the same for what no policy can see', () => {
    const principal = { ...PARTS.principal, groups: ['a', 'b'], expiresAtMs: 2, displayName: 'A' };
    assert.equal(buildDecisionScope({ ...PARTS, principal }).key, buildDecisionScope(PARTS).key);
  });
});

describe('DecisionCache', () => {
  const scope = buildDecisionScope(PARTS);

  it('finds a decision by the same statement and an equal scope only', () => {
    const cache = new DecisionCache();
    const statement = {};
    cache.store(statement, scope, ALLOW);
    assert.equal(cache.find(statement, buildDecisionScope(PARTS)), ALLOW);
    assert.equal(cache.find({}, scope), undefined);
    const other = buildDecisionScope({ ...PARTS, policyVersion: 'p2' });
    assert.equal(cache.find(statement, other), undefined);
  });

  it('never holds more than its limit, and keeps what is asked for', () => {
    const cache = new DecisionCache(10);
    const wanted = {};
    cache.store(wanted, scope, ALLOW);
    for (let index = 0; index < 100; index++) {
      cache.store({}, scope, ALLOW);
      assert.equal(cache.find(wanted, scope), ALLOW);
      assert.ok(cache.size <= 10, `${cache.size}`);
    }
  });

  it('forgets what is not asked for', () => {
    const cache = new DecisionCache(10);
    const unwanted = {};
    cache.store(unwanted, scope, ALLOW);
    for (let index = 0; index < 20; index++) cache.store({}, scope, ALLOW);
    assert.equal(cache.find(unwanted, scope), undefined);
  });
});
