import { formatProblem } from '../../configuration/configuration-error.ts';
import { listMapped } from '../../configuration/list-mapped.ts';
import type { Configuration } from '../../configuration/load-configuration.ts';
import type { TargetFile } from '../../configuration/target-file.ts';
import { findUnknownNames } from '../../policy/find-unknown-names.ts';
import type { PolicySet } from '../../policy/policy-set.ts';
import { runConfiguredTests } from '../../policy/run-configured-tests.ts';
import { EXIT } from '../cli-error.ts';
import type { CliHost, JsonOption } from '../command-context.ts';
import { formatCount } from '../format-count.ts';
import { loadPolicies } from '../load-policies.ts';
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
  const warnings = findUnknownNames(policySet, {
    targets: configuration.targets.map(({ name }) => name),
    grants: configuration.grants.map(({ name }) => name),
  });
  if (json === true) {
    const dataMaps = configuration.targets.flatMap(summarizeDataMap);
    const { hash } = configuration;
    host.terminal.printJson({ ok: true, hash, problems: [], warnings, dataMaps });
    return EXIT.ok;
  }
  for (const warning of warnings) {
    const word = host.terminal.style('yellow', 'Warning:');
    host.terminal.print(`${word} ${escapeLine(formatProblem(warning))}`);
  }
  const { targets, policyTests } = configuration;
  const counts = [
    formatCount(targets.length, 'target'),
    formatCount(policySet.policies.size, 'policy', 'policies'),
    formatCount(policyTests.length, 'policy test'),
  ];
  host.terminal.print(`${host.terminal.style('green', 'Valid:')} ${counts.join(', ')}.`);
  for (const { target, entries, classes, detectors } of targets.flatMap(summarizeDataMap)) {
    const named = classes.map(([name, count]) => `${name} ${count}`).join(', ');
    const list = named === '' ? '' : ` (${named})`;
    const own = detectors === 0 ? '' : `; ${formatCount(detectors, 'detector')} of its own`;
    host.terminal.print(
      `Data map of ${target}: ${formatCount(entries, 'entry', 'entries')}${list}${own}.`,
    );
  }
  host.terminal.print(`Version ${configuration.hash}`);
  return EXIT.ok;
}

interface DataMapSummary {
  readonly target: string;
  readonly entries: number;
  /** Classes that entries give, with how many do; the most frequent first. */
  readonly classes: readonly (readonly [className: string, entries: number])[];
  readonly detectors: number;
}

/** What a data map says, in numbers. What it matches, only a look at the target can tell: `doctor --config`. */
function summarizeDataMap({ name, dataMap }: TargetFile): readonly DataMapSummary[] {
  if (dataMap === undefined) return [];
  const counts = new Map<string, number>();
  const entries = listMapped(dataMap);
  for (const { dataClass } of entries) {
    counts.set(dataClass, (counts.get(dataClass) ?? 0) + 1);
  }
  const classes = [...counts].toSorted(([, left], [, right]) => right - left);
  const detectors = dataMap.detectors.length;
  return [{ target: name, entries: entries.length, classes, detectors }];
}

async function countFailedTests(
  { terminal }: CliHost,
  configuration: Configuration,
  policySet: PolicySet,
  json: boolean | undefined,
): Promise<number> {
  const results = await runConfiguredTests(policySet, configuration.policyTests);
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
