import type { SessionEnd } from '../protocol.ts';

/** A session's last word, by how it ended; nothing is said where the client left. */
export const FAREWELLS: Readonly<Partial<Record<SessionEnd, string>>> = {
  'idle-timeout': 'the session was idle for too long',
  'principal-expired': 'the sign-in has expired',
  stopped: 'somebody ended the session',
  'principal-disabled': 'access was withdrawn',
  'grant-ended': 'the grant that permitted the session is over',
  'gateway-stopping': 'the gateway is stopping',
  'protocol-error': 'the protocol was violated',
  'recording-failed': 'the session cannot be recorded',
  'store-failed': 'tokens cannot be looked up',
  'target-left': 'the target closed the connection',
  'internal-error': 'internal error',
};
