import { resolve } from 'node:path';
import { ConfigurationError, formatProblem } from '../configuration/configuration-error.ts';
import { type Configuration, loadConfiguration } from '../configuration/load-configuration.ts';
import { findUnkeptRecordings } from '../policy/find-unkept-recordings.ts';
import { loadPolicySet, type PolicySet } from '../policy/policy-set.ts';
import { findRecipientProblems } from '../recording/find-recipient-problems.ts';
import type { CliHost, Programs } from './command-context.ts';
import { formatCount } from './format-count.ts';
import { escapeLine } from './terminal-text.ts';

/** A configuration directory in which nothing is wrong. */
export interface LoadedPolicies {
  readonly configuration: Configuration;
  readonly policySet: PolicySet;
}

/** Loads a configuration directory. Undefined when something is wrong; then all of it was printed. */
export async function loadPolicies(
  { terminal, programs }: CliHost,
  directory: string,
  json: boolean | undefined,
): Promise<LoadedPolicies | undefined> {
  try {
    return await readPolicies(programs, directory);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    if (json === true) terminal.printJson({ ok: false, problems: error.problems });
    else for (const problem of error.problems) terminal.print(escapeLine(formatProblem(problem)));
    const count = formatCount(error.problems.length, 'problem');
    terminal.say(escapeLine(`${count} found in ${resolve(directory)}.`));
    return undefined;
  }
}

/** Loads a configuration directory. @throws {ConfigurationError} With all that is wrong. */
export async function readPolicies(
  programs: Pick<Programs, 'findTargetProblems'>,
  directory: string,
): Promise<LoadedPolicies> {
  const configuration = await loadConfiguration(directory);
  const loading = loadPolicySet(configuration.policies);
  const problems = [
    ...(await programs.findTargetProblems(configuration)),
    ...findRecipientProblems(configuration.recordings.rawRecipients),
    ...(loading.kind === 'rejected'
      ? loading.problems
      : findUnkeptRecordings(loading.policySet, configuration.recordings.rawRecipients)),
  ];
  if (loading.kind === 'rejected' || problems.length > 0) throw new ConfigurationError(problems);
  return { configuration, policySet: loading.policySet };
}
