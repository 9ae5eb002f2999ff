import { originOf } from '../../identity/client-address.ts';
import type { PrincipalId } from '../../identity/principal.ts';
import { type Rate, TokenBuckets } from './token-buckets.ts';

/** Steps of signing in from one address: two for each person, who may all be behind one address. */
const SIGN_IN_RATE: Rate = { burst: 200, perSecond: 5 };
/** Of one principal, in the weights of routes: a page of the console asks for about ten things. */
const PRINCIPAL_RATE: Rate = { burst: 400, perSecond: 40 };
/** Seconds at full rate that an address may save up. */
const ADDRESS_BURST_SECONDS = 5;

export interface CallLimitsParts {
  /** Requests a second from one address; 0 for no limit. A proxy in front makes one address of all clients. */
  readonly addressPerSecondMax: () => number;
  readonly nowMs: () => number;
}

/**
 * How often the control plane is asked, by whom. Each method takes from what is left and returns seconds to
 * wait if that is not enough. Of this process: another one counts by itself.
 */
export class CallLimits {
  readonly #parts: CallLimitsParts;
  readonly #addresses = new TokenBuckets();
  readonly #signIns = new TokenBuckets();
  readonly #principals = new TokenBuckets();

  constructor(parts: CallLimitsParts) {
    this.#parts = parts;
  }

  /** Any request, before anything of it is read. */
  takeAddress(address: string): number | undefined {
    const perSecond = this.#parts.addressPerSecondMax();
    if (perSecond === 0) return undefined;
    const rate = { burst: perSecond * ADDRESS_BURST_SECONDS, perSecond };
    return this.#take(this.#addresses, originOf(address), 1, rate);
  }

  /** A step of signing in, which anybody may take and for which something is stored or computed. */
  takeSignIn(address: string): number | undefined {
    if (this.#parts.addressPerSecondMax() === 0) return undefined;
    return this.#take(this.#signIns, originOf(address), 1, SIGN_IN_RATE);
  }

  /** A request of somebody who is signed in. @param weight Of its route. */
  takePrincipal(id: PrincipalId, weight: number): number | undefined {
    return this.#take(this.#principals, id, weight, PRINCIPAL_RATE);
  }

  #take(buckets: TokenBuckets, key: string, cost: number, rate: Rate): number | undefined {
    const waitMs = buckets.take(key, cost, rate, this.#parts.nowMs());
    return waitMs === undefined ? undefined : Math.max(1, Math.ceil(waitMs / 1_000));
  }
}
