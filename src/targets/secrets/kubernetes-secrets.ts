import { readFile } from 'node:fs/promises';
import type { KubernetesSecretsSettings } from '../../configuration/secret-source-settings.ts';
import { getProperty, readJson, requestService, unavailable } from './request-service.ts';
import type { SecretReading, SecretSource } from './secret-source.ts';
import { SourceError } from './source-error.ts';

/** @see https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/secret-v1/ */
export class KubernetesSecrets implements SecretSource {
  readonly #settings: KubernetesSecretsSettings;

  constructor(settings: KubernetesSecretsSettings) {
    this.#settings = settings;
  }

  async read(path: string, signal: AbortSignal): Promise<SecretReading> {
    const { address, caFile, lifetimeMs } = this.#settings;
    const [namespace = '', name = ''] = path.split('/');
    const { status, body } = await requestService({
      method: 'GET',
      url: `${address}/api/v1/namespaces/${namespace}/secrets/${name}`,
      headers: { accept: 'application/json', authorization: `Bearer ${await this.#readToken()}` },
      ...(address.startsWith('https:') && { caFile }),
      signal,
    });
    const reason = `it answered with status ${status}`;
    if (status === 401 || status === 403) throw new SourceError('ERR_SOURCE_DENIED', reason);
    if (status === 404) throw new SourceError('ERR_SOURCE_MISSING', reason);
    if (status !== 200) throw unavailable(reason);
    return { content: readData(readJson(body)), lifetimeMs };
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  /** Read anew each time: the cluster renews it. */
  async #readToken(): Promise<string> {
    const token = await readFile(this.#settings.tokenFile, 'utf8').catch(() => '');
    if (/^[\x21-\x7e]+\s*$/.test(token)) return token.trim();
    throw unavailable('the token of the service account cannot be read');
  }
}

function readData(secret: unknown): ReadonlyMap<string, Buffer> {
  const data = getProperty(secret, 'data') ?? {};
  if (getProperty(secret, 'kind') !== 'Secret' || typeof data !== 'object') {
    throw unavailable('its answer is no Secret');
  }
  const values = Object.entries(data).filter(([, value]) => typeof value === 'string');
  return new Map(values.map(([key, value]) => [key, Buffer.from(String(value), 'base64')]));
}
