import type { FieldsByCode } from '../../wire/postgres/error-response.ts';

/** What went wrong between the gateway and a target. */
export type UpstreamErrorCode =
  /** No connection, or it broke before the login was done. */
  | 'ERR_UPSTREAM_UNREACHABLE'
  /** The server has no TLS, or its certificate does not pass. */
  | 'ERR_UPSTREAM_TLS'
  /** The server refused us, or asked for what we do not have. */
  | 'ERR_UPSTREAM_LOGIN'
  /** The server did what no PostgreSQL server does. */
  | 'ERR_UPSTREAM_PROTOCOL'
  | 'ERR_UPSTREAM_TIMEOUT';

/** A target could not be connected to. The message holds no secret and nothing the server said. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';
  readonly code: UpstreamErrorCode;
  /** What the server answered, if it refused the login. Not ours: think before showing it. */
  readonly serverError: FieldsByCode | undefined;

  constructor(
    code: UpstreamErrorCode,
    reason: string,
    options?: ErrorOptions & { readonly serverError?: FieldsByCode },
  ) {
    super(`Cannot connect to the target: ${reason}`, options);
    this.code = code;
    this.serverError = options?.serverError;
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
