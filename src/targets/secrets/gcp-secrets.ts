import type { GcpSecretsSettings } from '../../configuration/secret-source-settings.ts';
import type { RequestService } from '../cloud/cloud-requests.ts';
import type { GetCloudToken } from '../cloud/cloud-token.ts';
import { googleTokens } from '../cloud/google-tokens.ts';
import { getProperty, readJson, requestService, unavailable } from './request-service.ts';
import type { SecretReading, SecretSource } from './secret-source.ts';
import { SourceError } from './source-error.ts';

const SCOPES = ['https://www.googleapis.com/auth/cloud-platform'];
const ENDPOINT = 'https://secretmanager.googleapis.com';

/** @see https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets.versions/access */
export class GcpSecrets implements SecretSource {
  readonly #settings: GcpSecretsSettings;
  readonly #request: RequestService;
  readonly #getToken: GetCloudToken<string>;

  constructor(settings: GcpSecretsSettings, request: RequestService = requestService) {
    this.#settings = settings;
    this.#request = request;
    const { credentialsFile } = settings;
    this.#getToken = googleTokens({ credentialsFile, scopes: SCOPES }, request);
  }

  async read(path: string, signal: AbortSignal): Promise<SecretReading> {
    const { project, endpoint = ENDPOINT, lifetimeMs } = this.#settings;
    const [name = '', version = 'latest'] = path.split('/');
    const { value: token } = await this.#getToken({ principalId: '', target: '' }, signal);
    const { status, body } = await this.#request({
      method: 'GET',
      url: `${endpoint}/v1/projects/${encodeURIComponent(project)}/secrets/${name}/versions/${version}:access`,
      headers: { authorization: `Bearer ${token}` },
      signal,
    });
    const reason = `it answered with status ${status}`;
    if (status === 401 || status === 403) throw new SourceError('ERR_SOURCE_DENIED', reason);
    if (status === 404) throw new SourceError('ERR_SOURCE_MISSING', reason);
    if (status !== 200) throw unavailable(reason);
    const data = getProperty(getProperty(readJson(body), 'payload'), 'data');
    if (typeof data !== 'string') throw unavailable('its answer has no secret');
    return { content: Buffer.from(data, 'base64'), lifetimeMs };
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
