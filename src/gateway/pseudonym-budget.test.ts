import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { PseudonymBudget } from './pseudonym-budget.ts';

describe('PseudonymBudget', () => {
  it('lets each principal spend as much as there is in an hour, and no more', () => {
    const budget = new PseudonymBudget(
      () => 0,
      () => 3,
    );
    assert.equal(budget.spend('okta:alice', 2), true);
    assert.equal(budget.spend('okta:alice', 1), true);
    assert.equal(budget.spend('okta:alice', 1), false);
    assert.equal(budget.spend('okta:bob', 3), true);
    assert.equal(budget.spend('okta:bob', 4), false);
  });

  it('begins anew each hour', () => {
    let nowMs = 3_599_999;
    const budget = new PseudonymBudget(
      () => nowMs,
      () => 1,
    );
    assert.equal(budget.spend('okta:alice', 1), true);
    assert.equal(budget.spend('okta:alice', 1), false);
    nowMs += 1;
    assert.equal(budget.spend('okta:alice', 1), true);
  });

  it('follows a limit that the configuration changes', () => {
    let perHourMax = 0;
    const budget = new PseudonymBudget(
      () => 0,
      () => perHourMax,
    );
    assert.equal(budget.spend('okta:alice', 1), false);
    perHourMax = 2;
    assert.equal(budget.spend('okta:alice', 1), true);
  });
});
