import { decodeJwt } from 'jose';
import type { Claims } from './claims.ts';

/**
 * All claims of a JWT. Proves nothing: call it for a token that was authenticated before.
 *
 * @throws If it is no JWT.
 */
export function readClaims(token: string): Claims {
  return decodeJwt(token);
}
