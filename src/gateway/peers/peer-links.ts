import type { PeerIdentity } from './peer-identity.ts';
import { PeerLink, type PeerPlace } from './peer-link.ts';

/** Links to those that are there now, by a name that tells them apart. */
export class PeerLinks implements Disposable {
  readonly #identity: () => PeerIdentity;
  readonly #links = new Map<string, PeerLink>();

  constructor(identity: () => PeerIdentity) {
    this.#identity = identity;
  }

  get names(): readonly string[] {
    return [...this.#links.keys()];
  }

  find(name: string): PeerLink | undefined {
    return this.#links.get(name);
  }

  /**
   * Links to these, and to no others: a link to a place that is still the same goes on.
   *
   * @returns Whether anything changed.
   */
  set(places: ReadonlyMap<string, PeerPlace>): boolean {
    let hasChanged = false;
    for (const [name, link] of this.#links) {
      if (isSame(link.place, places.get(name))) continue;
      link[Symbol.dispose]();
      this.#links.delete(name);
      hasChanged = true;
    }
    for (const [name, place] of places) {
      if (this.#links.has(name)) continue;
      this.#links.set(name, new PeerLink(place, this.#identity));
      hasChanged = true;
    }
    return hasChanged;
  }

  [Symbol.dispose](): void {
    this.set(new Map());
  }
}

function isSame(a: PeerPlace, b: PeerPlace | undefined): boolean {
  return a.name === b?.name && a.host === b.host && a.port === b.port;
}
