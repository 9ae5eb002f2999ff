import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findUnkeptRecordings } from './find-unkept-recordings.ts';
import { loadPolicySet } from './policy-set.ts';

describe('findUnkeptRecordings', () => {
  const text = `permit(principal, action, resource);
@id("raw") @record("raw") permit(principal, action, resource);`;
  const loading = loadPolicySet([{ path: 'policies/p.cedar', text }]);
  assert(loading.kind === 'loaded');

  it('names each policy that asks for a raw track while nobody could open one', () => {
    const [problem, ...rest] = findUnkeptRecordings(loading.policySet, []);
    assert.deepEqual([problem?.file, problem?.line, rest], ['policies/p.cedar', 2, []]);
    assert.match(problem?.message ?? '', /^policy "raw" asks for a raw track/);
  });

  it('finds nothing wrong once there is a recipient', () => {
    assert.deepEqual(findUnkeptRecordings(loading.policySet, ['age1…']), []);
  });
});
