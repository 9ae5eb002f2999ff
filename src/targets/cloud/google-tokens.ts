import type { GoogleAuth } from 'google-auth-library';
import type { GoogleIdentity } from '../../configuration/cloud-credential.ts';
import { unavailable } from '../secrets/request-service.ts';
import { fetchThrough, type RequestService } from './cloud-requests.ts';
import type { GetCloudToken } from './cloud-token.ts';
import { describeCloudError } from './describe-cloud-error.ts';

/** Tokens last an hour; the library keeps one until five minutes before its end, and does not say how old it is. */
const LIFETIME_MS = 240_000;

/**
 * Access tokens of Google's clouds, as whom the library finds the gateway to be: a service account's key, a workload
 * identity of another cloud or cluster, or the machine's.
 */
export function googleTokens(
  { credentialsFile, scopes }: GoogleIdentity,
  request?: RequestService,
): GetCloudToken<string> {
  let auth: GoogleAuth | undefined;
  return async () => {
    const { GoogleAuth: Auth } = await import('google-auth-library');
    auth ??= new Auth({
      scopes: [...scopes],
      ...(credentialsFile !== undefined && { keyFilename: credentialsFile }),
      clientOptions: { transporterOptions: { fetchImplementation: fetchThrough(request) } },
    });
    try {
      const token = await auth.getAccessToken();
      if (typeof token === 'string' && token !== '')
        return { value: token, lifetimeMs: LIFETIME_MS };
    } catch (error) {
      throw describeCloudError(error);
    }
    throw unavailable('its answer has no token');
  };
}
