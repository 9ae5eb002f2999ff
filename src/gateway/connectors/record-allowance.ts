/** Bytes of records that a connector may have entered at once: what waited while the ledger took nothing. */
const BURST_BYTES = 4 * 1024 * 1024;
/** Bytes a second, whatever it carries. */
const BASE_BYTES_PER_SECOND = 16 * 1024;
/** Bytes a second for each stream that is open: of each there is a record every two seconds at most, of a few hundred. */
const STREAM_BYTES_PER_SECOND = 2 * 1024;

interface Account {
  /** Negative: what was let through before its time. */
  readonly bytes: number;
  readonly atMs: number;
}

/**
 * How much connectors may have entered in the ledger, which nobody makes smaller again: as much as they can have to
 * say of what they carry. Whoever has the machine of one could fill everybody's disk.
 */
export class RecordAllowance {
  readonly #nowMs: () => number;
  readonly #accounts = new Map<string, Account>();

  /** @param nowMs A clock that only goes forward. */
  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /**
   * Takes bytes from what a connector may have entered.
   *
   * @param streams That it carries now, by all its tunnels to this process.
   * @returns Milliseconds to wait before they are.
   */
  take(connectorId: string, bytes: number, streams: number): number {
    const nowMs = this.#nowMs();
    const before = this.#accounts.get(connectorId) ?? { bytes: BURST_BYTES, atMs: nowMs };
    const perMs = (BASE_BYTES_PER_SECOND + streams * STREAM_BYTES_PER_SECOND) / 1_000;
    const earned = Math.min(BURST_BYTES, before.bytes + (nowMs - before.atMs) * perMs);
    const left = earned - bytes;
    this.#accounts.set(connectorId, { bytes: left, atMs: nowMs });
    return left >= 0 ? 0 : Math.ceil(-left / perMs);
  }

  /** Forgets who is here no more. */
  keep(connectorIds: ReadonlySet<string>): void {
    for (const [id, { bytes, atMs }] of this.#accounts) {
      const earned = bytes + ((this.#nowMs() - atMs) * BASE_BYTES_PER_SECOND) / 1_000;
      if (!connectorIds.has(id) && earned >= BURST_BYTES) this.#accounts.delete(id);
    }
  }
}
