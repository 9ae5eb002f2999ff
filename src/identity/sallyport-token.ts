import { hash, randomBytes } from 'node:crypto';

/** Bytes of randomness in a token: guessing one is as hard as breaking its hash. */
const SECRET_BYTES = 32;
const PATTERN = /^sp_[A-Za-z0-9_-]{43}$/;

/** A new token: `sp_` and 32 random bytes in base64url, 46 characters. */
export function createSallyportToken(): string {
  return `sp_${randomBytes(SECRET_BYTES).toString('base64url')}`;
}

/** A new public name for a token, unrelated to its secret. */
export function createTokenId(): string {
  return `tok_${randomBytes(12).toString('base64url')}`;
}

/** Whether a text claims to be one of our tokens, well-formed or not. JWTs start with `ey`. */
export function hasSallyportPrefix(token: string): boolean {
  return token.startsWith('sp_');
}

/** Whether a text has the form of our tokens. Says nothing about whether it was ever issued. */
export function isSallyportToken(token: string): boolean {
  return PATTERN.test(token);
}

/**
 * SHA-256 of a token's text. Looking tokens up by it tells an attacker with a clock nothing, and
 * a copy of the store opens no door.
 */
export function hashToken(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}

/**
 * SHA-256 of an SSH certificate, by which its row is found. A certificate that we did not write down is nobody's,
 * even if whoever stole the authority's key signed it.
 */
export function hashCertificate(certificate: Buffer): Buffer {
  return hash('sha256', certificate, 'buffer');
}
