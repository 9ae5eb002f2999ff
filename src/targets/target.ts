/** How strictly the gateway checks the target's certificate (libpq's words). */
export type UpstreamTlsMode = 'verify-full' | 'verify-ca' | 'require' | 'disable';

/** How durable an entry must be before its operation is forwarded. */
export type SealMode = 'sealed' | 'written';

/** A reference to a secret (`env:NAME`, `file:/path`, `vault:name`), never the secret itself. */
export type SecretReference = string;

/** What the gateway uses to log in to a PostgreSQL target. */
export interface PostgresCredential {
  readonly user: string;
  /** Absent when a client certificate alone logs in. */
  readonly password?: SecretReference;
  readonly clientCertificate?: SecretReference;
  readonly clientKey?: SecretReference;
}

/** A PostgreSQL server reached through the gateway: `targets/<name>.yaml`. */
export interface PostgresTarget {
  readonly kind: 'postgres';
  readonly name: string;
  readonly description: string;
  readonly host: string;
  readonly port: number;
  /** Database that the gateway opens when the client names only the target. */
  readonly database: string;
  /** Other databases a client may name (`target/database`); `*` for any. */
  readonly databases: readonly string[];
  readonly tls: {
    readonly mode: UpstreamTlsMode;
    /** PEM file with the certificate authorities to trust; the system's when absent. */
    readonly caFile?: string;
    /** Name that the certificate must carry; `host` when absent. */
    readonly serverName?: string;
  };
  readonly credential: PostgresCredential;
  readonly labels: Readonly<Record<string, string>>;
  readonly seal: SealMode;
  readonly recording: {
    readonly enabled: boolean;
    /** Recorded bytes per session, before compression; then digests and counts go on. */
    readonly bytesMax: number;
  };
  /** Whether parameter values of prepared statements go into the ledger. */
  readonly sealParameters: boolean;
  /** User-defined functions (`schema.name`) that do not make a statement opaque. */
  readonly functionsAllowed: readonly string[];
  /** Milliseconds; 0 for none. */
  readonly idleTimeoutMs: number;
}

export type Target = PostgresTarget;
