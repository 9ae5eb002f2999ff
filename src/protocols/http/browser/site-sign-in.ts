import type { ClientRequest } from '../client-exchange.ts';
import type { Problem } from '../problem.ts';

/** How browsers sign in to targets: elsewhere, and back. What they are answered is no problem, and said as one. */
export interface SiteSignIn {
  /** Sends a browser away to sign in. Undefined: this is none, or there is nowhere to send it. */
  begin(request: ClientRequest): Problem | undefined;
  /** Answers a browser that comes back to `SIGNED_IN_PATH` (`identity/site-sign-ins.ts`). */
  finish(request: ClientRequest): Promise<Problem>;
}
