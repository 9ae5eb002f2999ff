import type { SessionOn } from '../protocol.ts';

/** A session on a PostgreSQL target. */
export type PostgresSession = SessionOn<'postgres'>;
