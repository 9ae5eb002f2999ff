/** What waits, taken owner by owner: whoever has much waiting gets no more turns than the others. */
export class FairQueue<Item> {
  /** Who has something waiting, in the order of their turns. */
  readonly #byOwner = new Map<string, Item[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  sizeOf(owner: string): number {
    return this.#byOwner.get(owner)?.length ?? 0;
  }

  add(owner: string, item: Item): void {
    const items = this.#byOwner.get(owner);
    if (items === undefined) this.#byOwner.set(owner, [item]);
    else items.push(item);
    this.#size += 1;
  }

  /** Whether anybody waits who may have a turn. */
  hasTurn(mayHaveTurn: (owner: string) => boolean): boolean {
    return [...this.#byOwner.keys()].some(mayHaveTurn);
  }

  /** Takes the first item of the first owner who may have a turn. */
  take(mayHaveTurn: (owner: string) => boolean): Item | undefined {
    for (const [owner, items] of this.#byOwner) {
      if (!mayHaveTurn(owner)) continue;
      const item = items.shift();
      this.#byOwner.delete(owner);
      // Behind the others.
      if (items.length > 0) this.#byOwner.set(owner, items);
      this.#size -= 1;
      return item;
    }
    return undefined;
  }

  /** Returns whether it was there. */
  remove(owner: string, item: Item): boolean {
    const items = this.#byOwner.get(owner) ?? [];
    const at = items.indexOf(item);
    if (at === -1) return false;
    items.splice(at, 1);
    if (items.length === 0) this.#byOwner.delete(owner);
    this.#size -= 1;
    return true;
  }
}
