import { getProperty, readJson, requestService, unavailable } from '../request-service.ts';
import { SourceError } from '../source-error.ts';

/** Where Vault or OpenBao is: their HTTP API is the same. */
export interface BaoPlace {
  /** URL without a slash at its end. */
  readonly address: string;
  readonly namespace: string | undefined;
  /** PEM file of the authorities of its certificate; the system's when undefined. */
  readonly caFile: string | undefined;
}

/** One call. */
export interface BaoCall {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Behind `/v1/`, each of its segments checked or encoded. */
  readonly path: string;
  /** Undefined for logins. */
  readonly token?: string | undefined;
  readonly body?: Readonly<Record<string, unknown>> | undefined;
  readonly signal: AbortSignal;
}

/** What a login, or the renewal of a token, gives. */
export interface BaoToken {
  readonly token: string;
  /** Milliseconds; 0 for one that never ends. */
  readonly lifetimeMs: number;
  readonly isRenewable: boolean;
}

/**
 * Calls the API.
 *
 * @returns The body of a successful answer; undefined where it has none.
 * @throws {SourceError} `ERR_SOURCE_MISSING` for 400 and 404, `ERR_SOURCE_DENIED` for 403, else `ERR_SOURCE_UNAVAILABLE`.
 * @see https://openbao.org/api-docs/
 */
export async function callBao(place: BaoPlace, call: BaoCall): Promise<unknown> {
  const { address, namespace, caFile } = place;
  const { method, path, token, body, signal } = call;
  if (token !== undefined && !/^[\x21-\x7e]{1,8192}$/.test(token)) {
    throw new SourceError('ERR_SOURCE_DENIED', 'its token has characters that no token has');
  }
  const { status, body: answered } = await requestService({
    method,
    url: `${address}/v1/${path}`,
    headers: {
      'content-type': 'application/json',
      'x-vault-request': 'true',
      ...(token !== undefined && { 'x-vault-token': token }),
      ...(namespace !== undefined && { 'x-vault-namespace': namespace }),
    },
    body: body && JSON.stringify(body),
    caFile,
    signal,
  });
  if (status === 200) return readJson(answered);
  if (status === 204) return undefined;
  const reason = `it answered with status ${status}`;
  if (status === 403) throw new SourceError('ERR_SOURCE_DENIED', reason);
  // 400 is also a lease that is over, or a login that it does not take.
  if (status === 400 || status === 404) throw new SourceError('ERR_SOURCE_MISSING', reason);
  throw unavailable(reason);
}

/** Reads `auth` of the answer to a login. @throws {SourceError} If there is no token in it. */
export function readToken(answer: unknown): BaoToken {
  const auth = getProperty(answer, 'auth');
  const token = getProperty(auth, 'client_token');
  const seconds = getProperty(auth, 'lease_duration');
  if (typeof token !== 'string' || typeof seconds !== 'number' || !(seconds >= 0)) {
    throw unavailable('its answer has no token');
  }
  return {
    token,
    lifetimeMs: seconds * 1_000,
    isRenewable: getProperty(auth, 'renewable') === true,
  };
}
