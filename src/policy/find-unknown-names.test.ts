import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findUnknownNames } from './find-unknown-names.ts';
import { loadPolicySet } from './policy-set.ts';

function findIn(text: string): readonly string[] {
  const loading = loadPolicySet([{ path: 'policies/p.cedar', text }]);
  assert(loading.kind === 'loaded');
  return findUnknownNames(loading.policySet, { targets: ['ehr'], grants: ['on-call'] }).map(
    ({ line, message }) => `${line}: ${message}`,
  );
}

describe('findUnknownNames', () => {
  it('names each policy about a target, a data class or a grant that there is not', () => {
    const found = findIn(`
      @id("a") forbid (principal, action, resource == Target::"ehr-prod");
      @id("b") forbid (principal, action, resource) when { resource in [Target::"her", Target::"ehr"] };
      @id("c") forbid (principal, action == Action::"reveal", resource == DataClass::"erh/ssn");
      @id("d") permit (principal in Grant::"oncall", action, resource);`);
    assert.deepEqual(found, [
      '2: policy "a" names Target::"ehr-prod", which there is not: for that, it forbids nothing',
      '3: policy "b" names Target::"her", which there is not: for that, it forbids nothing',
      '4: policy "c" names DataClass::"erh/ssn", which there is not: for that, it forbids nothing',
      '5: policy "d" names Grant::"oncall", which there is not: for that, it permits nothing',
    ]);
  });

  it('finds nothing wrong with what there is, nor with groups and people, whom nobody lists', () => {
    assert.deepEqual(
      findIn(`
      permit (principal in Group::"nurses", action, resource == Target::"ehr");
      permit (principal in Grant::"on-call", action == Action::"reveal", resource == DataClass::"ehr/ssn");
      forbid (principal == User::"clinic:mallory", action, resource);`),
      [],
    );
  });
});
