import type { SessionEnd } from '../protocol.ts';

/** SQLSTATE and message of a session's last word, by how it ended; nothing is said where the client left. */
export const FAREWELLS: Readonly<Partial<Record<SessionEnd, readonly [string, string]>>> = {
  'idle-timeout': ['57P05', 'terminating connection due to idle-session timeout'],
  'principal-expired': ['28000', 'terminating connection because the sign-in has expired'],
  stopped: ['57P01', 'terminating connection because somebody ended the session'],
  'principal-disabled': ['28000', 'terminating connection because access was withdrawn'],
  'grant-ended': ['28000', 'terminating connection because the grant that permitted it is over'],
  'gateway-stopping': ['57P01', 'terminating connection because the gateway is stopping'],
  'protocol-error': ['08P01', 'terminating connection after a protocol violation'],
  'recording-failed': ['57P03', 'terminating connection because it cannot be recorded'],
  'store-failed': ['57P03', 'terminating connection because tokens cannot be looked up'],
  'target-left': ['57P01', 'terminating connection because the target closed its side'],
  'internal-error': ['XX000', 'terminating connection after an internal error'],
};
