import type { PostgresTargetFile } from '../configuration/target-file.ts';

/** How strictly the gateway checks the target's certificate (libpq's words). */
export type UpstreamTlsMode = PostgresTargetFile['tls']['mode'];

/** How durable an entry must be before its operation is forwarded. */
export type SealMode = PostgresTargetFile['seal'];

/** A reference to a secret (`env:NAME`, `file:/path`, `vault:name`), never the secret itself. */
export type SecretReference = string;

/** What the gateway uses to log in to a PostgreSQL target. */
export type PostgresCredential = PostgresTargetFile['credential'];

/** A PostgreSQL server reached through the gateway. Its fields are documented where they are read. */
export interface PostgresTarget extends PostgresTargetFile {}

export type Target = PostgresTarget;
