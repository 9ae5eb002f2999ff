import type { PostgresTargetFile } from '../configuration/target-file.ts';

/** How strictly the gateway checks the target's certificate (libpq's words). */
export type UpstreamTlsMode = PostgresTargetFile['tls']['mode'];

/** A reference to a secret (`env:NAME`, `file:/path`, `vault:name`), never the secret itself. */
export type SecretReference = string;

/** A PostgreSQL server reached through the gateway. Its fields are documented where they are read. */
export interface PostgresTarget extends PostgresTargetFile {}

export type Target = PostgresTarget;
