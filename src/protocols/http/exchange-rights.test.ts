import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Decision } from '../../policy/decision.ts';
import { ExchangeRights } from './exchange-rights.ts';

const ALLOWED: Decision = { kind: 'allow', policyIds: ['p'], obligations: [] };
const DENIED: Decision = { kind: 'deny', policyId: 'q', reason: 'not any more' };
const OPERATION = { route: '', text: 'GET /x', actions: [{ action: 'http.get', facts: {} }] };

interface Moment {
  decision: Decision;
  shown: ReadonlyMap<string, readonly string[]>;
}

function begin(moment: Moment, approvedUnder?: string): ExchangeRights {
  const guard = {
    decide: () => moment.decision,
    reveal: () => ({ shown: moment.shown }),
  };
  return new ExchangeRights({
    session: {
      session: { guard },
      service: { masking: () => ({ classNames: new Set(['name']) }) },
    },
    operation: OPERATION,
    approvedUnder,
  });
}

describe('ExchangeRights', () => {
  it('are held as long as the same is allowed', () => {
    const moment: Moment = { decision: ALLOWED, shown: new Map() };
    const rights = begin(moment);
    assert.equal(rights.areHeld('a'), true);
    assert.equal(rights.areHeld('b'), true);
    moment.decision = DENIED;
    assert.equal(rights.areHeld('c'), false);
  });

  it('end with what was shown raw, unless that follows the rights by itself', () => {
    const moment: Moment = { decision: ALLOWED, shown: new Map([['name', ['p']]]) };
    const [fixed, following] = [begin(moment), begin(moment)];
    fixed.takeShown(moment.shown);
    following.takeShown(moment.shown);
    following.takeShown(undefined);
    assert.equal(fixed.areHeld('a'), true);
    moment.shown = new Map();
    assert.equal(fixed.areHeld('b'), false);
    assert.equal(following.areHeld('b'), true);
  });

  it('to what people approved are those under which they did', () => {
    const moment: Moment = { decision: DENIED, shown: new Map() };
    const rights = begin(moment, 'a');
    assert.equal(rights.areHeld('a'), true);
    moment.decision = ALLOWED;
    assert.equal(rights.areHeld('b'), false);
  });
});
