import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { combineDecisions } from './combine-decisions.ts';
import type { Decision } from './decision.ts';

const ALLOW: Decision = { kind: 'allow', policyIds: ['a'], obligations: [] };
const DENY: Decision = { kind: 'deny', policyId: 'd', reason: 'No' };
const REVIEW: Decision = {
  kind: 'review',
  policyIds: ['r'],
  rules: [{ groups: ['officers'], quorum: 1 }],
  groups: ['officers'],
  quorum: 1,
  at: 'statement',
  reason: 'Bulk',
};

describe('combineDecisions', () => {
  it('denies when one is denied, wherever it stands', () => {
    assert.equal(combineDecisions([ALLOW, REVIEW, DENY]), DENY);
    assert.equal(combineDecisions([DENY, ALLOW]), DENY);
  });

  it('asks every reviewer when one needs review', () => {
    const other: Decision = {
      ...REVIEW,
      policyIds: ['s'],
      rules: [{ groups: ['leads'], quorum: 2 }],
      groups: ['leads'],
      quorum: 2,
      expiresAfterMs: 5,
    };
    assert.deepEqual(combineDecisions([ALLOW, REVIEW, other, REVIEW]), {
      kind: 'review',
      policyIds: ['r', 's'],
      rules: [
        { groups: ['officers'], quorum: 1 },
        { groups: ['leads'], quorum: 2 },
      ],
      groups: ['officers', 'leads'],
      quorum: 2,
      at: 'statement',
      reason: 'Bulk',
      expiresAfterMs: 5,
    });
  });

  it('allows when all are allowed, with the obligations of each', () => {
    const other: Decision = {
      kind: 'allow',
      policyIds: ['b', 'a'],
      obligations: [{ kind: 'record', track: 'raw' }],
    };
    assert.deepEqual(combineDecisions([ALLOW, other]), {
      kind: 'allow',
      policyIds: ['a', 'b'],
      obligations: [{ kind: 'record', track: 'raw' }],
    });
  });

  it('denies when there is nothing to decide', () => {
    assert.equal(combineDecisions([]).kind, 'deny');
  });
});
