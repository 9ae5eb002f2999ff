import { UpstreamError } from '../protocols/upstream-error.ts';
import { SecretError } from '../targets/secret-error.ts';
import { SourceError } from '../targets/secrets/source-error.ts';
import { ProtocolError } from '../wire/protocol-error.ts';

/**
 * Says that a credential could not be read, and of a secret which one and why: for those who keep the target, clients
 * are told less. Other errors are our own, and come back as they are.
 */
export function describeCredentialError(cause: unknown): unknown {
  const isKnown =
    cause instanceof SecretError ||
    cause instanceof SourceError ||
    // What is wrong with a key says nothing of it.
    cause instanceof ProtocolError ||
    (cause instanceof Error && 'code' in cause && cause.code !== undefined);
  if (!isKnown || cause instanceof UpstreamError) return cause;
  const isSecret = cause instanceof SecretError || cause instanceof SourceError;
  const reason = `its credential cannot be read${isSecret ? `: ${cause.message}` : ''}`;
  return new UpstreamError('ERR_UPSTREAM_LOGIN', reason, { cause });
}
