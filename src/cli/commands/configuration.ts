import { ConfigurationError, formatProblem } from '../../configuration/configuration-error.ts';
import { type Configuration, loadConfiguration } from '../../configuration/load-configuration.ts';
import { loadPolicySet, type PolicySet } from '../../policy/policy-set.ts';
import type { PolicyTestResult } from '../../policy/run-policy-tests.ts';
import { EXIT } from '../cli-error.ts';
import type { CliHost, JsonOption } from '../command-context.ts';
import { escapeLine } from '../terminal-text.ts';

/** `sallyport check`: everything in a configuration directory, policy tests included. */
export async function runCheck(
  host: CliHost,
  directory: string,
  { json }: JsonOption,
): Promise<number> {
  const loaded = await load(host, directory, json);
  if (loaded === undefined) return EXIT.failure;
  const { configuration, policySet } = loaded;
  const failed = await countFailedTests(host, configuration, policySet, json);
  if (failed > 0) return EXIT.failure;
  if (json === true) {
    host.terminal.printJson({ ok: true, hash: configuration.hash, problems: [] });
    return EXIT.ok;
  }
  const { targets, policyTests } = configuration;
  const counts = `${targets.length} targets, ${policySet.policies.size} policies, ${policyTests.length} policy tests`;
  host.terminal.print(`${host.terminal.style('green', 'Valid:')} ${counts}.`);
  host.terminal.print(`Version ${configuration.hash}`);
  return EXIT.ok;
}

/** `sallyport policy check`: policies alone. */
export async function runPolicyCheck(
  host: CliHost,
  directory: string,
  { json }: JsonOption,
): Promise<number> {
  const loaded = await load(host, directory, json);
  if (loaded === undefined) return EXIT.failure;
  const { policies, version } = loaded.policySet;
  if (json === true) host.terminal.printJson({ ok: true, version, problems: [] });
  else host.terminal.print(`${policies.size} policies are valid. Version ${version}`);
  return EXIT.ok;
}

/** `sallyport policy test` */
export async function runPolicyTest(
  host: CliHost,
  directory: string,
  { json }: JsonOption,
): Promise<number> {
  const { terminal } = host;
  const loaded = await load(host, directory, json);
  if (loaded === undefined) return EXIT.failure;
  const { configuration, policySet } = loaded;
  const { findUntestedPolicies } = await import('../../policy/run-policy-tests.ts');
  const results = await runTests(configuration, policySet);
  const untested = findUntestedPolicies(policySet, results);
  const failed = results.filter(({ passed }) => !passed);
  if (json === true) {
    terminal.printJson({
      ok: failed.length === 0,
      results: results.map(({ test, passed, message, policyIds }) => ({
        name: test.name,
        file: test.file,
        line: test.line,
        passed,
        message,
        policyIds,
      })),
      untested,
    });
    return failed.length === 0 ? EXIT.ok : EXIT.failure;
  }
  for (const { test, passed, message } of results) {
    const mark = passed ? terminal.style('green', 'ok') : terminal.style('red', 'FAILED');
    const place = passed ? '' : `${test.file}:${test.line}: `;
    terminal.print(`${mark}  ${place}${escapeLine(test.name)}: ${escapeLine(message)}`);
  }
  for (const id of untested) terminal.say(`Note: no test is decided by policy ${escapeLine(id)}`);
  if (results.length === 0) {
    terminal.say('There are no tests. Write them in policies/tests/*.yaml.');
    return EXIT.failure;
  }
  terminal.print(`${results.length - failed.length} of ${results.length} tests passed.`);
  return failed.length === 0 ? EXIT.ok : EXIT.failure;
}

interface Loaded {
  readonly configuration: Configuration;
  readonly policySet: PolicySet;
}

/** Undefined when something is wrong; then all of it was printed. */
async function load(
  { terminal }: CliHost,
  directory: string,
  json: boolean | undefined,
): Promise<Loaded | undefined> {
  try {
    const configuration = await loadConfiguration(directory);
    const loading = loadPolicySet(configuration.policies);
    if (loading.kind === 'rejected') throw new ConfigurationError(loading.problems);
    return { configuration, policySet: loading.policySet };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    if (json === true) terminal.printJson({ ok: false, problems: error.problems });
    else for (const problem of error.problems) terminal.print(escapeLine(formatProblem(problem)));
    const count = error.problems.length;
    terminal.say(`${count === 1 ? 'One problem' : `${count} problems`} found.`);
    return undefined;
  }
}

async function countFailedTests(
  { terminal }: CliHost,
  configuration: Configuration,
  policySet: PolicySet,
  json: boolean | undefined,
): Promise<number> {
  const results = await runTests(configuration, policySet);
  const problems = results
    .filter(({ passed }) => !passed)
    .map(({ test, message }) => ({
      file: test.file,
      line: test.line,
      column: 1,
      message: `policy test failed: ${test.name}: ${message}`,
    }));
  if (problems.length === 0) return 0;
  if (json === true) terminal.printJson({ ok: false, problems });
  else for (const problem of problems) terminal.print(escapeLine(formatProblem(problem)));
  return problems.length;
}

/** Loads the SQL parser only when a test needs it: it is large. */
async function runTests(
  { policyTests }: Configuration,
  policySet: PolicySet,
): Promise<readonly PolicyTestResult[]> {
  const { runPolicyTests } = await import('../../policy/run-policy-tests.ts');
  if (!policyTests.some(({ tried }) => tried.kind === 'sql')) {
    return runPolicyTests(policySet, policyTests);
  }
  const { createTestSqlAnalysis } = await import('../../policy/analyse-test-sql.ts');
  const { loadParser } = await import('../../sql/postgres/parser.ts');
  return runPolicyTests(policySet, policyTests, createTestSqlAnalysis(await loadParser()));
}
