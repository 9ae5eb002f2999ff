import type { Actor } from '../../access/access-service.ts';
import type { SignedInCall } from '../handler.ts';

/** Who acts, and by what: for the rules of access, and for the ledger. */
export function actorOf({ principal, clientAddress, signIn }: SignedInCall): Actor {
  return { principal, clientAddress, via: signIn === undefined ? 'api' : 'console' };
}
