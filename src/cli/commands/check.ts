import { formatProblem } from '../../configuration/configuration-error.ts';
import type { Configuration } from '../../configuration/load-configuration.ts';
import type { PolicySet } from '../../policy/policy-set.ts';
import { EXIT } from '../cli-error.ts';
import type { CliHost, JsonOption } from '../command-context.ts';
import { loadPolicies, runTests } from '../load-policies.ts';
import { escapeLine } from '../terminal-text.ts';

/** `sallyport check`: everything in a configuration directory, policy tests included. */
export async function runCheck(
  host: CliHost,
  directory: string,
  { json }: JsonOption,
): Promise<number> {
  const loaded = await loadPolicies(host, directory, json);
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
