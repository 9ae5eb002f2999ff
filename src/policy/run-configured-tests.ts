import type { PolicyTestCase } from '../configuration/policy-test-file.ts';
import type { PolicySet } from './policy-set.ts';
import { type PolicyTestResult, runPolicyTests } from './run-policy-tests.ts';

/** Runs the policy tests of a configuration. Loads the SQL parser only when a test needs it: it is large. */
export async function runConfiguredTests(
  policySet: PolicySet,
  tests: readonly PolicyTestCase[],
): Promise<readonly PolicyTestResult[]> {
  if (!tests.some(({ tried }) => tried.kind === 'sql')) return runPolicyTests(policySet, tests);
  const { createTestSqlAnalysis } = await import('./analyse-test-sql.ts');
  const { loadParser } = await import('../sql/postgres/parser.ts');
  return runPolicyTests(policySet, tests, { sql: createTestSqlAnalysis(await loadParser()) });
}
