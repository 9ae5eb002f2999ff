import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { AwsSecretsSettings } from '../../configuration/secret-source-settings.ts';
import type { AwsParts } from '../cloud/aws-roles.ts';
import { awsHandler } from '../cloud/cloud-requests.ts';
import { describeCloudError } from '../cloud/describe-cloud-error.ts';
import { unavailable } from './request-service.ts';
import type { SecretReading, SecretSource } from './secret-source.ts';

/** @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html */
export class AwsSecrets implements SecretSource {
  readonly #settings: AwsSecretsSettings;
  readonly #parts: AwsParts;
  #client: SecretsManagerClient | undefined;

  constructor(settings: AwsSecretsSettings, parts: AwsParts = {}) {
    this.#settings = settings;
    this.#parts = parts;
  }

  async read(path: string, signal: AbortSignal): Promise<SecretReading> {
    const { region, endpoint, lifetimeMs } = this.#settings;
    const { SecretsManagerClient: Client, GetSecretValueCommand } = await import(
      '@aws-sdk/client-secrets-manager'
    );
    this.#client ??= new Client({
      region,
      requestHandler: awsHandler(this.#parts.request),
      maxAttempts: 2,
      ...(endpoint !== undefined && { endpoint }),
      ...(this.#parts.credentials !== undefined && { credentials: this.#parts.credentials }),
    });
    try {
      const command = new GetSecretValueCommand({ SecretId: path });
      const answer = await this.#client.send(command, { abortSignal: signal });
      const { SecretString, SecretBinary } = answer;
      const content = SecretString ?? SecretBinary;
      if (content === undefined) throw unavailable('its answer has no secret');
      return { content: Buffer.from(content as string), lifetimeMs };
    } catch (error) {
      throw describeCloudError(error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client?.destroy();
  }
}
