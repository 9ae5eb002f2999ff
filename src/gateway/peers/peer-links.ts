import type { PeerIdentity } from './peer-identity.ts';
import { PeerLink, type PeerPlace } from './peer-link.ts';

/** Links to those that are there now, by a name that tells them apart. */
export class PeerLinks implements Disposable {
  readonly #identity: () => PeerIdentity;
  readonly #links = new Map<string, PeerLink>();
  /** To those that are not there any more, as long as they carry what was begun. */
  readonly #retired = new Set<PeerLink>();

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
   * Links to these, and to no others: a link to a place that is still the same goes on. What another one carries goes
   * on as well: a gateway that the store does not hear of may be there.
   *
   * @returns Whether anything changed.
   */
  set(places: ReadonlyMap<string, PeerPlace>): boolean {
    let hasChanged = false;
    for (const link of this.#retired) if (!link.isConnected) this.#retired.delete(link);
    for (const [name, link] of this.#links) {
      if (isSame(link.place, places.get(name))) continue;
      link.retire();
      this.#retired.add(link);
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
    for (const link of this.#retired) link[Symbol.dispose]();
  }
}

function isSame(a: PeerPlace, b: PeerPlace | undefined): boolean {
  return a.name === b?.name && a.host === b.host && a.port === b.port;
}
