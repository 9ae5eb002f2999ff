import type {
  ConnectorRecord,
  ConnectorStore,
  EnteredRecords,
  TunnelEnd,
  TunnelRecord,
} from '../../src/gateway/connectors/connector-store.ts';

interface KeptConnector {
  record: ConnectorRecord;
  readonly tokenHash: string | undefined;
}

/** Who may begin tunnels, in memory. */
export class MemoryConnectorStore implements ConnectorStore {
  readonly #connectors = new Map<string, KeptConnector>();
  readonly #entered = new Map<string, EnteredRecords>();
  readonly #ends = new Map<string, string>();
  readonly #tunnels = new Map<string, readonly TunnelRecord[]>();

  async add(
    connector: Parameters<ConnectorStore['add']>[0],
    token: Parameters<ConnectorStore['add']>[1],
  ): Promise<boolean> {
    if (this.#connectors.has(connector.name)) return false;
    const record = {
      ...connector,
      ...{ createdAtMs: 0, certificateExpiresAtMs: undefined, seenAtMs: undefined },
      tokenExpiresAtMs: token?.expiresAtMs,
    };
    this.#connectors.set(connector.name, { record, tokenHash: token?.hash.toString('hex') });
    return true;
  }

  async list(): Promise<readonly ConnectorRecord[]> {
    return [...this.#connectors.values()].map(({ record }) => record);
  }

  async find(name: string): Promise<ConnectorRecord | undefined> {
    return this.#connectors.get(name)?.record;
  }

  async useToken(name: string, hash: Buffer, nowMs: number): Promise<ConnectorRecord | undefined> {
    const kept = this.#connectors.get(name);
    const expiresAtMs = kept?.record.tokenExpiresAtMs;
    if (kept?.tokenHash !== hash.toString('hex')) return undefined;
    if (expiresAtMs === undefined || expiresAtMs <= nowMs) return undefined;
    kept.record = { ...kept.record, tokenExpiresAtMs: undefined };
    return kept.record;
  }

  async noteCertificate(id: string, expiresAtMs: number): Promise<boolean> {
    const kept = [...this.#connectors.values()].find(({ record }) => record.id === id);
    if (kept === undefined) return false;
    kept.record = { ...kept.record, certificateExpiresAtMs: expiresAtMs };
    return true;
  }

  async remove(id: string): Promise<boolean> {
    const kept = [...this.#connectors.values()].find(({ record }) => record.id === id);
    return kept !== undefined && this.#connectors.delete(kept.record.name);
  }

  async noteTunnels({ log, gateway }: TunnelEnd, tunnels: readonly TunnelRecord[]): Promise<void> {
    this.#ends.set(log, gateway);
    this.#tunnels.set(log, tunnels);
  }

  async listEnds(gateway: string): Promise<readonly string[]> {
    return [...this.#ends].flatMap(([log, of]) => (of === gateway ? [log] : []));
  }

  async forgetEnd(log: string): Promise<void> {
    this.#ends.delete(log);
    this.#tunnels.delete(log);
  }

  async listTunnels(): Promise<readonly TunnelRecord[]> {
    return [...this.#tunnels.values()].flat();
  }

  async findEntered(id: string, process: string): Promise<EnteredRecords | undefined> {
    return this.#entered.get(`${id} ${process}`);
  }

  async noteEntered(id: string, process: string, entered: EnteredRecords): Promise<void> {
    this.#entered.set(`${id} ${process}`, entered);
  }
}
