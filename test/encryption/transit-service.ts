import { createSecretKey, randomBytes } from 'node:crypto';
import { unwrapKey, wrapKey } from '../../src/encryption/wrap-key.ts';
import { type KeyService, type ServiceAnswer, startKeyService } from './key-service.ts';

/** A transit engine, and what a test can do to it. */
export interface TransitService extends KeyService {
  token: string;
  /** 503, as when the server is sealed. */
  isSealed: boolean;
  /** Makes a new version of the key; the old ones still decrypt. */
  rotate(): void;
}

const REFUSED: ServiceAnswer = { status: 403, body: { errors: ['permission denied'] } };

/**
 * Stands in for the transit engine of Vault and OpenBao, as their API documentation describes `encrypt` and
 * `decrypt`: neither program is packaged for Debian or npm, so tests cannot count on the real one.
 *
 * @see https://openbao.org/api-docs/secret/transit/
 */
export async function startTransitService(): Promise<TransitService> {
  const versions = [createSecretKey(randomBytes(32))];
  const state = { token: 'hvs.first', isSealed: false };
  const service = await startKeyService((request, body) => {
    if (state.isSealed) return { status: 503, body: { errors: ['Vault is sealed'] } };
    if (request.headers['x-vault-token'] !== state.token) return REFUSED;
    const [, verb] = /^\/v1\/transit\/(encrypt|decrypt)\/sallyport$/.exec(request.url ?? '') ?? [];
    if (request.method !== 'POST' || verb === undefined) {
      return { status: 404, body: { errors: [] } };
    }
    return verb === 'encrypt' ? encrypt(String(body['plaintext'])) : decrypt(body['ciphertext']);
  });

  /** Plaintexts of 64 bytes are all that is asked for: two halves, each wrapped. */
  function encrypt(plaintext: string): ServiceAnswer {
    const bytes = Buffer.from(plaintext, 'base64');
    const key = versions.at(-1);
    if (key === undefined || bytes.length !== 64) return { status: 400, body: { errors: ['bad'] } };
    const halves = [bytes.subarray(0, 32), bytes.subarray(32)];
    const wrapped = Buffer.concat(halves.map((half) => wrapKey(key, half, 'transit')));
    const ciphertext = `vault:v${versions.length}:${wrapped.toString('base64')}`;
    return { status: 200, body: { data: { ciphertext, key_version: versions.length } } };
  }

  function decrypt(ciphertext: unknown): ServiceAnswer {
    const [, version, wrapped = ''] = /^vault:v(\d+):(.+)$/.exec(String(ciphertext)) ?? [];
    const bytes = Buffer.from(wrapped, 'base64');
    const key = versions[Number(version) - 1];
    const halves = [bytes.subarray(0, 60), bytes.subarray(60)].map((half) =>
      key === undefined ? undefined : unwrapKey(key, half, 'transit'),
    );
    const [one, other] = halves;
    if (one === undefined || other === undefined) {
      return { status: 400, body: { errors: ['cipher: message authentication failed'] } };
    }
    const plaintext = Buffer.concat([one, other]).toString('base64');
    return { status: 200, body: { data: { plaintext } } };
  }

  return Object.assign(state, service, {
    rotate: () => void versions.push(createSecretKey(randomBytes(32))),
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  });
}
