import type { PolicyTestCase, TestRelation } from '../configuration/policy-test-file.ts';
import type { Principal } from '../identity/principal.ts';
import { combineDecisions } from './combine-decisions.ts';
import { completeFacts } from './complete-facts.ts';
import { CANNOT_EVALUATE_REASON, decide, NO_PERMIT_REASON } from './decide.ts';
import type { Decision } from './decision.ts';
import type { Facts, Operation } from './operation.ts';
import type { PolicySet } from './policy-set.ts';

/** What one test found. */
export interface PolicyTestResult {
  readonly test: PolicyTestCase;
  readonly passed: boolean;
  /** What was decided and by which policies, as a sentence without full stop. */
  readonly message: string;
  /** Policies that took part in the decision, by id. */
  readonly policyIds: readonly string[];
}

/** Operations of an SQL text against relations, without what a test adds (`database`, `statements`). */
export type AnalyseSql = (
  sql: string,
  relations: readonly TestRelation[],
) => readonly { readonly action: string; readonly facts: Facts }[];

/** Operations of a command that an SSH client sends, without what a test adds (`account`, `protocol`). */
export type AnalyseCommand = (
  command: string,
) => readonly { readonly action: string; readonly facts: Facts }[];

/** What finds the operations of texts; tests with a text fail without what they need. */
export interface TestAnalyses {
  readonly sql?: AnalyseSql;
  readonly command?: AnalyseCommand;
}

/** Decides every test's operation and compares. */
export function runPolicyTests(
  policySet: PolicySet,
  tests: readonly PolicyTestCase[],
  analyses: TestAnalyses = {},
): readonly PolicyTestResult[] {
  return tests.map((test) => runPolicyTest(policySet, test, analyses));
}

/** Ids of policies that decided none of the tests. */
export function findUntestedPolicies(
  policySet: PolicySet,
  results: readonly PolicyTestResult[],
): readonly string[] {
  const tested = new Set(results.flatMap(({ policyIds }) => policyIds));
  return [...policySet.policies.keys()].filter((id) => !tested.has(id));
}

function runPolicyTest(
  policySet: PolicySet,
  test: PolicyTestCase,
  analyses: TestAnalyses,
): PolicyTestResult {
  if (test.policy !== undefined && test.policy !== 'none' && !policySet.policies.has(test.policy)) {
    const message = `expects policy ${test.policy}, which does not exist`;
    return { test, passed: false, message, policyIds: [] };
  }
  const operations = buildOperations(test, analyses);
  if (typeof operations === 'string') {
    return { test, passed: false, message: operations, policyIds: [] };
  }
  const decision = combineDecisions(operations.map((operation) => decide(policySet, operation)));
  const policyIds = listPolicies(decision);
  const decidedAsExpected =
    decision.kind === test.expect &&
    (test.policy === undefined ||
      (test.policy === 'none' ? policyIds.length === 0 : policyIds.includes(test.policy)));
  // A mistake in the facts denies as well: a test that expects a denial must not pass by it.
  const failed = decision.kind === 'deny' && decision.reason === CANNOT_EVALUATE_REASON;
  const found = describeDecision(decision, policyIds);
  const passed = decidedAsExpected && !failed;
  const wanted = test.policy === undefined ? test.expect : `${test.expect} by ${test.policy}`;
  return { test, passed, message: passed ? found : `expected ${wanted}, got ${found}`, policyIds };
}

function buildOperations(
  test: PolicyTestCase,
  analyses: TestAnalyses,
): readonly Operation[] | string {
  const { target, tried } = test;
  const asked = { principal: buildPrincipal(test), grants: test.principal.grants, target };
  switch (tried.kind) {
    case 'action': {
      const { action, dataClass } = tried;
      const facts = completeFacts(action, tried.facts, test);
      const what = dataClass === undefined ? {} : { dataClass };
      return [{ ...asked, action, ...what, facts }];
    }
    case 'sql': {
      if (analyses.sql === undefined) return 'statements cannot be analysed here';
      const operations = analyses.sql(tried.sql, tried.relations);
      const common = { database: test.database, protocol: 'postgres', statements: 1 };
      return operations.map(({ action, facts }) => ({
        ...asked,
        action,
        facts: { ...common, ...facts },
      }));
    }
    case 'command': {
      if (analyses.command === undefined) return 'commands cannot be analysed here';
      const common = { account: test.account, protocol: 'ssh' };
      return analyses
        .command(tried.command)
        .map(({ action, facts }) => ({ ...asked, action, facts: { ...common, ...facts } }));
    }
  }
}

function buildPrincipal({ principal: { id, kind, groups } }: PolicyTestCase): Principal {
  const [issuer = '', ...rest] = id.split(':');
  return {
    id,
    kind,
    groups,
    issuer,
    subject: rest.join(':'),
    displayName: id,
    signIn: 'oidc-token',
    expiresAtMs: Number.MAX_SAFE_INTEGER,
  };
}

function listPolicies(decision: Decision): readonly string[] {
  switch (decision.kind) {
    case 'allow':
    case 'review':
      return decision.policyIds;
    case 'deny':
      return decision.policyId === undefined ? [] : [decision.policyId];
  }
}

function describeDecision(decision: Decision, policyIds: readonly string[]): string {
  const by = policyIds.length === 0 ? '' : ` by ${policyIds.join(', ')}`;
  switch (decision.kind) {
    case 'allow':
      return `allow${by}`;
    case 'review':
      return `review${by} (${decision.groups.join(', ')})`;
    case 'deny':
      return decision.reason === NO_PERMIT_REASON
        ? `deny: ${NO_PERMIT_REASON}`
        : `deny${by}: ${decision.reason}`;
  }
}
