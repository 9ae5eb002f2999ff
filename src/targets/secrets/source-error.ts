/** Tells the failures of sources apart. */
export type SourceErrorCode =
  /** It is away, or does not make sense. Trying again later may help. */
  | 'ERR_SOURCE_UNAVAILABLE'
  /** It does not let the gateway in, or not to that. */
  | 'ERR_SOURCE_DENIED'
  /** It has no such thing. */
  | 'ERR_SOURCE_MISSING';

/**
 * A source could not give a secret. The reason is made of our own words, statuses and codes: what a service or a
 * library says may hold what was sent, and has no place here, not as `cause` either.
 */
export class SourceError extends Error {
  override readonly name = 'SourceError';
  readonly code: SourceErrorCode;
  readonly reason: string;

  constructor(code: SourceErrorCode, reason: string) {
    super(`Cannot ask source of secrets: ${reason}`);
    this.code = code;
    this.reason = reason;
  }
}
