import type { SecretClient } from '@azure/keyvault-secrets';
import type { AzureSecretsSettings } from '../../configuration/secret-source-settings.ts';
import { openAzureCredential } from '../cloud/azure-tokens.ts';
import { azureClient, type RequestService } from '../cloud/cloud-requests.ts';
import { describeCloudError } from '../cloud/describe-cloud-error.ts';
import { unavailable } from './request-service.ts';
import type { SecretReading, SecretSource } from './secret-source.ts';

/** @see https://learn.microsoft.com/en-us/rest/api/keyvault/secrets/get-secret/get-secret */
export class AzureKeyVault implements SecretSource {
  readonly #settings: AzureSecretsSettings;
  readonly #request: RequestService | undefined;
  #client: SecretClient | undefined;

  constructor(settings: AzureSecretsSettings, request?: RequestService) {
    this.#settings = settings;
    this.#request = request;
  }

  async read(path: string, signal: AbortSignal): Promise<SecretReading> {
    const [name = '', version] = path.split('/');
    try {
      this.#client ??= await this.#connect();
      const { value } = await this.#client.getSecret(name, {
        abortSignal: signal,
        ...(version !== undefined && { version }),
      });
      if (value === undefined) throw unavailable('its answer has no secret');
      return { content: Buffer.from(value), lifetimeMs: this.#settings.lifetimeMs };
    } catch (error) {
      throw describeCloudError(error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #connect(): Promise<SecretClient> {
    const { SecretClient: Client } = await import('@azure/keyvault-secrets');
    const { address, identity } = this.#settings;
    const credential = await openAzureCredential(identity, this.#request);
    return new Client(address, credential, {
      httpClient: azureClient(this.#request),
      retryOptions: { maxRetries: 1 },
      redirectOptions: { maxRetries: 0 },
    });
  }
}
