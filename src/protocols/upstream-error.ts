/** What went wrong between the gateway and a target. */
export type UpstreamErrorCode =
  /** No connection, or it broke before the target could be used. */
  | 'ERR_UPSTREAM_UNREACHABLE'
  /** The target has no TLS, or its certificate or the gateway's does not pass. */
  | 'ERR_UPSTREAM_TLS'
  /** The key of an SSH host is none of those that the target is known by. */
  | 'ERR_UPSTREAM_HOST_KEY'
  /** The target refused the gateway's credential, or asked for one that it does not have. */
  | 'ERR_UPSTREAM_LOGIN'
  /** The target did what nobody does who speaks the protocol, or has no algorithm in common with the gateway. */
  | 'ERR_UPSTREAM_PROTOCOL'
  | 'ERR_UPSTREAM_TIMEOUT';

/** A target could not be connected to. The message holds no secret and nothing that the target said. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';
  readonly code: UpstreamErrorCode;

  constructor(code: UpstreamErrorCode, reason: string, options?: ErrorOptions) {
    super(`Cannot connect to the target: ${reason}`, options);
    this.code = code;
  }
}

/** Says by the code of a socket's error which of our failures it is. */
export function describeSocketError(error: Error & { readonly code?: unknown }): UpstreamError {
  if (error instanceof UpstreamError) return error;
  const reason = typeof error.code === 'string' ? error.code : error.name;
  // In TLS 1.3 the server refuses our certificate only after the handshake is done for us.
  const code = reason.startsWith('ERR_SSL') ? 'ERR_UPSTREAM_TLS' : 'ERR_UPSTREAM_UNREACHABLE';
  return new UpstreamError(code, reason, { cause: error });
}
