import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AuthorizationQuestion, ControlPlaneServices } from '../control-plane/services.ts';
import { PatientCounts } from '../gateway/patient-counts.ts';
import { Policies } from '../gateway/policies.ts';
import {
  ALICE,
  HOSPITAL,
  loadPolicies,
  NO_GRANTS,
  PERMIT_ALL,
} from '../gateway/session.fixture.ts';
import { openAuthorization } from './open-authorization.ts';

const ON_HOSPITAL = { principal: ALICE, target: 'hospital' } as const;
const QUESTIONS: readonly AuthorizationQuestion[] = [
  { action: 'connect', ...ON_HOSPITAL, clientAddress: '10.1.2.3' },
  { action: 'session.watch', ...ON_HOSPITAL, owner: 'okta:bob' },
  { action: 'grant.revoke', ...ON_HOSPITAL, owner: 'okta:bob', grant: 'on-call' },
  { action: 'audit.read', principal: ALICE },
  { action: 'token.issue', principal: ALICE, lifetimeSeconds: 60 },
];
const REVEALED = { ...ON_HOSPITAL, database: 'hospital', account: '' } as const;

function open(
  text: string,
  grants = NO_GRANTS,
): Pick<ControlPlaneServices, 'authorize' | 'revealedClasses'> & { readonly policies: Policies } {
  const policies = new Policies(loadPolicies(text), new PatientCounts(() => 0));
  const authorization = openAuthorization({
    configuration: { gateway: { name: 'g' }, targets: [HOSPITAL] },
    services: { policies },
    access: { grants },
  });
  return { ...authorization, policies };
}

describe('openAuthorization', () => {
  for (const question of QUESTIONS) {
    it(`permits ${question.action} by the policies in force, and nothing while they may be old`, () => {
      const { authorize, policies } = open(PERMIT_ALL);
      assert.equal(authorize(question).kind, 'allow');
      policies.setCurrent(false);
      assert.deepEqual(authorize(question), {
        kind: 'deny',
        policyId: undefined,
        reason: 'the gateway cannot tell whether its policies are still in force',
        isPassing: true,
      });
      policies.setCurrent(true);
      assert.equal(authorize(question).kind, 'allow');
      policies.replace(loadPolicies('@id("none") forbid(principal, action, resource);'));
      assert.equal(authorize(question).kind, 'deny');
    });
  }

  it('reveals by the policies in force, and nothing while they may be old', () => {
    const { revealedClasses, policies } = open(PERMIT_ALL);
    assert.equal(revealedClasses(REVEALED).areAll, true);
    policies.setCurrent(false);
    assert.deepEqual(revealedClasses(REVEALED), { names: new Set(), areAll: false });
  });

  it('decides by the grants of who asks on the target', () => {
    const text = '@id("g") permit(principal in Grant::"on-call", action, resource);';
    const [connect] = QUESTIONS;
    assert(connect !== undefined);
    assert.equal(open(text).authorize(connect).kind, 'deny');
    const held = {
      find: (_: string, target: string) => (target === 'hospital' ? ['on-call'] : []),
    };
    assert.equal(open(text, held).authorize(connect).kind, 'allow');
    assert.equal(open(text, held).revealedClasses(REVEALED).areAll, true);
  });

  it('permits nothing on a target that is no longer configured', () => {
    const { authorize, revealedClasses } = open(PERMIT_ALL);
    for (const question of QUESTIONS.slice(0, 3)) {
      assert.equal(authorize({ ...question, target: 'gone' } as typeof question).kind, 'deny');
    }
    assert.equal(revealedClasses({ ...REVEALED, target: 'gone' }).areAll, false);
  });
});
