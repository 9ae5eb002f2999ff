/** Who holds which connections, so that nobody holds them all. */
export class ConnectionShares<Connection> {
  readonly #max: number;
  readonly #owners = new Map<Connection, string>();
  readonly #counts = new Map<string, number>();

  /** @param max Connections of one owner at a time. */
  constructor(max: number) {
    this.#max = max;
  }

  mayHold(owner: string): boolean {
    return (this.#counts.get(owner) ?? 0) < this.#max;
  }

  hold(connection: Connection, owner: string): void {
    this.#owners.set(connection, owner);
    this.#counts.set(owner, (this.#counts.get(owner) ?? 0) + 1);
  }

  /** Nothing happens if nobody holds it. */
  release(connection: Connection): void {
    const owner = this.#owners.get(connection);
    if (owner === undefined) return;
    this.#owners.delete(connection);
    const count = (this.#counts.get(owner) ?? 0) - 1;
    if (count > 0) this.#counts.set(owner, count);
    else this.#counts.delete(owner);
  }
}
