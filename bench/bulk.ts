import { performance } from 'node:perf_hooks';
import type { Contestant } from './contestant.ts';
import { DiscardingClient } from './discarding-client.ts';

/** Bytes of one row of `bench_wide` in an answer, about: for choosing how many rows to make. */
const ROW_BYTES = 184;

const COLUMNS = 'id, patient, code, amount, at, name, city, note';

/** The statement whose result is the whole table. */
export const LARGE_RESULT: string = `select ${COLUMNS} from bench_wide`;

/** Makes a table whose rows, all together, are about `bytes` long in an answer; and an empty one. */
export async function fillBulkTables(direct: Contestant, bytes: number): Promise<void> {
  using client = await DiscardingClient.connect(direct);
  const rows = Math.ceil(bytes / ROW_BYTES);
  await client.query(`
    create unlogged table bench_wide as
    select id, id % 5000 as patient, 'I' || id % 99 as code, (id % 100000) / 100.0 as amount,
           timestamp '2024-01-01' + id * interval '1 minute' as at, 'Person ' || id as name,
           'Town ' || id % 300 as city, repeat('seen, stable ', 6) as note
    from generate_series(1, ${rows}) id`);
  await client.query('create unlogged table bench_sink (like bench_wide)');
  await client.query('vacuum analyze bench_wide');
}

/** A measured transfer. */
export interface Transfer {
  readonly bytes: number;
  readonly megabytesPerSecond: number;
}

/** A measured answer. Who waits for it waits for rows: masked ones may be shorter. */
export interface ReadTransfer extends Transfer {
  readonly rows: number;
  readonly rowsPerSecond: number;
}

/** The whole table as the result of one statement. */
export async function measureResult(contestant: Contestant): Promise<ReadTransfer> {
  return measureAnswer(contestant, LARGE_RESULT);
}

/** The whole table through COPY. */
export async function measureCopyOut(contestant: Contestant): Promise<ReadTransfer> {
  return measureAnswer(contestant, `copy bench_wide (${COLUMNS}) to stdout`);
}

/** About `bytes` of rows through COPY into an empty table. */
export async function measureCopyIn(contestant: Contestant, bytes: number): Promise<Transfer> {
  const line = `1\t2\tI10\t3.50\t2024-01-01 00:00:00\tPerson 1\tTown 1\t${'seen, stable '.repeat(6)}\n`;
  const chunk = Buffer.from(line.repeat(Math.floor(CHUNK_BYTES / line.length)));
  const times = Math.ceil(bytes / chunk.length);
  using client = await DiscardingClient.connect(contestant);
  await client.query('truncate bench_sink');
  const startedAtMs = performance.now();
  await client.copyIn(`copy bench_sink (${COLUMNS}) from stdin`, chunk, times);
  const sentBytes = chunk.length * times;
  const seconds = (performance.now() - startedAtMs) / 1000;
  return { bytes: sentBytes, megabytesPerSecond: sentBytes / 1e6 / seconds };
}

/** As psql sends it, about. */
const CHUNK_BYTES = 64 * 1024;

async function measureAnswer(contestant: Contestant, sql: string): Promise<ReadTransfer> {
  using client = await DiscardingClient.connect(contestant);
  return await measureRead(client, sql);
}

/** The answer of one statement. */
export async function measureRead(client: DiscardingClient, sql: string): Promise<ReadTransfer> {
  const startedAtMs = performance.now();
  const { bytes, rows } = await client.query(sql);
  const seconds = (performance.now() - startedAtMs) / 1000;
  return { bytes, megabytesPerSecond: bytes / 1e6 / seconds, rows, rowsPerSecond: rows / seconds };
}
