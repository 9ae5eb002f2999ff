import type { ConnectorHealth, OfferedTarget } from '../../wire/tunnel/control-message.ts';

/** By which tokens of an identity provider a connector enrols. */
export interface WorkloadRule {
  /** Name in the configuration. */
  readonly provider: string;
  /** Claims that the token must have, each with this value. */
  readonly claims: Readonly<Record<string, string>>;
}

/** Somebody who may begin tunnels. */
export interface ConnectorRecord {
  /** Another one once a name was removed and is given again. */
  readonly id: string;
  readonly name: string;
  readonly createdAtMs: number;
  /** Principal. */
  readonly createdBy: string;
  /** Undefined: enrols by a token, once. */
  readonly workload: WorkloadRule | undefined;
  /** Until when the token can be used. Undefined if there is none, or it was used. */
  readonly tokenExpiresAtMs: number | undefined;
  /** Of the last certificate. Undefined: it has none yet. */
  readonly certificateExpiresAtMs: number | undefined;
  /** When a process of a gateway last had a tunnel of it. Undefined: none ever had. */
  readonly seenAtMs: number | undefined;
}

/** What a connector says of itself, and where it is. */
export interface TunnelFacts {
  readonly remoteAddress: string;
  readonly version: string;
  readonly process: string;
  readonly startedAtMs: number;
  readonly targets: readonly OfferedTarget[];
  readonly state: 'open' | 'suspect' | 'leaving';
  readonly health: ConnectorHealth | undefined;
}

/** A tunnel as the process says that has it. */
export interface TunnelRecord {
  readonly id: string;
  readonly connectorId: string;
  /** The process of the gateway, by its log. */
  readonly log: string;
  readonly openedAtMs: number;
  readonly facts: TunnelFacts;
}

/** A process that tunnels end in, and when it says so. */
export interface TunnelEnd {
  /** By its log. */
  readonly log: string;
  readonly gateway: string;
  readonly nowMs: number;
}

/** The end of a chain of records that is in a ledger. */
export interface EnteredRecords {
  readonly sequence: number;
  /** Of the last record. */
  readonly digest: string;
}

/** Where it is kept who may begin tunnels. `store/` provides it; it rejects if it cannot answer. */
export interface ConnectorStore {
  /** @returns Whether the name was free. */
  add(
    connector: Pick<ConnectorRecord, 'id' | 'name' | 'createdBy' | 'workload'>,
    token: { readonly hash: Buffer; readonly expiresAtMs: number } | undefined,
  ): Promise<boolean>;
  /** By name; those that were removed are left out. */
  list(): Promise<readonly ConnectorRecord[]>;
  find(name: string): Promise<ConnectorRecord | undefined>;
  /** Uses a token up. Undefined if it is of no such connector, over, or used. */
  useToken(name: string, hash: Buffer, nowMs: number): Promise<ConnectorRecord | undefined>;
  /** A certificate was issued. @returns False if the connector was removed. */
  noteCertificate(id: string, expiresAtMs: number): Promise<boolean>;
  /** @returns False if it was removed before. */
  remove(id: string): Promise<boolean>;
  /** Replaces what a process of a gateway said before of its tunnels. */
  noteTunnels(end: TunnelEnd, tunnels: readonly TunnelRecord[]): Promise<void>;
  /** The processes of a gateway that said something since then, by their logs. */
  listEnds(gateway: string, seenSinceMs: number): Promise<readonly string[]>;
  /** A process takes no tunnels any more, and has none. */
  forgetEnd(log: string): Promise<void>;
  /** Those that a process said to have since then. */
  listTunnels(seenSinceMs: number): Promise<readonly TunnelRecord[]>;
  findEntered(id: string, process: string): Promise<EnteredRecords | undefined>;
  noteEntered(id: string, process: string, entered: EnteredRecords): Promise<void>;
}
