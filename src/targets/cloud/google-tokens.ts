import { readFile } from 'node:fs/promises';
import type { AuthClient, ExternalAccountClientOptions, JWTInput } from 'google-auth-library';
import type { GoogleIdentity } from '../../configuration/cloud-credential.ts';
import { unavailable } from '../secrets/request-service.ts';
import { fetchThrough, type RequestService } from './cloud-requests.ts';
import type { GetCloudToken } from './cloud-token.ts';
import { describeCloudError } from './describe-cloud-error.ts';

/** Tokens last an hour; the library keeps one until five minutes before its end, and does not say how old it is. */
const LIFETIME_MS = 240_000;

/**
 * Access tokens of Google's clouds: for the service account of a key, for a workload identity of another cloud or
 * cluster, or as whom the library finds the gateway to be.
 */
export function googleTokens(
  identity: GoogleIdentity,
  request?: RequestService,
): GetCloudToken<string> {
  let client: AuthClient | undefined;
  return async () => {
    try {
      client ??= await openClient(identity, request);
      const { token } = await client.getAccessToken();
      if (typeof token === 'string' && token !== '') {
        return { value: token, lifetimeMs: LIFETIME_MS };
      }
    } catch (error) {
      throw describeCloudError(error);
    }
    throw unavailable('its answer has no token');
  };
}

async function openClient(
  { credentialsFile, scopes }: GoogleIdentity,
  request: RequestService | undefined,
): Promise<AuthClient> {
  const library = await import('google-auth-library');
  const transporterOptions = { fetchImplementation: fetchThrough(request) };
  if (credentialsFile === undefined) {
    const auth = new library.GoogleAuth({
      scopes: [...scopes],
      clientOptions: { transporterOptions },
    });
    return auth.getClient();
  }
  const credentials = await readCredentials(credentialsFile);
  if (credentials.type === 'external_account') {
    const options = credentials as ExternalAccountClientOptions;
    const client = library.ExternalAccountClient.fromJSON({ ...options, transporterOptions });
    if (client === null) throw unavailable(`${credentialsFile} describes no workload identity`);
    client.scopes = [...scopes];
    return client;
  }
  const { client_email: email, private_key: key } = credentials as JWTInput;
  if (email === undefined || key === undefined) {
    throw unavailable(`${credentialsFile} is no key of a service account`);
  }
  return new library.JWT({ email, key, scopes: [...scopes], transporterOptions });
}

/** @throws {SourceError} Which says nothing of what is in it. */
async function readCredentials(path: string): Promise<JWTInput | ExternalAccountClientOptions> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as JWTInput | ExternalAccountClientOptions;
  } catch {
    throw unavailable(`${path} cannot be read, or is no JSON`);
  }
}
