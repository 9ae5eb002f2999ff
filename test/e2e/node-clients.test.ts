import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import postgres from 'postgres';
import { type Environment, type Side, startEnvironment } from './environment.ts';

describe('Node.js drivers through the gateway', () => {
  let environment: Environment;
  before(async () => {
    environment = await startEnvironment();
  });
  after(() => environment[Symbol.asyncDispose]());

  it('node-postgres sees the same as direct', async () => {
    const seen = await Promise.all([environment.direct, environment.gateway].map(tryNodePostgres));
    assert.deepEqual(seen[1], seen[0]);
    assert.equal(seen[0]?.length, 9);
  });

  it('postgres.js sees the same as direct', async () => {
    const seen = await Promise.all([environment.direct, environment.gateway].map(tryPostgresJs));
    assert.deepEqual(seen[1], seen[0]);
    assert.equal(seen[0]?.length, 7);
  });

  it('a statement that is cancelled ends, and its session lives on', async () => {
    const sql = postgres(postgresJsOptions(environment.gateway));
    try {
      const sleeping = sql`SELECT pg_sleep(60)`.execute();
      setTimeout(() => sleeping.cancel(), 300);
      await assert.rejects(sleeping, { code: '57014' });
      assert.deepEqual([...(await sql`SELECT 1 AS one`)], [{ one: 1 }]);
    } finally {
      await sql.end();
    }
  });
});

async function tryNodePostgres(side: Side): Promise<readonly unknown[]> {
  const client = new pg.Client({
    host: side.host,
    port: side.port,
    user: side.user,
    password: side.password,
    database: side.database,
    ssl: side.authorityFile === undefined ? false : { ca: readFileSync(side.authorityFile) },
  });
  await client.connect();
  try {
    const seen: unknown[] = [];
    const text = 'SELECT * FROM public.patients WHERE id < $1 ORDER BY id';
    seen.push((await client.query(text, [4])).rows);
    for (const id of [2, 3]) {
      seen.push((await client.query({ name: 'by-id', text, values: [id] })).rows);
    }
    seen.push((await client.query({ text, values: [3], rowMode: 'array' })).rows);
    seen.push((await client.query('SELECT 1 AS a; SELECT 2 AS b')) as unknown);
    const failure = client
      .query('SELECT 1 / $1::int', [0])
      .catch((error: pg.DatabaseError) => [error.code, error.message]);
    const queued = client.query('SELECT $1::text AS echo', ['naïve ☃']);
    seen.push(await failure, (await queued).rows);
    const heard = new Promise((resolve) => client.once('notification', resolve));
    await client.query('LISTEN ward');
    await client.query("SELECT pg_notify('ward', 'bed 7')");
    const { channel, payload } = (await heard) as pg.Notification;
    seen.push([channel, payload]);
    const binary = {
      text: 'SELECT id, 1.5::float8 AS x FROM public.patients WHERE id = 1',
      binary: true,
    };
    seen.push((await client.query(binary)).rows);
    return JSON.parse(JSON.stringify(seen)) as unknown[];
  } finally {
    await client.end();
  }
}

function postgresJsOptions(side: Side): postgres.Options<Record<string, postgres.PostgresType>> {
  return {
    host: side.host,
    port: side.port,
    user: side.user,
    password: side.password,
    database: side.database,
    max: 2,
    onnotice: () => undefined,
    ssl: side.authorityFile === undefined ? false : { ca: readFileSync(side.authorityFile) },
  };
}

async function tryPostgresJs(side: Side): Promise<readonly unknown[]> {
  const sql = postgres(postgresJsOptions(side));
  try {
    const seen: unknown[] = [];
    seen.push([
      ...(await sql`SELECT id, mrn, birth_date FROM public.patients WHERE id < ${4} ORDER BY id`),
    ]);
    // Sent without waiting for one another: they share connections as a pipeline.
    const pipelined = Array.from({ length: 40 }, (_, n) => sql`SELECT ${n}::int * 2 AS n`);
    seen.push((await Promise.all(pipelined)).map(([row]) => row));
    const chunks: number[] = [];
    await sql`SELECT n FROM generate_series(1, 100) n`.cursor(30, (rows) => {
      chunks.push(rows.length);
    });
    seen.push(chunks);
    seen.push(
      await sql.begin(async (transaction) => {
        await transaction`CREATE TEMP TABLE t (n int) ON COMMIT DROP`;
        await transaction`INSERT INTO t SELECT generate_series(1, 9)`;
        const refused = await transaction
          .savepoint((inner) => inner`SELECT 1 / 0`)
          .catch((error: postgres.PostgresError) => error.code);
        return [refused, ...(await transaction`SELECT sum(n)::int FROM t`)];
      }),
    );
    const copied: Buffer[] = [];
    const readable =
      await sql`COPY (SELECT n, NULL FROM generate_series(1, 3) n) TO STDOUT`.readable();
    for await (const chunk of readable) copied.push(chunk as Buffer);
    seen.push(Buffer.concat(copied).toString());
    const described = await sql`SELECT id, ssn FROM public.patients WHERE mrn = ${'x'}`.describe();
    seen.push([described.types, described.columns.map(({ name, type }) => [name, type])]);
    seen.push(
      await sql`SELECT no_such_column`.catch((error: postgres.PostgresError) => [
        error.code,
        error.position,
      ]),
    );
    return JSON.parse(JSON.stringify(seen)) as unknown[];
  } finally {
    await sql.end();
  }
}
