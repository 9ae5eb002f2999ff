/** What is wrong with a configuration file, and where. */
export interface ConfigurationProblem {
  /** Relative to the configuration directory. */
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based, in UTF-16 units. */
  readonly column: number;
  /** Never quotes a value, which could be a secret in the wrong place. */
  readonly message: string;
}

/** The configuration cannot be used. Carries everything that is wrong with it, not only the first. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly code = 'ERR_CONFIGURATION';
  readonly problems: readonly ConfigurationProblem[];

  constructor(problems: readonly ConfigurationProblem[], options?: ErrorOptions) {
    super(problems.map(formatProblem).join('\n'), options);
    this.problems = problems;
  }
}

/** One line, as compilers and editors write it: `targets/hospital.yaml:12:5: Cannot read …`. */
export function formatProblem({ file, line, column, message }: ConfigurationProblem): string {
  return `${file}:${line}:${column}: ${message}`;
}
