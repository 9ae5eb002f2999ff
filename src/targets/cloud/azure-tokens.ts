import type { TokenCredential } from '@azure/identity';
import type { AzureIdentity } from '../../configuration/cloud-credential.ts';
import { unavailable } from '../secrets/request-service.ts';
import { azureClient, type RequestService } from './cloud-requests.ts';
import type { GetCloudToken } from './cloud-token.ts';
import { describeCloudError } from './describe-cloud-error.ts';

const LIFETIME_MAX_MS = 86_400_000;

/** Entra tokens for one scope, as whom the library finds the gateway to be. */
export function azureTokens(
  identity: AzureIdentity & { readonly scope: string },
  request?: RequestService,
): GetCloudToken<string> {
  let credential: TokenCredential | undefined;
  return async (_holder, abortSignal) => {
    try {
      credential ??= await openAzureCredential(identity, request);
      const token = await credential.getToken(identity.scope, { abortSignal });
      if (token !== null) {
        const leftMs = token.expiresOnTimestamp - Date.now();
        return { value: token.token, lifetimeMs: Math.min(Math.max(leftMs, 0), LIFETIME_MAX_MS) };
      }
    } catch (error) {
      throw describeCloudError(error);
    }
    throw unavailable('its answer has no token');
  };
}

/**
 * Who the gateway is in Azure: a client with a secret or certificate by the environment, the workload identity of its
 * pod, or the managed identity of its machine. The library's other ways are for people who develop, and are left out.
 */
export async function openAzureCredential(
  { clientId, tenantId, tokenFile, authority }: AzureIdentity,
  request?: RequestService,
): Promise<TokenCredential> {
  const library = await import('@azure/identity');
  const options = {
    httpClient: azureClient(request),
    // Nothing is followed, and nothing tried for long.
    retryOptions: { maxRetries: 1 },
    redirectOptions: { maxRetries: 0 },
    ...(authority !== undefined && { authorityHost: authority, disableInstanceDiscovery: true }),
  };
  return new library.ChainedTokenCredential(
    new library.EnvironmentCredential(options),
    new library.WorkloadIdentityCredential({
      ...options,
      ...(clientId !== undefined && { clientId }),
      ...(tenantId !== undefined && { tenantId }),
      ...(tokenFile !== undefined && { tokenFilePath: tokenFile }),
    }),
    new library.ManagedIdentityCredential({
      ...options,
      ...(clientId !== undefined && { clientId }),
    }),
  );
}
