import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import postgres from 'postgres';
import { type Environment, type Side, startEnvironment } from './environment.ts';
import { NASTY_COLUMNS, NASTY_TYPES } from './masks-columns.ts';
import { CLIENTS, type ClientOutcome, runClient, runPsql } from './run-client.ts';

const JDBC_JAR = '/usr/share/java/postgresql.jar';

/** One table of all types for each of them, named `app.t_…`. */
const MASKS: Readonly<Record<string, unknown>> = {
  redact: 'redact',
  null: null,
  fixed: { fixed: '1' },
  last4: 'last4',
  year: 'year',
  age: 'age',
  zip3: 'zip3',
  email: 'email-domain',
  ip: 'ip-prefix',
  bucket: { bucket: 10 },
  shift: 'date-shift',
  pseudonym: 'pseudonym',
  vault: 'vault',
};

const TABLES = [...Object.keys(MASKS).map((name) => `app.t_${name}`), 'app.t_inspect'];
/** Tables of which nothing may be recognized. */
const OPAQUE = ['app.t_redact', 'app.t_null', 'app.t_pseudonym', 'app.t_vault'];

/** What no reader of a driver's takes, masked or not, and what only makes the output long. */
const UNREADABLE = /BC|'-?infinity'|5874897|294276|178000000|24:00|repeat\(/;
/** No binary format, and what pgjdbc opens as a cursor when it reads it. */
const COLUMNS = NASTY_COLUMNS.filter(({ name }) => name !== 'rights' && name !== 'cursor');

/** In the values of `NASTY_COLUMNS`; long enough that no mask comes to it by chance. */
const SECRETS = [
  '123-45-6789',
  'John.Smith',
  'Elm 1',
  '3f2504e0-4f89',
  '08:00:2b:01:02:03',
  'deadbeef',
  '42.36',
  '2001:db8:85a3::8a2e',
  '10.20.30.40',
  '16/B374D848',
  '92233720368547758',
  '1984-05-12',
  '941231234',
];

/** A UUID and a MAC address in binary, as far as they are ASCII: node-postgres decodes all values as UTF-8. */
const BINARY_SECRETS = ['?%\u0004', '\b\0+\u0001\u0002\u0003'];

/** What detectors find; they know that the number above is nobody's. */
const FOUND: Readonly<Record<string, readonly string[]>> = {
  'app.t_inspect': ['John.Smith@mail.example.org'],
};

/** One row in three forms. */
interface WholeRow {
  readonly document: Readonly<Record<string, unknown>>;
  readonly written: string;
  readonly t: string;
}

describe('a column of every type, masked in every way', () => {
  let environment: Environment;
  before(async () => {
    environment = await startEnvironment({
      patients: 1,
      target: [[['dataMap'], { columns: mapColumns() }]],
    });
    const options = { input: createTables() };
    const script = ['-q', '-v', 'ON_ERROR_STOP=1', '-f', '-'];
    assert.equal((await runPsql(environment.direct, script, options)).stderr, '');
    await hideEverything(environment.configurationDirectory);
    await eventually(async () => {
      const sql = 'SELECT ssn FROM app.t_redact WHERE id = 1';
      const { stdout } = await runPsql(environment.gateway, ['-At', '-c', sql]);
      assert.equal(stdout, '[redacted]\n');
    });
  });
  after(() => environment[Symbol.asyncDispose]());

  it('holds values that would be recognized', async () => {
    const { stdout } = await runPsql(environment.direct, ['-At', '-c', 'TABLE app.t_redact']);
    const missing = SECRETS.filter((secret) => !stdout.includes(secret));
    assert.deepEqual(missing, []);
    const client = await connectNodePostgres(environment.direct);
    try {
      const { rows } = await client.query<Record<string, string | null>>(
        binaryQuery('app.t_redact'),
      );
      const values = rows.flatMap((row) => Object.values(row).map(String)).join('\n');
      const absent = BINARY_SECRETS.filter((secret) => !values.includes(secret));
      assert.deepEqual(absent, []);
    } finally {
      await client.end();
    }
  });

  it('has the same types as it has directly, in every format', async () => {
    for (const table of TABLES) {
      const [direct, gateway] = await Promise.all(
        [environment.direct, environment.gateway].map((side) => describeColumns(side, table)),
      );
      assert.deepEqual(gateway, direct, table);
      assert.equal(direct?.length, COLUMNS.length + 1);
    }
  });

  it('is read by node-postgres, prepared and not, in text and in binary', async () => {
    const client = await connectNodePostgres(environment.gateway);
    try {
      for (const table of TABLES) {
        const seen: string[] = [];
        for (const binary of [false, true]) {
          const query = { ...binaryQuery(table), name: `${table} ${binary}`, binary };
          const { rows } = await client.query<Record<string, string | null>>(query);
          assert.equal((await client.query(query)).rows.length, rows.length);
          seen.push(...rows.flatMap((row) => Object.values(row).map(String)));
        }
        checkShown(table, seen.join('\n'));
      }
    } finally {
      await client.end();
    }
  });

  it('is read by postgres.js, by cursors as well', async () => {
    const { host, port, user, password, database } = environment.gateway;
    const sql = postgres({
      host,
      port,
      user,
      password,
      database,
      max: 1,
      ssl: tls(environment.gateway),
    });
    try {
      for (const table of TABLES) {
        const rows = await sql`SELECT * FROM ${sql(table)} WHERE id > ${0}`;
        let count = 0;
        await sql`SELECT * FROM ${sql(table)}`.cursor(7, (some) => {
          count += some.length;
        });
        assert.equal(count, rows.length);
        checkShown(table, stringify(rows));
      }
    } finally {
      await sql.end();
    }
  });

  it('is read by psycopg in both formats, prepared, and by cursors', async () => {
    const script = join(CLIENTS, 'read_masked.py');
    const program = ['/usr/bin/python3', [script, '--values', ...TABLES]] as const;
    await compareWithDirect(...program, (line) => line.endsWith('rows'));
  });

  it('is read by pgjdbc in both formats, prepared, a few rows at a time', async () => {
    const run = (side: Side): Promise<ClientOutcome> => {
      const parameters =
        side.authorityFile === undefined
          ? 'sslmode=disable'
          : `sslmode=verify-full&sslrootcert=${side.authorityFile}`;
      const url = `jdbc:postgresql://${side.host}:${side.port}/${side.database}?${parameters}`;
      const source = join(CLIENTS, 'MaskedReader.java');
      return runClient(side, 'java', ['-cp', JDBC_JAR, source, url, side.user, ...TABLES]);
    };
    const { stdout, stderr } = await run(environment.gateway);
    assert.equal(stderr, '');
    const lines = stdout.split('\n');
    assert.deepEqual(
      lines.filter((line) => line.startsWith('failed: ')),
      [],
    );
    const heads = lines.filter((line) => line.startsWith('-- '));
    assert.equal(heads.length, TABLES.length * 4);
    assert.equal(new Set(heads.map((line) => line.split(': ')[1])).size, 2);
    for (const table of TABLES) {
      const parts = stdout.split(/^(?=-- )/mu).map((part, index, all) => {
        const [, ...values] = part.split('\n');
        return all[index + 1]?.startsWith(`-- ${table} `) ? values.join('\n') : '';
      });
      checkShown(table, parts.join('\n'));
    }
  });

  it('is read by psql, and copied as text, CSV and binary', async () => {
    for (const table of TABLES) {
      const copies = ['', '(FORMAT csv)', '(FORMAT binary)'].map(
        (format) => `COPY ${table} TO STDOUT ${format}`,
      );
      for (const sql of [`SELECT * FROM ${table}`, ...copies]) {
        const { stdout, stderr } = await runPsql(environment.gateway, ['-c', sql]);
        assert.equal(stderr, '', sql);
        assert.ok(stdout.length > 1_000, sql);
        checkShown(table, stdout);
      }
    }
  });

  it('is part of whole rows, those of domains whose checks no mask satisfies among them', async () => {
    const client = await connectNodePostgres(environment.gateway);
    try {
      for (const table of TABLES) {
        const text = `SELECT row_to_json(t) AS document, t::text AS written, t FROM ${table} t`;
        const { rows } = await client.query<WholeRow>(text);
        assert.equal(Object.keys(rows[0]?.document ?? {}).length, COLUMNS.length + 1, table);
        checkShown(table, stringify(rows));
      }
    } finally {
      await client.end();
    }
  });

  it('is part of whole rows that a write returns', async () => {
    const client = await connectNodePostgres(environment.gateway);
    try {
      for (const table of TABLES) {
        await client.query('BEGIN');
        const text = `DELETE FROM ${table} t RETURNING row_to_json(t) AS document, t::text AS written, t`;
        const { rows } = await client.query<WholeRow>(text);
        await client.query('ROLLBACK');
        assert.equal(Object.keys(rows[0]?.document ?? {}).length, COLUMNS.length + 1, table);
        checkShown(table, stringify(rows));
      }
    } finally {
      await client.end();
    }
  });

  it('is not copied from a view, as on the server, and the session goes on', async () => {
    const copy = ['-c', 'COPY pg_catalog.pg_stats TO STDOUT', '-c', 'SELECT 42'];
    for (const side of [environment.direct, environment.gateway]) {
      const { stdout, stderr } = await runPsql(side, ['-At', '-v', 'VERBOSITY=verbose', ...copy]);
      assert.match(stderr, /^ERROR: {2}42809: /);
      assert.equal(stdout, '42\n');
    }
  });

  it('is dumped by pg_dump, and the dump can be restored', async () => {
    const dump = await runClient(environment.gateway, 'pg_dump', ['--schema', 'app']);
    assert.equal(dump.stderr, '');
    for (const table of TABLES) {
      const start = dump.stdout.indexOf(`COPY ${table} `);
      assert.notEqual(start, -1, table);
      checkShown(table, dump.stdout.slice(start, dump.stdout.indexOf('\n\\.\n', start)));
    }
    await environment.server.execute('CREATE DATABASE restored');
    const side = { ...environment.direct, database: 'restored' };
    const script = ['-q', '-v', 'ON_ERROR_STOP=1', '-f', '-'];
    const restored = await runPsql(side, script, { input: withoutDomainChecks(dump.stdout) });
    assert.equal(restored.stderr, '');
  });

  /** Both sides print as many rows; what the gateway's shows is masked. */
  async function compareWithDirect(
    program: string,
    programArguments: readonly string[],
    isHead: (line: string) => boolean,
  ): Promise<void> {
    const outcomes = [environment.direct, environment.gateway].map((side) =>
      runClient(side, program, programArguments),
    );
    const [direct, gateway] = await Promise.all(outcomes);
    assert.equal(direct?.stderr, '');
    assert.equal(gateway?.stderr, '');
    const heads = (text = ''): readonly string[] => text.split('\n').filter(isHead);
    assert.deepEqual(heads(gateway?.stdout), heads(direct?.stdout));
    let table = '';
    const shown = new Map<string, string[]>();
    for (const line of gateway?.stdout.split('\n') ?? []) {
      if (isHead(line)) table = line.split(' ')[0] ?? '';
      else shown.set(table, [...(shown.get(table) ?? []), line]);
    }
    assert.equal(shown.size, TABLES.length);
    for (const [name, lines] of shown) checkShown(name, lines.join('\n'));
  }
});

/** Masked values of a domain are values of its base type: its checks hold for the values behind them. */
function withoutDomainChecks(dump: string): string {
  return dump.replaceAll(/^CREATE DOMAIN [^;]*;/gmu, (text) =>
    text.replace(/ NOT NULL/u, '').replaceAll(/\n\s*CONSTRAINT [^\n;]*/gu, ''),
  );
}

function checkShown(table: string, text: string): void {
  const secrets = OPAQUE.includes(table)
    ? [...SECRETS, ...BINARY_SECRETS]
    : (FOUND[table] ?? SECRETS.slice(0, 1));
  const leaked = secrets.find((secret) => text.includes(secret));
  if (leaked === undefined) return;
  const at = text.indexOf(leaked);
  assert.fail(`${table} shows ${leaked}: …${text.slice(Math.max(0, at - 80), at + 80)}…`);
}

function createTables(): string {
  const columns = COLUMNS.map(({ name, type, values }) => {
    const readable = values
      .filter((value) => !UNREADABLE.test(value))
      .map((value) => value.replace('infinity', '2001-02-03'));
    assert.notEqual(readable.length, 0, name);
    return { name: `"${name.replaceAll('"', '""')}"`, type, values: readable };
  });
  const definition = columns.map(({ name, type }) => `${name} ${type}`).join(', ');
  const names = columns.map(({ name }) => name).join(', ');
  const rows = Array.from({ length: Math.max(...columns.map(({ values }) => values.length)) });
  const [first = '', ...others] = TABLES;
  return [
    NASTY_TYPES,
    `CREATE TABLE ${first} (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, ${definition});`,
    ...rows.map((_, row) => {
      const values = columns.map(({ values: all }) => `(${all[row % all.length]})`);
      return `INSERT INTO ${first} (${names}) VALUES (${values.join(', ')});`;
    }),
    ...others.map(
      (table) =>
        `CREATE TABLE ${table} (LIKE ${first} INCLUDING ALL); INSERT INTO ${table} (${names}) SELECT ${names} FROM ${first} ORDER BY id;`,
    ),
  ].join('\n');
}

function mapColumns(): Record<string, unknown> {
  const columns: Record<string, unknown> = {
    'app.*.id': 'none',
    'app.t_inspect.*': 'free-text',
    'app.t_inspect.doc': { class: 'json', paths: { ssn: 'ssn' } },
    'app.t_inspect.docb': { class: 'json', paths: { ssn: 'ssn' } },
  };
  for (const [name, mask] of Object.entries(MASKS)) {
    columns[`app.t_${name}.*`] = { class: 'other-id', mask };
  }
  for (const table of TABLES) columns[`${table}.id`] = 'none';
  return columns;
}

/** What RowDescription says: name, type, typmod, size. */
async function describeColumns(side: Side, table: string): Promise<readonly unknown[]> {
  const client = await connectNodePostgres(side);
  try {
    const { fields } = await client.query(`SELECT * FROM ${table} LIMIT 0`);
    return fields.map(({ name, dataTypeID, dataTypeModifier, dataTypeSize }) => [
      name,
      dataTypeID,
      dataTypeModifier,
      dataTypeSize,
    ]);
  } finally {
    await client.end();
  }
}

/** All of a table, its values as they came. */
function binaryQuery(table: string): pg.QueryConfig {
  return {
    text: `SELECT * FROM ${table} WHERE id > $1`,
    values: [0],
    binary: true,
    types: { getTypeParser: () => (value: string | Buffer) => value.toString() },
  } as pg.QueryConfig;
}

async function connectNodePostgres(side: Side): Promise<pg.Client> {
  const { host, port, user, password, database } = side;
  const client = new pg.Client({ host, port, user, password, database, ssl: tls(side) });
  await client.connect();
  return client;
}

function tls({ authorityFile }: Side): false | { readonly ca: Buffer } {
  return authorityFile === undefined ? false : { ca: readFileSync(authorityFile) };
}

function stringify(rows: unknown): string {
  return JSON.stringify(rows, (_, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
}

async function hideEverything(configurationDirectory: string): Promise<void> {
  const path = join(configurationDirectory, 'policies', 'hide.cedar');
  const text = '@id("hide") forbid (principal, action == Action::"reveal", resource);\n';
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}

async function eventually(assertion: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await assertion();
      return;
    } catch (error) {
      if (attempt === 50) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
