import { createHmac, hash, randomBytes } from 'node:crypto';
import type { BrowserSignIn, BrowserSignInStore } from './browser-sign-in.ts';
import type { Principal, PrincipalId } from './principal.ts';

/** What {@link BrowserSignIns} works with. */
export interface BrowserSignInsParts {
  readonly store: BrowserSignInStore;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: () => number;
  readonly limits: () => BrowserSignInLimits;
  /** Asked each time: a principal that is barred loses every sign-in at once. */
  readonly isDisabled: (id: PrincipalId) => boolean;
  /** Asked each time: a provider that is taken out takes its sign-ins along. */
  readonly isTrusted: (providerName: string) => boolean;
}

export interface BrowserSignInLimits {
  /** Milliseconds that a sign-in lasts, however much it is used. */
  readonly lifetimeMs: number;
  /** Milliseconds that it lasts unused. */
  readonly idleMs: number;
}

/** Who signed in, and from where. */
export interface NewSignIn {
  readonly principal: Omit<Principal, 'signIn' | 'expiresAtMs'>;
  readonly method: BrowserSignIn['method'];
  readonly clientAddress: string;
  readonly userAgent: string;
  /** Milliseconds since the Unix epoch, when the provider wants it to end at the latest. Default: it does not say. */
  readonly endsAtMs?: number | undefined;
}

/** A sign-in that counts at this moment. */
export interface CurrentSignIn {
  readonly id: string;
  readonly principal: Principal;
  /** What has to come with each request that changes something; a page of ours learns it from `/v1/whoami`. */
  readonly csrfToken: string;
}

const SECRET_BYTES = 32;
const ID_BYTES = 16;
/** Milliseconds for which the time of last use is not written again. */
const TOUCH_INTERVAL_MS = 60_000;
const USER_AGENT_LENGTH_MAX = 256;

/** The sign-ins in browsers: made, recognised by their secret, and ended. */
export class BrowserSignIns {
  readonly #parts: BrowserSignInsParts;

  constructor(parts: BrowserSignInsParts) {
    this.#parts = parts;
  }

  /**
   * Makes a sign-in to be. Nothing is stored yet, so that it can be entered in the ledger before it
   * counts: {@link open} makes it count.
   */
  prepare({ principal, method, clientAddress, userAgent, endsAtMs }: NewSignIn): {
    readonly secret: string;
    readonly signIn: BrowserSignIn;
  } {
    const { nowMs, limits } = this.#parts;
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    const createdAtMs = nowMs();
    const signIn: BrowserSignIn = {
      id: `si_${randomBytes(ID_BYTES).toString('base64url')}`,
      secretHash: hashSecret(secret),
      principal: { ...principal, signIn: method },
      method,
      clientAddress,
      userAgent: userAgent.slice(0, USER_AGENT_LENGTH_MAX),
      createdAtMs,
      lastUsedAtMs: createdAtMs,
      endsAtMs: Math.min(createdAtMs + limits().lifetimeMs, endsAtMs ?? Number.POSITIVE_INFINITY),
    };
    return { secret, signIn };
  }

  open(signIn: BrowserSignIn): Promise<void> {
    return this.#parts.store.insert(signIn);
  }

  /**
   * Undefined if a secret is nobody's, or does not count any more.
   *
   * @param secret What a cookie holds.
   * @param isUse False to look without prolonging it: a page that only waits is not used.
   */
  async authenticate(secret: string, isUse = true): Promise<CurrentSignIn | undefined> {
    const found = await this.authenticateHash(hashSecret(secret), isUse);
    if (found === undefined) return undefined;
    const csrfToken = createHmac('sha256', secret).update('sallyport csrf').digest('base64url');
    return { ...found, csrfToken };
  }

  /** The same for whoever was vouched for with the hash of a secret. */
  async authenticateHash(
    secretHash: Buffer,
    isUse = true,
  ): Promise<Omit<CurrentSignIn, 'csrfToken'> | undefined> {
    const { store, nowMs } = this.#parts;
    const signIn = await store.find(secretHash);
    if (signIn === undefined || !this.#counts(signIn)) return undefined;
    const now = nowMs();
    if (isUse && now - signIn.lastUsedAtMs >= TOUCH_INTERVAL_MS) await store.touch(signIn.id, now);
    return { id: signIn.id, principal: { ...signIn.principal, expiresAtMs: signIn.endsAtMs } };
  }

  /** Those of a principal that count, newest first. */
  async list(principalId: PrincipalId): Promise<readonly BrowserSignIn[]> {
    const signIns = await this.#parts.store.list(principalId);
    return signIns.filter((signIn) => this.#counts(signIn));
  }

  /** False when the principal has no such sign-in. */
  end(id: string, principalId: PrincipalId): Promise<boolean> {
    return this.#parts.store.end(id, principalId, this.#parts.nowMs());
  }

  /** Milliseconds since the Unix epoch, when it ends unless it is used before. */
  idleEndsAtMs({ lastUsedAtMs, endsAtMs }: BrowserSignIn): number {
    return Math.min(endsAtMs, lastUsedAtMs + this.#parts.limits().idleMs);
  }

  #counts(signIn: BrowserSignIn): boolean {
    const { nowMs, isDisabled, isTrusted } = this.#parts;
    const { id, issuer } = signIn.principal;
    return nowMs() < this.idleEndsAtMs(signIn) && !isDisabled(id) && isTrusted(issuer);
  }
}

/** Looking sign-ins up by it tells an attacker with a clock nothing, and a copy of the store opens no door. */
function hashSecret(secret: string): Buffer {
  return hash('sha256', secret, 'buffer');
}
