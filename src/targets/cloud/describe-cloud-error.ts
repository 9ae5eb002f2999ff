import { unavailable } from '../secrets/request-service.ts';
import { SourceError } from '../secrets/source-error.ts';

/** Names of errors after which asking again is of no use before somebody changed something there. */
const DENIED =
  /AccessDenied|Unrecognized|Signature|ExpiredToken|InvalidClientToken|InvalidIdentityToken|Credential|Authentication|PackedPolicy|MalformedPolicy/;
const MISSING = /NotFound/;

/**
 * What failed in a library of a cloud, in words of our own. Its message is left out, and it is no `cause`: libraries
 * quote answers that they cannot read, which may hold the secret.
 */
export function describeCloudError(error: unknown): SourceError {
  if (error instanceof SourceError) return error;
  const name = error instanceof Error ? error.name : '';
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const status = readStatus(error);
  const known = [typeof code === 'string' ? code : '', name].find(
    (text) => /^[A-Za-z][A-Za-z0-9]{3,60}$/.test(text) && text !== 'Error',
  );
  const reason = `it answered with ${[known, status && `status ${status}`].filter(Boolean).join(', ') || 'an error'}`;
  if (status === 404 || MISSING.test(known ?? ''))
    return new SourceError('ERR_SOURCE_MISSING', reason);
  if (status === 401 || status === 403 || DENIED.test(known ?? '')) {
    return new SourceError('ERR_SOURCE_DENIED', reason);
  }
  return unavailable(reason);
}

function readStatus(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { statusCode, status, $metadata } = error as {
    readonly statusCode?: unknown;
    readonly status?: unknown;
    readonly $metadata?: { readonly httpStatusCode?: unknown };
  };
  return [statusCode, status, $metadata?.httpStatusCode].find(
    (value): value is number => typeof value === 'number' && value >= 100 && value < 600,
  );
}
