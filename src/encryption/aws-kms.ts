import type * as Sdk from '@aws-sdk/client-kms';
import { EncryptionError } from './encryption-error.ts';
import type { MasterKey } from './master-key.ts';

/** Which key, and who asks. */
export interface AwsKmsOptions {
  /** Id, ARN or alias. */
  readonly key: string;
  readonly region: string;
  /** In place of the region's own. */
  readonly endpoint?: string | undefined;
  /** Default: what the SDK finds in the environment, a web identity, files or the instance. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

const SCHEME = 'aws-kms:';
const TIMEOUT_MS = 10_000;

/** Errors after which trying again is of no use. */
const REFUSALS: ReadonlySet<string> = new Set([
  'AccessDeniedException',
  'DisabledException',
  'IncorrectKeyException',
  'InvalidCiphertextException',
  'InvalidKeyUsageException',
  'KMSInvalidStateException',
  'NotFoundException',
]);

/**
 * A master key in AWS KMS. What a wrapped key is for is its encryption context, which CloudTrail shows.
 *
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/encrypt_context.html
 */
export class AwsKmsKey implements MasterKey {
  readonly description: string;
  readonly #options: AwsKmsOptions;
  #client: Sdk.KMSClient | undefined;

  constructor(options: AwsKmsOptions) {
    this.#options = options;
    this.description = `key ${options.key} of AWS KMS in ${options.region}`;
  }

  async wrap(key: Buffer, purpose: string): Promise<string> {
    const { EncryptCommand } = await loadSdk();
    const command = new EncryptCommand({
      KeyId: this.#options.key,
      Plaintext: key,
      EncryptionContext: { purpose },
    });
    const { CiphertextBlob } = await this.#try('wrap', async (client, signal) =>
      client.send(command, { abortSignal: signal }),
    );
    return SCHEME + Buffer.from(CiphertextBlob ?? []).toString('base64');
  }

  async unwrap(wrapped: string, purpose: string): Promise<Buffer> {
    if (!wrapped.startsWith(SCHEME)) {
      throw new EncryptionError(
        'ERR_KEY_REFUSED',
        `Cannot unwrap key for ${purpose}: it was wrapped by another master key`,
      );
    }
    const { DecryptCommand } = await loadSdk();
    const command = new DecryptCommand({
      KeyId: this.#options.key,
      CiphertextBlob: Buffer.from(wrapped.slice(SCHEME.length), 'base64'),
      EncryptionContext: { purpose },
    });
    const { Plaintext } = await this.#try('unwrap', async (client, signal) =>
      client.send(command, { abortSignal: signal }),
    );
    return Buffer.from(Plaintext ?? []);
  }

  async #try<Answer>(
    step: 'wrap' | 'unwrap',
    ask: (client: Sdk.KMSClient, signal: AbortSignal) => Promise<Answer>,
  ): Promise<Answer> {
    try {
      return await ask(await this.#connect(), AbortSignal.timeout(TIMEOUT_MS));
    } catch (cause) {
      // Names of errors are fixed; their messages can quote what was asked.
      const name = cause instanceof Error ? cause.name : 'unknown error';
      const code = REFUSALS.has(name) ? 'ERR_KEY_REFUSED' : 'ERR_KEY_UNAVAILABLE';
      throw new EncryptionError(code, `Cannot ${step} key with ${this.description}: ${name}`, {
        cause,
      });
    }
  }

  async #connect(): Promise<Sdk.KMSClient> {
    const { region, endpoint, credentials } = this.#options;
    const { KMSClient } = await loadSdk();
    this.#client ??= new KMSClient({
      region,
      ...(endpoint !== undefined && { endpoint }),
      ...(credentials !== undefined && { credentials }),
    });
    return this.#client;
  }
}

/** Only who uses it pays for loading it. */
function loadSdk(): Promise<typeof Sdk> {
  return import('@aws-sdk/client-kms');
}
