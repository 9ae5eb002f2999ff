import { type CryptoKey, createLocalJWKSet, type JWK, type JWSHeaderParameters } from 'jose';
import { type FetchDocument, ProviderUnreachableError } from './fetch-document.ts';

/** Milliseconds after which keys are fetched anew: a key withdrawn by its provider dies this soon. */
const KEYS_FRESH_MS = 10 * 60_000;
/** Milliseconds that known keys keep working while their provider cannot be reached. */
const KEYS_STALE_MAX_MS = 12 * 60 * 60_000;
/** Milliseconds between two fetches that tokens with unknown keys can cause. */
const REFETCH_COOLDOWN_MS = 30_000;
/** Milliseconds between two attempts while the provider cannot be reached. */
const RETRY_COOLDOWN_MS = 5_000;
const KEYS_MAX = 128;

type FindKey = ReturnType<typeof createLocalJWKSet>;

interface FetchedKeys {
  readonly findKey: FindKey;
  readonly fetchedAtMs: number;
}

/** Where one issuer's keys come from. */
export interface KeySource {
  readonly issuer: string;
  readonly jwksUri?: string | undefined;
  readonly caFile?: string | undefined;
}

/**
 * The public keys of one issuer, kept up to date.
 *
 * Keys are refetched when they are 10 minutes old, and once, at most every 30 s, when a token names
 * an unknown key: that is how a rotation shows, and also all that a flood of invented key ids can
 * cause. An issuer that cannot be reached is survived for 12 hours on the keys last seen.
 */
export class KeySet {
  readonly #source: KeySource;
  readonly #fetch: FetchDocument;
  readonly #nowMs: () => number;
  #keys: FetchedKeys | undefined;
  #refresh: Promise<void> | undefined;
  #attemptedAtMs = Number.NEGATIVE_INFINITY;
  #failure: ProviderUnreachableError | undefined;

  constructor(source: KeySource, fetch: FetchDocument, nowMs: () => number) {
    this.#source = source;
    this.#fetch = fetch;
    this.#nowMs = nowMs;
  }

  /**
   * The key a token header names, or nothing when the issuer has no such key.
   *
   * @throws {ProviderUnreachableError} When no usable keys are known and none can be had.
   */
  async findKey(header: JWSHeaderParameters, signal: AbortSignal): Promise<CryptoKey | undefined> {
    if (this.#ageMs() >= KEYS_FRESH_MS) {
      const refresh = this.#refetch(RETRY_COOLDOWN_MS);
      // While the provider is away, nobody waits for it as long as the keys last seen may be used.
      const away = this.#failure !== undefined && this.#ageMs() < KEYS_STALE_MAX_MS;
      if (!away) await untilAborted(refresh, signal);
    }
    const key = await this.#select(header);
    if (key !== undefined) return key;
    await untilAborted(this.#refetch(REFETCH_COOLDOWN_MS), signal);
    return this.#select(header);
  }

  #ageMs(): number {
    return this.#sinceMs(this.#keys?.fetchedAtMs ?? Number.NEGATIVE_INFINITY);
  }

  /** Clocks may be set back, which makes nothing younger. */
  #sinceMs(atMs: number): number {
    return Math.abs(this.#nowMs() - atMs);
  }

  async #select(header: JWSHeaderParameters): Promise<CryptoKey | undefined> {
    const keys = this.#keys;
    if (keys === undefined || this.#ageMs() >= KEYS_STALE_MAX_MS) {
      throw this.#failure ?? new ProviderUnreachableError(this.#source.issuer, 'no keys known yet');
    }
    try {
      return await keys.findKey(header);
    } catch {
      // No such key, or one that cannot be read, or a token without key id where several would fit: nothing we can verify with.
      return undefined;
    }
  }

  /** Starts a fetch, or joins the one under way. Never rejects: failures are kept for {@link #select}. */
  #refetch(cooldownMs: number): Promise<void> {
    if (this.#refresh !== undefined) return this.#refresh;
    if (this.#sinceMs(this.#attemptedAtMs) < cooldownMs) return Promise.resolve();
    this.#attemptedAtMs = this.#nowMs();
    this.#refresh = this.#fetchKeys().finally(() => {
      this.#refresh = undefined;
    });
    return this.#refresh;
  }

  async #fetchKeys(): Promise<void> {
    const { issuer, caFile } = this.#source;
    try {
      const jwksUri = this.#source.jwksUri ?? (await this.#discover());
      const document = await this.#fetch(jwksUri, caFile);
      this.#keys = {
        findKey: createLocalJWKSet({ keys: readKeys(document, issuer) }),
        fetchedAtMs: this.#nowMs(),
      };
      this.#failure = undefined;
    } catch (error) {
      this.#failure =
        error instanceof ProviderUnreachableError
          ? error
          : new ProviderUnreachableError(issuer, 'its keys cannot be read', { cause: error });
    }
  }

  /** @see https://openid.net/specs/openid-connect-discovery-1_0.html section 4 */
  async #discover(): Promise<string> {
    const { issuer, caFile } = this.#source;
    const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const document = await this.#fetch(url, caFile);
    if (document['issuer'] !== issuer) {
      throw new ProviderUnreachableError(url, 'its issuer is not the configured one');
    }
    const jwksUri = document['jwks_uri'];
    if (typeof jwksUri !== 'string')
      throw new ProviderUnreachableError(url, 'it names no jwks_uri');
    return jwksUri;
  }
}

/** jose skips keys that are not public signature keys for the token's algorithm. */
function readKeys(document: Readonly<Record<string, unknown>>, issuer: string): JWK[] {
  const keys: unknown = document['keys'];
  if (!Array.isArray(keys) || keys.length > KEYS_MAX) {
    throw new ProviderUnreachableError(issuer, 'its key set is malformed or too long');
  }
  return keys as JWK[];
}

/** Waits for shared work without owning it: an abort ends the wait, not the work. */
async function untilAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
