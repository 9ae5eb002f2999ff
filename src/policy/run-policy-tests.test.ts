import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { loadConfiguration } from '../configuration/load-configuration.ts';
import type { PolicyTestCase, TestFact } from '../configuration/policy-test-file.ts';
import { loadParser } from '../sql/postgres/parser.ts';
import { analyseTestCommand } from './analyse-test-command.ts';
import { createTestSqlAnalysis } from './analyse-test-sql.ts';
import { NO_PERMIT_REASON } from './decide.ts';
import { loadPolicySet, type PolicySet } from './policy-set.ts';
import { findUntestedPolicies, runPolicyTests } from './run-policy-tests.ts';
import { POLICY_SCHEMA } from './schema.ts';
import { SELECT_FACTS } from './select-facts.fixture.ts';

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
      ...SELECT_FACTS,
      reads: ['public.claims'],
      relations: ['public.claims'],
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

  it('decides commands as a client would send them, and operations on files', () => {
    const policySet = load(`
      @id("run") permit(principal, action in Action::"ssh.run", resource)
        when { !context.opaque && context.account == "deploy" };
      @id("stop") @review("officers") forbid(principal, action, resource)
        when { action in Action::"ssh.run" && context.subcommands.contains("systemctl stop") };
      @id("read") permit(principal, action in Action::"ssh.read", resource)
        when { context.path like "/srv/reports/*" };`);
    const outcomeOf = (tried: PolicyTestCase['tried'], account = 'deploy'): string | undefined => {
      const target = { name: 'ward', kind: 'ssh', labels: {} };
      const test = { ...TEST, target, database: '', account, tried };
      return runPolicyTests(policySet, [test], { command: analyseTestCommand })[0]?.message;
    };
    const run = (command: string, account?: string): string | undefined =>
      outcomeOf({ kind: 'command', command }, account);
    assert.equal(run('ls -l /srv'), 'allow by run');
    assert.equal(run('ls -l /srv', 'root'), `expected allow, got deny: ${NO_PERMIT_REASON}`);
    assert.equal(
      run('echo bHM= | base64 -d | sh'),
      `expected allow, got deny: ${NO_PERMIT_REASON}`,
    );
    assert.match(run('cd / && systemctl  --quiet stop nginx') ?? '', /got review by stop/);
    const read = (path: string): string | undefined =>
      outcomeOf({ kind: 'action', action: 'ssh.sftp.read', facts: { path } });
    assert.equal(read('/srv/reports/may.csv'), 'allow by read');
    assert.equal(read('/etc/passwd'), `expected allow, got deny: ${NO_PERMIT_REASON}`);
  });

  it('completes the facts of every SSH action', () => {
    const policySet = load('@id("all") permit(principal, action, resource);');
    const actions = [...POLICY_SCHEMA.matchAll(/"(ssh\.[a-z0-9.]+)"/g)].map(
      ([, name]) => name ?? '',
    );
    const groups = new Set(['ssh.run', 'ssh.read', 'ssh.write', 'ssh.forward', 'ssh.sftp']);
    const given: Readonly<Record<string, TestFact>> = { name: 'LANG' };
    for (const action of new Set(actions)) {
      if (groups.has(action)) continue;
      const facts = action === 'ssh.env' ? given : {};
      const tried = { kind: 'action', action, facts } as const;
      const [result] = runPolicyTests(policySet, [{ ...TEST, tried }]);
      assert.equal(result?.message, 'allow by all', action);
    }
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
    const results = runPolicyTests(loading.policySet, tests, {
      sql: analyseSql,
      command: analyseTestCommand,
    });
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
    const results = runPolicyTests(loading.policySet, tests, {
      sql: analyseSql,
      command: analyseTestCommand,
    });
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
