import type { ConfigurationProblem } from '../configuration/configuration-error.ts';
import type { Configuration } from '../configuration/load-configuration.ts';
import { findDetectorProblems } from '../gateway/detector-sets.ts';
import { findDocumentProblems } from '../gateway/http/find-document-problems.ts';

/** What is wrong with targets, though their files can be read: in detectors, and in documents that they name. */
export function findTargetProblems(configuration: Configuration): readonly ConfigurationProblem[] {
  return [...findDetectorProblems(configuration.targets), ...findDocumentProblems(configuration)];
}
