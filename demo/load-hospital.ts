import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import postgres from 'postgres';
import { type HospitalOptions, makeHospital } from './hospital/hospital.ts';
import { HOSPITAL_CONSTRAINTS, HOSPITAL_TABLES } from './hospital/hospital-tables.ts';

/** Where to load: a server's Unix socket, as a user that it lets in without a password. */
export interface LoadDestination {
  /** Path of the socket file itself. */
  readonly socketPath: string;
  readonly user: string;
  readonly database: string;
  /** Role that shall own the tables. Default: `user`. */
  readonly owner?: string;
}

/** Makes up a hospital and writes it into an empty database. */
export async function loadHospital(
  { socketPath, user, database, owner = user }: LoadDestination,
  options: HospitalOptions = {},
): Promise<void> {
  const sql = postgres({ path: socketPath, user, database, max: 1, onnotice: () => undefined });
  try {
    await sql`SET ROLE ${sql(owner)}`;
    await sql.unsafe(HOSPITAL_TABLES);
    for (const { table, columns, chunks } of makeHospital(options)) {
      const into = await sql`COPY ${sql(table)} (${sql(columns)}) FROM STDIN`.writable();
      await pipeline(Readable.from(chunks, { objectMode: true }), into);
    }
    await sql.unsafe(HOSPITAL_CONSTRAINTS);
  } finally {
    await sql.end();
  }
}
