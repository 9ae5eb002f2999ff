import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { loadConfiguration } from '../configuration/load-configuration.ts';
import type { PolicyTestCase } from '../configuration/policy-test-file.ts';
import { loadParser } from '../sql/postgres/parser.ts';
import { createTestSqlAnalysis } from './analyse-test-sql.ts';
import { loadPolicySet, type PolicySet } from './policy-set.ts';
import { findUntestedPolicies, runPolicyTests } from './run-policy-tests.ts';

const EXAMPLES = join(import.meta.dirname, '../../examples');

function load(text: string): PolicySet {
  const loading = loadPolicySet([{ path: 'policies/p.cedar', text }]);
  assert.equal(loading.kind, 'loaded', JSON.stringify(loading));
  return loading.policySet;
}

const TEST: PolicyTestCase = {
  name: 'reads',
  file: 'policies/tests/a.yaml',
  line: 3,
  principal: { id: 'test:somebody', kind: 'person', grants: [], groups: ['analysts'] },
  target: { name: 'hospital', kind: 'postgres', labels: {} },
  database: 'hospital',
  account: '',
  tried: { kind: 'action', action: 'sql.select', facts: { reads: ['public.claims'] } },
  expect: 'allow',
  policy: undefined,
};

const PERMIT =
  '@id("p") permit(principal in Group::"analysts", action in Action::"sql.read", resource) when { context.relations.contains("public.claims") };';

describe('runPolicyTests', () => {
  const run = (test: Partial<PolicyTestCase>, text = PERMIT): readonly [boolean, string] => {
    const [result] = runPolicyTests(load(text), [{ ...TEST, ...test }]);
    return [result?.passed ?? false, result?.message ?? ''];
  };

  it('passes when the expected decision is made, by the expected policy', () => {
    assert.deepEqual(run({}), [true, 'allow by p']);
    assert.deepEqual(run({ policy: 'p' }), [true, 'allow by p']);
    assert.deepEqual(run({ policy: 'none' }), [false, 'expected allow by none, got allow by p']);
  });

  it('says what decided when it is another decision', () => {
    assert.deepEqual(run({ expect: 'deny' }), [false, 'expected deny, got allow by p']);
    const denied = run({ principal: { ...TEST.principal, groups: [] } });
    assert.deepEqual(denied, [false, 'expected allow, got deny: no policy permits it']);
  });

  it('fails a test that expects a denial but makes a mistake', () => {
    const misspelt = { kind: 'action', action: 'sql.select', facts: { raeds: [] } } as const;
    assert.equal(run({ tried: misspelt, expect: 'deny' })[0], false);
    const unknown = { kind: 'action', action: 'sql.selct', facts: {} } as const;
    assert.equal(run({ tried: unknown, expect: 'deny' })[0], false);
    assert.match(run({ policy: 'other' })[1], /other, which does not exist/);
  });

  it('combines what an injected analysis finds in a statement', () => {
    const tried = { kind: 'sql', sql: 'SELECT …', relations: [] } as const;
    const facts = {
      command: 'SELECT',
      reads: ['public.claims'],
      writes: [],
      relations: ['public.claims'],
      columns: [],
      functions: [],
      objectKind: '',
      objects: [],
      hasWhere: false,
      limit: -1,
      bulk: true,
      opaque: false,
      ambiguous: false,
    };
    const test = { ...TEST, tried };
    const runWith = (actions: readonly string[]): boolean | undefined =>
      runPolicyTests(load(PERMIT), [test], {
        sql: () => actions.map((action) => ({ action, facts })),
      })[0]?.passed;
    assert.equal(runWith(['sql.select']), true);
    assert.equal(runWith(['sql.select', 'sql.delete']), false);
    assert.equal(runWith([]), false);
    assert.equal(runPolicyTests(load(PERMIT), [test])[0]?.passed, false);
  });

  it('finds policies that no test reaches', () => {
    const policySet = load(
      `${PERMIT} @id("q") forbid(principal, action, resource == Target::"x");`,
    );
    const results = runPolicyTests(policySet, [TEST]);
    assert.deepEqual(findUntestedPolicies(policySet, results), ['q']);
  });
});

describe('the hospital example', async () => {
  const configuration = await loadConfiguration(join(EXAMPLES, 'hospital'));
  const loading = loadPolicySet(configuration.policies);
  const analyseSql = createTestSqlAnalysis(await loadParser());

  it('has valid policies', () => {
    assert.deepEqual(loading.kind === 'rejected' ? loading.problems : [], []);
  });

  it('passes its own tests, which reach every policy', () => {
    assert.equal(loading.kind, 'loaded');
    const tests = configuration.policyTests;
    assert.ok(tests.length > 100, 'the tests were read');
    const results = runPolicyTests(loading.policySet, tests, { sql: analyseSql });
    const failures = results.filter(({ passed }) => !passed);
    assert.deepEqual(
      failures.map(({ test, message }) => `${test.file}:${test.line} ${test.name}: ${message}`),
      [],
    );
    assert.deepEqual(findUntestedPolicies(loading.policySet, results), []);
  });

  it('permits nothing to somebody in no group', () => {
    assert.equal(loading.kind, 'loaded');
    const tests = configuration.policyTests
      .filter(({ tried }) => tried.kind !== 'action' || !('owner' in tried.facts))
      .map((test) => ({
        ...test,
        principal: { ...test.principal, groups: [], grants: [] },
        expect: 'deny' as const,
        policy: undefined,
      }));
    const results = runPolicyTests(loading.policySet, tests, { sql: analyseSql });
    assert.deepEqual(
      results.filter(({ passed }) => !passed).map(({ test }) => test.name),
      [],
    );
  });
});

describe('the allow-all example', () => {
  it('allows what no other configuration would', async () => {
    const { policies } = await loadConfiguration(join(EXAMPLES, 'allow-all'));
    const loading = loadPolicySet(policies);
    assert.equal(loading.kind, 'loaded', JSON.stringify(loading));
    const actions = ['sql.unknown', 'sql.set-lexing', 'sql.set-role', 'sql.replication', 'sql.do'];
    for (const action of actions) {
      const tried = { kind: 'action', action, facts: { opaque: true, ambiguous: true } } as const;
      const [result] = runPolicyTests(loading.policySet, [{ ...TEST, tried }]);
      assert.equal(result?.message, 'allow by allow-all', action);
    }
  });
});
