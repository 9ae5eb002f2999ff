import { createSecretKey, randomBytes } from 'node:crypto';
import { unwrapKey, wrapKey } from '../../src/encryption/wrap-key.ts';
import { type KeyService, type ServiceAnswer, startKeyService } from './key-service.ts';

/** A KMS, and what a test can do to it. */
export interface KmsService extends KeyService {
  /** Errors are answered with this name in place of anything else. */
  failure: string | undefined;
}

/**
 * Stands in for AWS KMS, as its API reference describes Encrypt and Decrypt: the service itself is nowhere
 * to be had offline. The SDK that talks to it is the real one.
 *
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html
 */
export async function startKmsService(keyId: string): Promise<KmsService> {
  const key = createSecretKey(randomBytes(32));
  const state: { failure: string | undefined } = { failure: undefined };
  const service = await startKeyService((request, body) => {
    if (state.failure !== undefined) return fail(state.failure);
    if (body['KeyId'] !== keyId) return fail('NotFoundException');
    const context = JSON.stringify(body['EncryptionContext']);
    const target = request.headers['x-amz-target'];
    if (target === 'TrentService.Encrypt') {
      const plaintext = Buffer.from(String(body['Plaintext']), 'base64');
      const wrapped = wrapKey(key, plaintext, context).toString('base64');
      return { status: 200, body: { CiphertextBlob: wrapped, KeyId: keyId } };
    }
    if (target !== 'TrentService.Decrypt') return fail('UnknownOperationException');
    const wrapped = Buffer.from(String(body['CiphertextBlob']), 'base64');
    const plaintext = unwrapKey(key, wrapped, context);
    if (plaintext === undefined) return fail('InvalidCiphertextException');
    return { status: 200, body: { Plaintext: plaintext.toString('base64'), KeyId: keyId } };
  });
  return Object.assign(state, service, {
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  });
}

function fail(name: string): ServiceAnswer {
  const status = name.startsWith('KMSInternal') ? 500 : 400;
  return { status, body: { __type: name, message: 'of no interest' } };
}
