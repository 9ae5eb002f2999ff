import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { loadPolicySet } from './policy-set.ts';
import { runPolicyTests } from './run-policy-tests.ts';
import { POLICY_SCHEMA } from './schema.ts';

/** Actions of requests, as the schema declares them: in a list before `in` or `appliesTo`. */
const ACTIONS = [...POLICY_SCHEMA.matchAll(/^action ([^;]*?)\s(?:in|appliesTo)\b/gm)]
  .flatMap(([, names = '']) => [...names.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name))
  .filter((name) => /^(?:http|grpc|graphql|k8s)\./.test(name));

describe('completeFacts', () => {
  it('gives requests all facts that the schema asks for', () => {
    assert(ACTIONS.length > 30);
    const loaded = loadPolicySet([
      { path: 'policies/all.cedar', text: '@id("all") permit (principal, action, resource);' },
    ]);
    assert(loaded.kind === 'loaded');
    const principal = { id: 'test:ana', kind: 'person', groups: [], grants: [] } as const;
    const tests = ACTIONS.map((action) => ({
      ...{ name: action, file: 'test.yaml', line: 1, principal, policy: undefined },
      target: { name: 'api', kind: 'http', labels: {} },
      ...{ database: '', account: '', expect: 'allow' as const },
      tried: { kind: 'action', action, facts: {} } as const,
    }));
    for (const { passed, message, test } of runPolicyTests(loaded.policySet, tests)) {
      assert(passed, `${test.name}: ${message}`);
    }
  });
});
