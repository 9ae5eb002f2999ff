import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Decision } from '../../policy/decision.ts';
import { HeldRights } from './held-rights.ts';

const ALLOW: Decision = { kind: 'allow', policyIds: [], obligations: [] };
const DENY: Decision = { kind: 'deny', policyId: undefined, reason: 'no' };
const PASSING: Decision = { ...DENY, isPassing: true };
const REVIEW: Decision = {
  ...{ kind: 'review', policyIds: [], rules: [], groups: [], quorum: 1, at: 'statement' },
  reason: 'somebody looks',
};

describe('HeldRights', () => {
  /** What is open under a decision, and a way to change the rights. */
  function open(first: Decision): {
    readonly held: HeldRights;
    readonly change: (decision: Decision) => void;
  } {
    const now = { decision: first, rights: 'first' };
    const held = new HeldRights(
      {
        get rights() {
          return now.rights;
        },
        decide: () => now.decision,
      },
      { actions: [] } as unknown as ConstructorParameters<typeof HeldRights>[1],
    );
    const change = (decision: Decision): void => {
      now.decision = decision;
      now.rights += '+';
    };
    return { held, change };
  }

  it('are lost for good once it is denied', () => {
    const { held, change } = open(ALLOW);
    assert(held.areHeld);
    change(DENY);
    assert(!held.areHeld);
    change(ALLOW);
    assert(!held.areHeld);
  });

  it('are not lost while the gateway permits nothing to anybody, and are looked at behind that', () => {
    for (const [then, areHeld] of [
      [ALLOW, true],
      [DENY, false],
    ] as const) {
      const { held, change } = open(ALLOW);
      change(PASSING);
      assert(held.areHeld);
      change(then);
      assert.equal(held.areHeld, areHeld);
    }
  });

  it('are not lost where people agreed, and would be asked again', () => {
    const { held, change } = open(REVIEW);
    change(REVIEW);
    assert(held.areHeld);
    change(DENY);
    assert(!held.areHeld);
  });

  it('are lost where people would be asked, who never were', () => {
    const { held, change } = open(ALLOW);
    change(REVIEW);
    assert(!held.areHeld);
  });

  it('are looked at behind a while in which nothing is permitted, though they are called the same', () => {
    const now = { decision: PASSING };
    const held = new HeldRights({ rights: 'same', decide: () => now.decision }, {
      actions: [],
    } as unknown as ConstructorParameters<typeof HeldRights>[1]);
    assert(held.areHeld);
    now.decision = DENY;
    assert(!held.areHeld);
  });
});
