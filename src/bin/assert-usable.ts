import { ConfigurationError } from '../configuration/configuration-error.ts';
import type { Configuration } from '../configuration/load-configuration.ts';
import { findTargetProblems } from './find-target-problems.ts';
import { parsePolicies } from './open-services.ts';

/**
 * Looks at what only those parts can read that use it.
 *
 * @throws {ConfigurationError} If policies, detectors or documents cannot be used.
 */
export function assertUsable(configuration: Configuration): void {
  parsePolicies(configuration);
  const problems = findTargetProblems(configuration);
  if (problems.length > 0) throw new ConfigurationError(problems);
}
