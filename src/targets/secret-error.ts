/** A secret could not be had. The message names the reference, never the content. */
export class SecretError extends Error {
  override readonly name = 'SecretError';
  readonly code = 'ERR_SECRET';
  /** The reference, e.g. `env:HOSPITAL_PASSWORD`. */
  readonly reference: string;
  readonly reason: string;

  constructor(reference: string, reason: string, options?: ErrorOptions) {
    super(`Cannot read secret ${reference}: ${reason}`, options);
    this.reference = reference;
    this.reason = reason;
  }
}
