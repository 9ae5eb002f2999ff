import { createHmac, hash, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import type { AuthenticationResult } from './authenticator.ts';
import type { OnceOnlyStore } from './browser-sign-in.ts';
import type { BrowserSignIns } from './browser-sign-ins.ts';

/** What {@link SiteSignIns} works with. */
export interface SiteSignInsParts {
  /** 32 bytes, the same for all gateways on a store. */
  readonly masterKey: Buffer;
  readonly signIns: Pick<BrowserSignIns, 'authenticateHash'>;
  readonly once: OnceOnlyStore;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: () => number;
}

/** The cookie by which a browser asks a target, from now on. */
export interface SiteCookie {
  readonly value: string;
  /** Seconds until its sign-in ends. */
  readonly maxAgeSeconds: number;
}

/** Who a cookie of a target's host is. */
export type SiteAuthentication =
  | {
      readonly kind: 'authenticated';
      readonly answer: AuthenticationResult & { readonly kind: 'authenticated' };
      /** By which it can be told whether the sign-in still counts. */
      readonly secretHash: Buffer;
    }
  | (AuthenticationResult & { readonly kind: 'rejected' });

/** Where at the control plane browsers sign in to the hosts of targets. */
export const SITE_SIGN_IN_PATH = '/sign-in/site';
/** Where at such a host they bring their codes. */
export const SIGNED_IN_PATH = '/.sallyport/signed-in';

/** Milliseconds that a browser has to carry a code from one host to the other. */
const CODE_MS = 60_000;
/** Longer than any that was made here. */
const TEXT_LENGTH_MAX = 2_000;
const STATE_BYTES = 32;
const HASH_BYTES = 32;

/** What a code or a cookie says; whoever holds the key made it. */
interface Claims {
  /** What it is for: one is never the other. */
  readonly use: 'code' | 'cookie';
  /** SHA-256 of the secret of the browser's sign-in to the console, base64url. */
  readonly signIn: string;
  /** Host that it is for, without port. */
  readonly host: string;
  /** Milliseconds since the Unix epoch. */
  readonly untilMs: number;
  /** Of a code: the hash of the state that the browser has at that host, and what makes it unique. */
  readonly state?: string;
  readonly id?: string;
}

/**
 * Sign-ins of browsers to the hosts of targets, on the strength of the one to the console: a code carries it over
 * once, within a minute, to the browser that asked for it; a cookie of that host stands for it from then on, for as
 * long as the sign-in to the console counts. Nothing is stored for either but that a code was used.
 */
export class SiteSignIns {
  readonly #parts: SiteSignInsParts;
  readonly #key: Buffer;

  constructor(parts: SiteSignInsParts) {
    this.#parts = parts;
    const { masterKey } = parts;
    this.#key = Buffer.from(hkdfSync('sha256', masterKey, '', 'sallyport site sign-ins', 32));
  }

  /**
   * What a browser keeps at a target's host while it signs in, and what of it goes elsewhere.
   *
   * @param kept What it has there already.
   */
  makeState(kept?: string): { readonly state: string; readonly stateHash: string } {
    const state = kept ?? randomBytes(STATE_BYTES).toString('base64url');
    return { state, stateHash: hashState(state) };
  }

  /**
   * A code for a browser that is signed in to the console.
   *
   * @param secret Of the console's cookie, known to count.
   * @param stateHash As the browser brought it.
   */
  mintCode(secret: string, host: string, stateHash: string): string {
    return this.#sign({
      use: 'code',
      signIn: hash('sha256', secret, 'base64url'),
      host,
      untilMs: this.#parts.nowMs() + CODE_MS,
      state: stateHash,
      id: randomBytes(HASH_BYTES).toString('base64url'),
    });
  }

  /**
   * Exchanges a code for the cookie of the host. Undefined for one that is not this browser's or this host's, is
   * over, was used, or stands for a sign-in that is over.
   *
   * @param state What the browser kept.
   */
  async redeem(code: string, host: string, state: string): Promise<SiteCookie | undefined> {
    const claims = this.#read(code, 'code', host);
    if (claims?.id === undefined || claims.state !== hashState(state)) return undefined;
    if (!(await this.#parts.once.remember(`site ${claims.id}`, claims.untilMs))) return undefined;
    const { signIn } = claims;
    const found = await this.#parts.signIns.authenticateHash(Buffer.from(signIn, 'base64url'));
    if (found === undefined) return undefined;
    const untilMs = found.principal.expiresAtMs;
    return {
      value: this.#sign({ use: 'cookie', signIn, host, untilMs }),
      maxAgeSeconds: Math.floor((untilMs - this.#parts.nowMs()) / 1_000),
    };
  }

  /** Says who a cookie of a host is. */
  async authenticate(cookie: string, host: string): Promise<SiteAuthentication> {
    const claims = this.#read(cookie, 'cookie', host);
    if (claims === undefined) return { kind: 'rejected', reason: 'unknown-token' };
    const secretHash = Buffer.from(claims.signIn, 'base64url');
    try {
      const found = await this.#parts.signIns.authenticateHash(secretHash);
      if (found === undefined) return { kind: 'rejected', reason: 'expired' };
      const { principal } = found;
      return {
        kind: 'authenticated',
        answer: { kind: 'authenticated', principal },
        secretHash,
      };
    } catch {
      // Why the store is down is the store's to log; here it is enough that nothing is known.
      return { kind: 'rejected', reason: 'token-store-unreachable' };
    }
  }

  #sign(claims: Claims): string {
    const body = Buffer.from(JSON.stringify(claims)).toString('base64url');
    return `${body}.${this.#code(body).toString('base64url')}`;
  }

  #read(text: string, use: Claims['use'], host: string): Claims | undefined {
    const [, body = '', code = ''] = /^([\w-]+)\.([\w-]{43})$/.exec(text) ?? [];
    if (body === '' || text.length > TEXT_LENGTH_MAX) return undefined;
    if (!timingSafeEqual(Buffer.from(code, 'base64url'), this.#code(body))) return undefined;
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as Claims;
    const isOurs = claims.use === use && claims.host === host;
    return isOurs && this.#parts.nowMs() < claims.untilMs ? claims : undefined;
  }

  #code(body: string): Buffer {
    return createHmac('sha256', this.#key).update(body).digest();
  }
}

function hashState(state: string): string {
  return hash('sha256', state, 'base64url');
}
