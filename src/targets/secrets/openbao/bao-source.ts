import { type DatabasePath, parseBaoPath } from '../../../configuration/secret-reference.ts';
import type { BaoSettings } from '../../../configuration/secret-source-settings.ts';
import type { ResolveSecret } from '../../secret-resolver.ts';
import { getProperty, unavailable } from '../request-service.ts';
import type { Lease, SecretReading, SecretSource } from '../secret-source.ts';
import { SourceError } from '../source-error.ts';
import { BaoLogin, type LiveToken } from './bao-login.ts';
import { type BaoCall, callBao } from './call-bao.ts';

/** What the source needs beside its settings. */
export interface BaoSourceParts {
  readonly resolveSecret: ResolveSecret;
  /** Milliseconds of a clock that nobody sets. */
  readonly nowMs: () => number;
}

const END_TIMEOUT_MS = 3_000;

type AuthorizedCall = Omit<BaoCall, 'token'>;

/**
 * Vault or OpenBao: secrets of the key-value engine (version 2), and users of databases that the database engine makes
 * for the while of a lease, or whose passwords it changes.
 *
 * @see https://openbao.org/api-docs/secret/kv/kv-v2/
 * @see https://openbao.org/api-docs/secret/databases/
 */
export class BaoSource implements SecretSource {
  readonly #settings: BaoSettings;
  readonly #login: BaoLogin;
  readonly #nowMs: () => number;

  constructor(settings: BaoSettings, { resolveSecret, nowMs }: BaoSourceParts) {
    this.#settings = settings;
    this.#nowMs = nowMs;
    const { authentication } = settings;
    this.#login = new BaoLogin({ place: settings, authentication, resolveSecret, nowMs });
  }

  async read(path: string, signal: AbortSignal): Promise<SecretReading> {
    const parsed = parseBaoPath(this.#settings.engines, path);
    if (parsed === undefined) throw new SourceError('ERR_SOURCE_MISSING', 'its path leads nowhere');
    return parsed.kind === 'kv2'
      ? this.#readPairs(`${parsed.mount}/data/${parsed.path}`, signal)
      : this.#readUser(parsed, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#login.end(AbortSignal.timeout(END_TIMEOUT_MS));
    } catch (error) {
      // It ends by itself before long.
      if (!(error instanceof SourceError)) throw error;
    }
  }

  async #readPairs(path: string, signal: AbortSignal): Promise<SecretReading> {
    const { answer } = await this.#call({ method: 'GET', path, signal });
    const content = readFields(getProperty(getProperty(answer, 'data'), 'data'));
    return { content, lifetimeMs: this.#settings.lifetimeMs };
  }

  async #readUser(
    { kind, mount, role }: DatabasePath,
    signal: AbortSignal,
  ): Promise<SecretReading> {
    const path = `${mount}/${kind}/${role}`;
    const { answer, token } = await this.#call({ method: 'GET', path, signal });
    const data = getProperty(answer, 'data');
    const content = readFields(data);
    if (kind === 'static-creds') {
      const ttl = getProperty(data, 'ttl');
      // Seconds until the engine changes the password.
      const leftMs = typeof ttl === 'number' && ttl >= 0 ? Math.max(ttl, 1) * 1_000 : 1_000;
      return { content, lifetimeMs: Math.min(this.#settings.lifetimeMs, leftMs) };
    }
    const id = getProperty(answer, 'lease_id');
    if (typeof id !== 'string' || !/^[\x21-\x7e]{1,1024}$/.test(id)) {
      throw unavailable('its answer has no lease');
    }
    const lifetimeMs = this.#readLifetime(answer, token);
    const body = { lease_id: id };
    const lease: Lease = {
      ...(getProperty(answer, 'renewable') === true && {
        renew: async (renewal) => {
          const call = { method: 'PUT', path: 'sys/leases/renew', body, signal: renewal } as const;
          return this.#readLifetime((await this.#call(call)).answer, token);
        },
      }),
      revoke: async (revocation) => {
        await this.#call({ method: 'PUT', path: 'sys/leases/revoke', body, signal: revocation });
      },
    };
    return { content, lifetimeMs, lease };
  }

  /** A lease ends with the token that it was given to, too. */
  #readLifetime(answer: unknown, token: LiveToken): number {
    const seconds = getProperty(answer, 'lease_duration');
    if (typeof seconds !== 'number' || !(seconds >= 0))
      throw unavailable('its answer has no lease');
    return Math.min(seconds * 1_000, token.endsAtMs - this.#nowMs());
  }

  /** A token that is refused may have been revoked: it is tried with another one, once. */
  async #call(
    call: AuthorizedCall,
  ): Promise<{ readonly answer: unknown; readonly token: LiveToken }> {
    const token = await this.#login.get(call.signal);
    try {
      return { answer: await callBao(this.#settings, { ...call, token: token.value }), token };
    } catch (error) {
      if (!(error instanceof SourceError) || error.code !== 'ERR_SOURCE_DENIED') throw error;
      if (!(await this.#login.doubt(token, call.signal))) throw error;
      const other = await this.#login.get(call.signal);
      const answer = await callBao(this.#settings, { ...call, token: other.value });
      return { answer, token: other };
    }
  }
}

/** Texts and numbers; what is nested is no field that could be asked for. */
function readFields(data: unknown): ReadonlyMap<string, Buffer> {
  if (typeof data !== 'object' || data === null) throw unavailable('its answer has no data');
  const texts = Object.entries(data).filter(
    ([, value]) => typeof value === 'string' || typeof value === 'number',
  );
  return new Map(texts.map(([name, value]) => [name, Buffer.from(String(value))]));
}
