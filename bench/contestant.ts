import type { PrivatePostgres } from '../test/e2e/private-postgres.ts';

/** A way to the same server: direct, or through one of the programs in between. */
export interface Contestant {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Empty where none is asked for. */
  readonly password: string;
  readonly database: string;
  /** The process in the middle; `undefined` for a direct connection. */
  readonly pid: number | undefined;
}

/** The way to `server` without anything in between. */
export function describeDirect({
  host,
  port,
  superuser,
}: Pick<PrivatePostgres, 'host' | 'port' | 'superuser'>): Contestant {
  return {
    name: 'direct',
    ...{ host, port, user: superuser, password: '', database: 'postgres' },
    pid: undefined,
  };
}
