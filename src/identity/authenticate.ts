import { hash } from 'node:crypto';
import type {
  AuthenticationResult,
  Authenticator,
  CertificateHolder,
  RejectionReason,
} from './authenticator.ts';
import { type FetchDocument, fetchDocument } from './fetch-document.ts';
import { assertIdentityProviders, type IdentityProvider } from './identity-provider.ts';
import { KeySet } from './key-set.ts';
import type { Principal, PrincipalId } from './principal.ts';
import {
  hashCertificate,
  hashToken,
  hasSallyportPrefix,
  isSallyportToken,
} from './sallyport-token.ts';
import { checkUserCertificate } from './ssh/check-user-certificate.ts';
import type { TokenKind, TokenRecord, TokenStore } from './token-store.ts';
import { readUnverifiedIssuer, type TrustedIssuer, verifyJwt } from './verify-jwt.ts';

/** UTF-16 code units. Tokens with hundreds of groups stay below; libpq sends no longer password. */
const TOKEN_LENGTH_MAX = 16 * 1024;
/** Milliseconds a verified JWT is believed before its signature is checked again. */
const JWT_CACHED_MS = 60_000;
/** Milliseconds a stored token is believed: a revocation on another gateway takes effect this soon. */
const STORED_TOKEN_CACHED_MS = 30_000;
/** Cached tokens; about 1 KB each. The oldest is dropped. */
const CACHE_ENTRIES_MAX = 10_000;

/** What a {@link TokenAuthenticator} works with. */
export interface AuthenticatorServices {
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: () => number;
  /** Where Sallyport tokens are kept; without it none is accepted. */
  readonly tokens?: TokenStore | undefined;
  /** The public key that signs SSH certificates of clients; without it none is accepted. */
  readonly sshAuthority?: Buffer | undefined;
  /** Asked on every authentication, cached ones too. Default: nobody is disabled. */
  readonly isDisabled?: ((id: PrincipalId) => boolean) | undefined;
  /** Default {@link fetchDocument}. */
  readonly fetchDocument?: FetchDocument | undefined;
}

interface CachedPrincipal {
  readonly answer: AuthenticationResult & { readonly kind: 'authenticated' };
  /** Milliseconds since the Unix epoch: of the answer, and when it counts no more. */
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Authenticates tokens of the configured identity providers, and those issued in exchange for them. */
export class TokenAuthenticator implements Authenticator {
  readonly #services: AuthenticatorServices;
  /** Trusted issuers by `iss`, in the order of the configuration. */
  #issuers: ReadonlyMap<string, readonly TrustedIssuer[]> = new Map();
  #keySets: ReadonlyMap<string, KeySet> = new Map();
  /** By SHA-256 of the token: what lies in memory opens no door. Oldest first. */
  readonly #cache = new Map<string, CachedPrincipal>();
  /** Tells an answer that was on its way from before the cache was last emptied. */
  #generation = 0;

  /** @throws {IdentityProviderError} If a provider cannot be used. */
  constructor(providers: readonly IdentityProvider[], services: AuthenticatorServices) {
    this.#services = services;
    this.reconfigure(providers);
  }

  /**
   * Replaces the providers. Keys already fetched for an unchanged issuer are kept.
   *
   * @throws {IdentityProviderError} If a provider cannot be used; the old ones stay.
   */
  reconfigure(providers: readonly IdentityProvider[]): void {
    assertIdentityProviders(providers);
    const keySets = new Map<string, KeySet>();
    const issuers = new Map<string, TrustedIssuer[]>();
    for (const provider of providers) {
      const { issuer, jwksUri, caFile } = provider;
      const source = JSON.stringify([issuer, jwksUri, caFile]);
      const keys = keySets.get(source) ?? this.#keySets.get(source) ?? this.#createKeySet(provider);
      keySets.set(source, keys);
      issuers.set(issuer, [...(issuers.get(issuer) ?? []), { provider, keys }]);
    }
    this.#keySets = keySets;
    this.#issuers = issuers;
    this.forgetCached();
  }

  /** Drops all cached answers, so that a revocation made on this gateway takes effect at once. */
  forgetCached(): void {
    this.#cache.clear();
    this.#generation++;
  }

