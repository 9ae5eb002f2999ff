/** A detector's pattern that cannot be compiled. Written for the person who wrote the pattern. */
export class PatternError extends Error {
  override readonly name = 'PatternError';
  readonly code = 'ERR_DETECTOR_PATTERN';
  readonly pattern: string;
  readonly reason: string;

  constructor(pattern: string, reason: string) {
    super(`Cannot compile pattern ${JSON.stringify(pattern)}: ${reason}`);
    this.pattern = pattern;
    this.reason = reason;
  }
}
