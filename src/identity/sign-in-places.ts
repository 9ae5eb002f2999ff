import { originOf } from './client-address.ts';

/** Connections of a listener at once that have not signed in. */
export interface SignInLimits {
  readonly max: number;
  /** From one IPv4 address, or one network of IPv6. */
  readonly perOriginMax: number;
}

/** Keeps those who never sign in from taking all the room of a listener: signing in has little, and nobody all of it. */
export class SignInPlaces {
  readonly #limits: SignInLimits;
  readonly #taken = new Map<string, number>();
  #count = 0;

  constructor(limits: SignInLimits) {
    this.#limits = limits;
  }

  /** Undefined if there is none left for the address; else gives the place back, once however often it is called. */
  take(address: string): (() => void) | undefined {
    const origin = originOf(address);
    const { max, perOriginMax } = this.#limits;
    const taken = this.#taken.get(origin) ?? 0;
    if (this.#count >= max || taken >= perOriginMax) return undefined;
    this.#count += 1;
    this.#taken.set(origin, taken + 1);
    let isTaken = true;
    return () => {
      if (!isTaken) return;
      isTaken = false;
      this.#giveBack(origin);
    };
  }

  #giveBack(origin: string): void {
    this.#count -= 1;
    const left = (this.#taken.get(origin) ?? 1) - 1;
    if (left === 0) this.#taken.delete(origin);
    else this.#taken.set(origin, left);
  }
}
