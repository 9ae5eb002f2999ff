import assert from 'node:assert/strict';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type HospitalEnvironment, startHospitalEnvironment } from './environment.ts';
import {
  bind,
  errorFields,
  execute,
  message,
  parse,
  query,
  type RawConnection,
  signIn,
  summarize,
  sync,
} from './raw-connection.ts';
import { runPsql } from './run-client.ts';

describe('policies of the hospital, through native clients', () => {
  let environment: HospitalEnvironment;
  before(async () => {
    environment = await startHospitalEnvironment();
  });
  after(() => environment[Symbol.asyncDispose]());

  it('let the analyst read, and join', async () => {
    assert.equal(await ask('ana', 'SELECT count(*) FROM patients'), '300');
    const join = 'SELECT count(*) > 0 FROM claims c JOIN patients p ON p.id = c.patient_id';
    assert.equal(await ask('ana', join), 't');
  });

  it('let the nurse correct one note by its key, and nobody empty them', async () => {
    const body = "UPDATE notes SET body = 'corrected' WHERE id = 1";
    assert.equal(await ask('noor', body), 'UPDATE 1');
    assert.match(
      await refusal('noor', "UPDATE notes SET body = ''"),
      /^42501 .*no-unfiltered-changes/,
    );
    assert.match(await refusal('ana', body), /^42501 /);
  });

  it('let the CI job reach claims and nothing else', async () => {
    assert.match(await ask('ci-claims', 'SELECT count(*) FROM claims'), /^\d+$/);
    assert.match(await refusal('ci-claims', 'SELECT count(*) FROM patients'), /^42501 /);
    assert.match(
      await refusal('ci-claims', 'SELECT * FROM claims c JOIN patients p ON p.id = c.patient_id'),
      /^42501 /,
    );
  });

  it('let tools ask what the database is made of, who see all of a table and who do not', async () => {
    // As psql's \\dl, \\dF+ and \\dconfig+, pgAdmin and drizzle-kit do.
    const questions = [
      'SELECT oid FROM pg_catalog.pg_largeobject_metadata',
      'SELECT maptokentype FROM pg_catalog.pg_ts_config_map LIMIT 1',
      'SELECT parname FROM pg_catalog.pg_parameter_acl',
      "SELECT set_config('bytea_output', 'hex', false) FROM pg_show_all_settings() WHERE name = 'bytea_output'",
      'SELECT CASE WHEN usesuper THEN pg_is_in_recovery() ELSE FALSE END FROM pg_user WHERE usename = current_user',
      'SELECT s.nspname FROM pg_catalog.pg_namespace s JOIN pg_catalog.pg_user u ON u.usesysid = s.nspowner',
    ];
    for (const name of ['petra', 'ana', 'noor', 'ci-claims'])
      for (const question of questions) await ask(name, question);
    assert.match(await refusal('petra', 'SELECT passwd FROM pg_shadow'), /no-server-secrets/);
  });

  it('are not reached by tools that open "postgres" unless told otherwise, which are told so', async () => {
    const ana = { ...environment.as('ana'), database: 'postgres' };
    const { stderr, code } = await runPsql(ana, ['-c', 'SELECT 1']);
    assert.equal(code, 2);
    assert.match(
      stderr,
      /FATAL: {2}target "postgres" does not exist, or you may not connect to it\nHINT: {2}.* -d /,
    );
  });

  /** Statements that hide what they do, or reach past the tables: every one is refused for ana. */
  const REFUSED = [
    'DROP TABLE patients',
    'TRUNCATE claims',
    'DELETE FROM claims WHERE id = 1',
    'WITH gone AS (DELETE FROM claims RETURNING *) SELECT count(*) FROM gone',
    'WITH claims AS (SELECT 1) DELETE FROM claims',
    'COPY (DELETE FROM claims RETURNING *) TO STDOUT',
    "COPY patients TO PROGRAM 'cat'",
    "COPY patients TO '/tmp/never'",
    'EXPLAIN ANALYZE DELETE FROM claims',
    'EXPLAIN (ANALYSE) DELETE FROM claims',
    'DELETE FROM ONLY (claims)',
    'DELETE FROM U&"\\0063laims"',
    'SELECT 1 AS x$$; DELETE FROM claims; SELECT 2 AS y$$',
    'SELECT 1 --\r; DELETE FROM claims',
    'SET standard_conforming_strings = off',
    "SET client_encoding = 'SJIS'",
    "SET NAMES 'SJIS'",
    'SET ROLE postgres',
    'SET SESSION AUTHORIZATION postgres',
    'SET session_replication_role = replica',
    'DO $$ BEGIN DELETE FROM claims; END $$',
    'CREATE TABLE mine (n int)',
    'CREATE TEMP TABLE mine AS SELECT * FROM patients',
    'SELECT * INTO mine FROM patients',
    "SELECT query_to_xml('SELECT 1', true, true, '')",
    "SELECT pg_read_file('/etc/passwd')",
    'SELECT lo_create(1)',
    'SELECT pg_terminate_backend(1)',
    'SELECT * FROM pg_catalog.pg_authid',
    'SELECT * FROM pg_stats',
    'SELECT query FROM pg_stat_activity',
    'GRANT SELECT ON patients TO PUBLIC',
    'LOCK TABLE patients',
    'VACUUM patients',
    'ALTER SYSTEM SET fsync = off',
    'MERGE INTO claims c USING departments d ON false WHEN NOT MATCHED THEN DO NOTHING',
    'SELECT * FROM patients FOR UPDATE',
  ];

  for (const way of ['simple', 'extended'] as const) {
    it(`refuse what the analyst may not do with 42501, and the session lives on (${way})`, async () => {
      using connection = await signIn(environment.as('ana'));
      for (const sql of REFUSED) {
        const fields = await firstError(connection, sql, way);
        assert.equal(fields?.['C'], '42501', `${sql}: ${JSON.stringify(fields)}`);
        connection.send(query('SELECT 1'));
        const answers = await connection.messagesUntil('Z');
        assert.deepEqual(
          answers.map(({ type }) => type),
          ['T', 'D', 'C', 'Z'],
          `after ${sql}`,
        );
      }
    });
  }

  it('name the rule, the reason and what to do', async () => {
    const { stderr } = await runPsql(environment.as('ana'), ['-c', 'DROP TABLE patients']);
    assert.match(
      stderr,
      /ERROR: .*"no-drop".*\nDETAIL: .* sql\.drop; writes public\.patients\.\nHINT: /,
    );
  });

  it('name the settings that a client sends when it connects', async () => {
    const { stderr } = await runPsql(environment.as('ana'), ['-c', 'SELECT 1'], {
      environment: { PGOPTIONS: '-c session_replication_role=replica' },
    });
    assert.match(
      stderr,
      /FATAL: .*"no-guard-rails-off".*\nDETAIL: {2}The client sets this as it connects: session_replication_role \(sql\.set\)\.\nHINT: /,
    );
  });

  it('refuse inside a transaction as the server would: it is aborted until it ends', async () => {
    using connection = await signIn(environment.as('ana'));
    connection.send(
      query('BEGIN'),
      query('DROP TABLE patients'),
      query('SELECT 1'),
      query('ROLLBACK'),
    );
    const answers = summarize([
      ...(await connection.messagesUntil('Z')),
      ...(await connection.messagesUntil('Z')),
      ...(await connection.messagesUntil('Z')),
      ...(await connection.messagesUntil('Z')),
    ]);
    assert.deepEqual(answers, [
      ...['C BEGIN\0', 'Z T'],
      ...['E 42501', 'Z E'],
      ...['E 25P02', 'Z E'],
      ...['C ROLLBACK\0', 'Z I'],
    ]);
  });

  it('skip everything after a refused pipelined statement, up to Sync', async () => {
    using connection = await signIn(environment.as('ana'));
    const run = (sql: string): readonly Buffer[] => [parse('', sql), bind('', ''), execute('')];
    connection.send(
      ...[...run('SELECT 1'), ...run('DELETE FROM claims'), ...run('SELECT 2'), sync()],
      ...[...run('SELECT 3'), sync()],
    );
    const first = (await connection.messagesUntil('Z')).map(({ type }) => type).join('');
    const second = (await connection.messagesUntil('Z')).map(({ type }) => type).join('');
    assert.match(first, /^12DC1?2?EZ$/);
    assert.equal(second, '12DCZ');
  });

  it('run nothing of a message when one of its statements is refused', async () => {
    const before = await ask('ana', 'SELECT count(*) FROM notes');
    const both =
      "INSERT INTO notes (encounter_id, author, written_at, body) VALUES (1, 'x', now(), 'y'); DROP TABLE notes";
    assert.match(await refusal('noor', both), /^42501 /);
    assert.equal(await ask('ana', 'SELECT count(*) FROM notes'), before);
  });

  it('decide each execution anew: a changed policy holds for statements prepared before', async () => {
    using connection = await signIn(environment.as('ana'));
    connection.send(parse('counts', 'SELECT count(*) FROM patients'), sync());
    await connection.messagesUntil('Z');
    const executeCounts = async (): Promise<string> => {
      connection.send(bind('', 'counts'), execute(''), sync());
      return (await connection.messagesUntil('Z')).map(({ type }) => type).join('');
    };
    assert.equal(await executeCounts(), '2DCZ');
    await using _ = await addPolicy(
      environment,
      'maintenance',
      '@id("maintenance") @reason("closed") forbid (principal, action in Action::"sql.read", resource);',
    );
    await eventually(async () => assert.match(await executeCounts(), /^2?EZ$/));
  });

  it('stay as they were when a new set does not validate', async () => {
    await using _ = await addPolicy(environment, 'broken', 'permit (principal, action, resource');
    await eventually(async () =>
      assert.match(environment.stack.gateway().log(), /configuration\.(refused|rejected)/),
    );
    assert.equal(await ask('ana', 'SELECT count(*) FROM patients'), '300');
    assert.match(await refusal('ana', 'DROP TABLE patients'), /^42501 /);
  });

  it('follow the search_path that a connection starts with', async () => {
    const { stdout } = await runPsql(
      environment.as('ana'),
      ['-At', '-c', 'SELECT count(*) FROM departments'],
      {
        environment: { PGOPTIONS: '-c search_path=public' },
      },
    );
    assert.equal(stdout, '6\n');
  });

  async function ask(subject: string, sql: string): Promise<string> {
    const { stdout, stderr } = await runPsql(environment.as(subject), ['-At', '-c', sql]);
    assert.equal(stderr, '');
    return stdout.trim();
  }

  async function refusal(subject: string, sql: string): Promise<string> {
    using connection = await signIn(environment.as(subject));
    const fields = await firstError(connection, sql, 'simple');
    assert(fields !== undefined, `went through: ${sql}`);
    return `${fields['C']} ${fields['M']}`;
  }
});

