import type { PolicyTestCase } from '../configuration/policy-test-file.ts';
import type { PolicySet } from './policy-set.ts';
import { type PolicyTestResult, runPolicyTests, type TestAnalyses } from './run-policy-tests.ts';

/** Runs the policy tests of a configuration. Loads a parser only when a test needs it: they are large. */
export async function runConfiguredTests(
  policySet: PolicySet,
  tests: readonly PolicyTestCase[],
): Promise<readonly PolicyTestResult[]> {
  const kinds = new Set(tests.map(({ tried }) => tried.kind));
  const analyses: TestAnalyses = {
    ...(kinds.has('sql') && { sql: await loadSqlAnalysis() }),
    ...(kinds.has('command') && { command: await loadCommandAnalysis() }),
  };
  return runPolicyTests(policySet, tests, analyses);
}

async function loadSqlAnalysis(): Promise<NonNullable<TestAnalyses['sql']>> {
  const { createTestSqlAnalysis } = await import('./analyse-test-sql.ts');
  const { loadParser } = await import('../sql/postgres/parser.ts');
  return createTestSqlAnalysis(await loadParser());
}

async function loadCommandAnalysis(): Promise<NonNullable<TestAnalyses['command']>> {
  const { analyseTestCommand } = await import('./analyse-test-command.ts');
  return analyseTestCommand;
}
