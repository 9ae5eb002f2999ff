import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Environment, startEnvironment } from './environment.ts';
import { CLIENTS, runPsql } from './run-client.ts';
import { assertSameOutcome } from './same-outcome.ts';

/** Scripts under test/clients/psql, each with something its output must contain. */
const SCRIPTS: readonly (readonly [name: string, expected: RegExp])[] = [
  ['describe', /Indexes:\n\s+"patients_pkey" PRIMARY KEY/],
  ['copy', /after a COPY that failed half way/],
  ['cursors', /done/],
  ['errors', /ends/],
  ['session', /shadow/],
  ['notify', /Asynchronous notification "wards" with payload "bed 8 is free"/],
  ['large-objects', /same\n/],
  ['large-result', /20000000/],
];

describe('psql through the gateway', () => {
  let environment: Environment;
  before(async () => {
    environment = await startEnvironment();
  });
  after(() => environment[Symbol.asyncDispose]());

  for (const [name, expected] of SCRIPTS) {
    it(`prints the same as direct for ${name}.sql`, async () => {
      const script = join(CLIENTS, 'psql', `${name}.sql`);
      const outcome = await assertSameOutcome(environment, (side) =>
        runPsql(side, ['-a', '-f', script]),
      );
      assert.match(outcome.stdout, expected);
    });
  }

  it('prints the same as direct for several statements of one -c', async () => {
    const outcome = await assertSameOutcome(environment, (side) =>
      runPsql(side, [
        '-c',
        'SELECT 1; CREATE TEMP TABLE t (n int); INSERT INTO t VALUES (1); TABLE t',
      ]),
    );
    assert.match(outcome.stdout, /1 row/);
  });

  it('exits with the same code when a script stops at an error', async () => {
    const outcome = await assertSameOutcome(environment, (side) =>
      runPsql(side, ['-v', 'ON_ERROR_STOP=1', '-f', '-'], {
        input: 'SELECT 1;\nSELECT 1 / 0;\nSELECT 2;\n',
      }),
    );
    assert.equal(outcome.code, 3);
  });

  it('passes PGOPTIONS, PGTZ, PGDATESTYLE and the application name on to the server', async () => {
    const outcome = await assertSameOutcome(environment, (side) =>
      runPsql(
        side,
        [
          '-At',
          '-c',
          'SHOW search_path',
          '-c',
          'SHOW TimeZone',
          '-c',
          'SHOW DateStyle',
          '-c',
          'SHOW application_name',
          '-c',
          'SHOW intervalstyle',
        ],
        {
          environment: {
            PGOPTIONS: '-c search_path=pg_catalog -c intervalstyle=postgres_verbose',
            PGTZ: 'Asia/Tokyo',
            PGDATESTYLE: 'German',
            PGAPPNAME: 'ward 7',
          },
        },
      ),
    );
    assert.equal(outcome.stdout, 'pg_catalog\nAsia/Tokyo\nGerman, DMY\nward 7\npostgres_verbose\n');
  });

  it('reports a database that does not exist as the server does', async () => {
    const outcome = await assertSameOutcome(environment, async (side) => {
      const { stdout, stderr, code } = await runPsql(side, [
        '-d',
        'no_such_database',
        '-c',
        'SELECT 1',
      ]);
      // psql puts the address that it tried before the server's words.
      return { stdout, stderr: stderr.replace(/^.* failed: /, ''), code };
    });
    assert.match(outcome.stderr, /database "no_such_database" does not exist/);
  });
});