async function firstError(
  connection: RawConnection,
  sql: string,
  way: 'simple' | 'extended',
): Promise<Readonly<Record<string, string>> | undefined> {
  if (way === 'simple') connection.send(query(sql));
  else connection.send(parse('', sql), bind('', ''), execute(''), message('S'));
  const answers = await connection.messagesUntil('Z');
  const error = answers.find(({ type }) => type === 'E');
  return error === undefined ? undefined : errorFields(error.body);
}

/** Adds a policy file to the running gateway, and takes it away again. */
async function addPolicy(
  environment: HospitalEnvironment,
  name: string,
  text: string,
): Promise<AsyncDisposable> {
  const path = join(environment.stack.configurationDirectory, 'policies', `${name}.cedar`);
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
  return {
    [Symbol.asyncDispose]: async () => {
      await rename(path, `${path}.old`);
      assert.equal(await readFile(`${path}.old`, 'utf8'), text);
      // Until the gateway has taken that in, the policy would be the next test's.
      await eventually(async () => {
        const count = ['-At', '-c', 'SELECT count(*) FROM departments'];
        assert.equal((await runPsql(environment.as('ana'), count)).stdout, '6\n');
      });
    },
  };
}

/** Tries again until it holds: a reload takes a moment. The last failure is the test's. */
async function eventually(assertion: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await assertion();
      return;
    } catch (error) {
      if (attempt === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
