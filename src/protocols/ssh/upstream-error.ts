/** What went wrong between the gateway and a host. */
export type UpstreamErrorCode =
  /** No connection, or it broke before the login was done. */
  | 'ERR_UPSTREAM_UNREACHABLE'
  /** Its key is none of those that the target is known by. */
  | 'ERR_UPSTREAM_HOST_KEY'
  /** It refused the gateway's credential. */
  | 'ERR_UPSTREAM_LOGIN'
  /** It did what no SSH server does, or has no algorithm in common with the gateway. */
  | 'ERR_UPSTREAM_PROTOCOL'
  | 'ERR_UPSTREAM_TIMEOUT';

/** A host could not be connected to. The message holds no secret and nothing that the host said. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';
  readonly code: UpstreamErrorCode;
  /** SHA-256 of the key that was refused, as `ssh-keygen -l` writes it. */
  readonly fingerprint: string | undefined;

  constructor(
    code: UpstreamErrorCode,
    reason: string,
    options?: ErrorOptions & { readonly fingerprint?: string },
  ) {
    super(`Cannot connect to the target: ${reason}`, options);
    this.code = code;
    this.fingerprint = options?.fingerprint;
  }
}
