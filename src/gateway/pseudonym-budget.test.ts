import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { SILENT_LOG } from '../telemetry/log.ts';
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

  it('is shared: what others spent counts as soon as it is heard, and is told once', async () => {
    let elsewhere = 5;
    const told: number[] = [];
    const heard: PromiseWithResolvers<void>[] = [Promise.withResolvers(), Promise.withResolvers()];
    const spending = {
      add: async (_hour: number, spent: ReadonlyMap<string, number>) => {
        told.push(...spent.values());
        elsewhere += spent.get('okta:alice') ?? 0;
        setImmediate(() => heard[told.length - 1]?.resolve());
        return new Map([['okta:alice', elsewhere]]);
      },
    };
    using budget = new PseudonymBudget(
      () => 0,
      () => 10,
      { spending, log: SILENT_LOG },
    );
    assert.equal(budget.spend('okta:alice', 2), true);
    await heard[0]?.promise;
    assert.equal(budget.spend('okta:alice', 3), true);
    assert.equal(budget.spend('okta:alice', 1), false);
    await heard[1]?.promise;
    assert.deepEqual(told, [2, 4]);
  });

  it('ends for who spends what others cannot be told for too long', async () => {
    let nowMs = 0;
    const failed = Promise.withResolvers<void>();
    const spending = {
      add: () => {
        setImmediate(() => failed.resolve());
        return Promise.reject(new Error('the store is away'));
      },
    };
    using budget = new PseudonymBudget(
      () => nowMs,
      () => 10,
      { spending, log: SILENT_LOG },
    );
    assert.equal(budget.spend('okta:alice', 1), true);
    await failed.promise;
    nowMs = 29_999;
    assert.equal(budget.spend('okta:alice', 1), true);
    nowMs = 30_000;
    assert.equal(budget.spend('okta:alice', 1), false);
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
