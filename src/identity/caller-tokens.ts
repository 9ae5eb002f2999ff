import {
  createPrivateKey,
  createPublicKey,
  hash,
  hkdfSync,
  type KeyObject,
  randomUUID,
  sign,
} from 'node:crypto';
import type { Principal } from './principal.ts';

/** Of whom a target is told, and in which session. */
export interface Caller {
  readonly session: string;
  readonly target: string;
  readonly principal: Pick<Principal, 'id' | 'kind' | 'displayName'>;
}

/** What {@link CallerTokens} works with. */
export interface CallerTokensParts {
  /** 32 bytes, the same for all gateways on a store. */
  readonly masterKey: Buffer;
  /** `iss`: the address of the control plane, or the gateway's name. */
  readonly issuer: () => string;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: () => number;
}

/** The public key, as targets fetch it. @see RFC 8037 §2 */
export interface CallerKeySet {
  readonly keys: readonly {
    readonly kty: string;
    readonly crv: string;
    readonly x: string;
    readonly kid: string;
    readonly use: 'sig';
    readonly alg: 'EdDSA';
  }[];
}

/** Seconds that a token is good for: as long as a request takes to get to a target. */
const LIFETIME_SECONDS = 60;
/** Milliseconds for which the token of a session is used again. */
const REUSED_MS = 20_000;
/** Tokens kept, one for each session. */
const KEPT_MAX = 10_000;
/** What stands before the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410 §7). */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Tells targets who asks: JWTs signed by a key that is the gateway's own, and all gateways' on a store. */
export class CallerTokens {
  readonly #parts: CallerTokensParts;
  readonly #key: KeyObject;
  readonly #keySet: CallerKeySet;
  readonly #header: string;
  /** By session, oldest first. */
  readonly #kept = new Map<string, { readonly token: string; readonly atMs: number }>();

  constructor(parts: CallerTokensParts) {
    this.#parts = parts;
    const seed = Buffer.from(
      hkdfSync('sha256', parts.masterKey, '', 'sallyport caller tokens', 32),
    );
    const der = Buffer.concat([PKCS8_HEAD, seed]);
    this.#key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    const { kty = '', crv = '', x = '' } = createPublicKey(this.#key).export({ format: 'jwk' });
    // RFC 7638, with the members of RFC 8037 §2.
    const kid = hash('sha256', JSON.stringify({ crv, kty, x }), 'base64url');
    this.#keySet = { keys: [{ kty, crv, x, kid, use: 'sig', alg: 'EdDSA' }] };
    this.#header = encode({ alg: 'EdDSA', typ: 'JWT', kid });
  }

  keySet(): CallerKeySet {
    return this.#keySet;
  }

  /** A token for a request that is sent now. */
  sign(caller: Caller): string {
    const nowMs = this.#parts.nowMs();
    const known = this.#kept.get(caller.session);
    // Clocks may be set back.
    const isFresh = known !== undefined && known.atMs <= nowMs && nowMs - known.atMs < REUSED_MS;
    if (isFresh) return known.token;
    const token = this.#make(caller, Math.floor(nowMs / 1_000));
    const oldest = this.#kept.keys().next();
    this.#kept.delete(caller.session);
    if (this.#kept.size >= KEPT_MAX && !oldest.done) this.#kept.delete(oldest.value);
    this.#kept.set(caller.session, { token, atMs: nowMs });
    return token;
  }

  #make({ session, target, principal }: Caller, nowSeconds: number): string {
    const claims = encode({
      iss: this.#parts.issuer(),
      sub: principal.id,
      aud: target,
      iat: nowSeconds,
      exp: nowSeconds + LIFETIME_SECONDS,
      jti: randomUUID(),
      session,
      kind: principal.kind,
      name: principal.displayName,
    });
    const signed = `${this.#header}.${claims}`;
    return `${signed}.${sign(null, Buffer.from(signed), this.#key).toString('base64url')}`;
  }
}

function encode(value: Readonly<Record<string, unknown>>): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