  authenticate(token: string, signal: AbortSignal): Promise<AuthenticationResult> {
    if (token.length > TOKEN_LENGTH_MAX) return Promise.resolve(rejected('malformed'));
    const key = hash('sha256', token, 'base64url');
    const cached = this.#cache.get(key);
    if (cached !== undefined) {
      const nowMs = this.#services.nowMs();
      // Clocks may be set back.
      if (cached.fromMs <= nowMs && nowMs < cached.untilMs)
        return Promise.resolve(this.#admit(cached.answer));
      this.#cache.delete(key);
    }
    return this.#authenticateAnew(token, key, signal);
  }

  async authenticateCertificate(
    certificate: Buffer,
    { clientAddress }: CertificateHolder,
    signal: AbortSignal,
  ): Promise<AuthenticationResult> {
    signal.throwIfAborted();
    const { sshAuthority: authority, nowMs } = this.#services;
    if (authority === undefined) return rejected('unknown-authority');
    const checked = checkUserCertificate(certificate, { authority, clientAddress, nowMs: nowMs() });
    if (checked.kind === 'rejected') return checked;
    // Not cached: connections are few, and a revocation takes effect at once.
    const answer = await this.#findRecord(hashCertificate(certificate), 'ssh-certificate');
    if (answer.kind === 'rejected') return answer;
    // The row says whom; a certificate for somebody else would be one that was not written down.
    if (answer.principal.id !== checked.certificate.keyId) return rejected('wrong-certificate');
    return this.#admit(answer);
  }

  async #authenticateAnew(
    token: string,
    key: string,
    signal: AbortSignal,
  ): Promise<AuthenticationResult> {
    signal.throwIfAborted();
    const generation = this.#generation;
    const stored = hasSallyportPrefix(token);
    const answer = stored ? await this.#findStored(token) : await this.#verify(token, signal);
    if (answer.kind === 'rejected') return answer;

    const cachedMs = stored ? STORED_TOKEN_CACHED_MS : JWT_CACHED_MS;
    const fromMs = this.#services.nowMs();
    const untilMs = Math.min(answer.principal.expiresAtMs, fromMs + cachedMs);
    if (generation === this.#generation) this.#remember(key, { answer, fromMs, untilMs });
    return this.#admit(answer);
  }

  async #verify(token: string, signal: AbortSignal): Promise<AuthenticationResult> {
    const issuer = readUnverifiedIssuer(token);
    if (issuer === undefined) return rejected('malformed');
    let first: RejectionReason | undefined;
    for (const trusted of this.#issuers.get(issuer) ?? []) {
      const verified = await verifyJwt(token, trusted, this.#services.nowMs(), signal);
      if (verified.kind === 'verified') return authenticated(verified.principal);
      first ??= verified.reason;
    }
    return rejected(first ?? 'unknown-issuer');
  }

  async #findStored(token: string): Promise<AuthenticationResult> {
    if (!isSallyportToken(token)) return rejected('malformed');
    return this.#findRecord(hashToken(token), 'bearer');
  }

  async #findRecord(hashOfToken: Buffer, kind: TokenKind): Promise<AuthenticationResult> {
    const { tokens, nowMs } = this.#services;
    if (tokens === undefined) return rejected('unknown-token');
    let record: TokenRecord | undefined;
    try {
      record = await tokens.find(hashOfToken);
    } catch {
      // Why the store is down is the store's to log; here it is enough that nothing is known.
      return rejected('token-store-unreachable');
    }
    if (record?.kind !== kind) return rejected('unknown-token');
    if (record.revokedAtMs !== undefined) return rejected('revoked');
    if (nowMs() >= record.expiresAtMs) return rejected('expired');
    // A provider taken out of the configuration takes the tokens issued on its word along.
    if (!this.#isTrusted(record.principal.issuer)) return rejected('unknown-issuer');
    return authenticated({
      ...record.principal,
      signIn: kind === 'bearer' ? 'sallyport-token' : 'ssh-certificate',
      expiresAtMs: record.expiresAtMs,
    });
  }

  #isTrusted(providerName: string): boolean {
    for (const trusted of this.#issuers.values()) {
      if (trusted.some(({ provider }) => provider.name === providerName)) return true;
    }
    return false;
  }

  /** The last check, on cached answers too: a disabled principal gets in by no token. */
  #admit(answer: AuthenticationResult & { readonly kind: 'authenticated' }): AuthenticationResult {
    const disabled = this.#services.isDisabled?.(answer.principal.id) ?? false;
    return disabled ? rejected('disabled') : answer;
  }

  #remember(key: string, entry: CachedPrincipal): void {
    const oldest = this.#cache.keys().next();
    if (this.#cache.size >= CACHE_ENTRIES_MAX && !oldest.done) this.#cache.delete(oldest.value);
    this.#cache.set(key, entry);
  }

  #createKeySet(provider: IdentityProvider): KeySet {
    return new KeySet(
      provider,
      this.#services.fetchDocument ?? fetchDocument,
      this.#services.nowMs,
    );
  }
}

function authenticated(
  principal: Principal,
): AuthenticationResult & { readonly kind: 'authenticated' } {
  return { kind: 'authenticated', principal };
}

function rejected(reason: RejectionReason): AuthenticationResult & { readonly kind: 'rejected' } {
  return { kind: 'rejected', reason };
}
