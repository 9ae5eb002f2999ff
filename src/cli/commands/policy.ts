import { runConfiguredTests } from '../../policy/run-configured-tests.ts';
import { EXIT } from '../cli-error.ts';
import type { CliHost, JsonOption } from '../command-context.ts';
import { formatCount } from '../format-count.ts';
import { loadPolicies } from '../load-policies.ts';
import { escapeLine } from '../terminal-text.ts';

/** `sallyport policy check`: policies alone. */
export async function runPolicyCheck(
  host: CliHost,
  directory: string,
  { json }: JsonOption,
): Promise<number> {
  const loaded = await loadPolicies(host, directory, json);
  if (loaded === undefined) return EXIT.failure;
  const { policies, version } = loaded.policySet;
  if (json === true) host.terminal.printJson({ ok: true, version, problems: [] });
  else {
    const count = formatCount(policies.size, 'policy', 'policies');
    host.terminal.print(`${host.terminal.style('green', 'Valid:')} ${count}. Version ${version}`);
  }
  return EXIT.ok;
}

/** `sallyport policy test` */
export async function runPolicyTest(
  host: CliHost,
  directory: string,
  { json }: JsonOption,
): Promise<number> {
  const { terminal } = host;
  const loaded = await loadPolicies(host, directory, json);
  if (loaded === undefined) return EXIT.failure;
  const { configuration, policySet } = loaded;
  const { findUntestedPolicies } = await import('../../policy/run-policy-tests.ts');
  const results = await runConfiguredTests(policySet, configuration.policyTests);
  const untested = findUntestedPolicies(policySet, results);
  const failed = results.filter(({ passed }) => !passed);
  // No tests prove nothing.
  const ok = results.length > 0 && failed.length === 0;
  const exitCode = ok ? EXIT.ok : EXIT.failure;
  if (json === true) {
    terminal.printJson({
      ok,
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
    return exitCode;
  }
  for (const { test, passed, message } of results) {
    const mark = passed ? terminal.style('green', 'ok') : terminal.style('red', 'FAILED');
    const place = passed ? '' : `${test.file}:${test.line}: `;
    terminal.print(`${mark}  ${place}${escapeLine(test.name)}: ${escapeLine(message)}`);
  }
  for (const id of untested) terminal.say(`Note: no test is decided by policy ${escapeLine(id)}`);
  if (results.length === 0) {
    terminal.say('There are no tests. Write them in policies/tests/*.yaml.');
    return exitCode;
  }
  terminal.print(`${results.length - failed.length} of ${results.length} tests passed.`);
  return exitCode;
}
