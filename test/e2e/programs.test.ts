import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Environment, type Side, startEnvironment } from './environment.ts';
import { CLIENTS, type ClientOutcome, runClient } from './run-client.ts';
import { assertSameOutcome } from './same-outcome.ts';

const JDBC_JAR = '/usr/share/java/postgresql.jar';

describe('client programs through the gateway', () => {
  let environment: Environment;
  before(async () => {
    environment = await startEnvironment();
  });
  after(() => environment[Symbol.asyncDispose]());

  it('psycopg 3 sees the same as direct', async () => {
    const outcome = await assertSameOutcome(environment, async (side) => {
      const script = join(CLIENTS, 'psycopg_client.py');
      const { stdout, stderr, code } = await runClient(side, '/usr/bin/python3', [script]);
      // Its error output names objects by their address in memory.
      return { stdout, stderr: code === 0 ? '' : stderr, code };
    });
    assert.equal(outcome.code, 0);
    assert.match(outcome.stdout, /composed: \(100,\)\n$/);
  });

  it('psycopg 3 finds every byte of a result where it waits for it, whatever its size', {
    timeout: 90_000,
  }, async () => {
    const script = join(CLIENTS, 'psycopg_sizes.py');
    const { stdout, code } = await runClient(environment.gateway, '/usr/bin/python3', [script]);
    assert.equal(code, 0);
    assert.match(stdout, /^\d{5} rows\n$/);
  });

  it('pgjdbc sees the same as direct, with text and with binary results', async () => {
    const outcome = await assertSameOutcome(environment, runJdbc);
    assert.equal(outcome.code, 0);
    assert.equal(outcome.stdout.match(/^valid true$/gm)?.length, 2);
  });

  it('pg_dump writes the same dump as direct', async () => {
    const outcome = await assertSameOutcome(environment, async (side) => {
      const { stdout, stderr, code } = await runClient(side, 'pg_dump', ['--schema=public']);
      // Newer minor versions fence the dump with a random key.
      return { stdout: stdout.replaceAll(/^\\(un)?restrict .*$/gm, ''), stderr, code };
    });
    assert.equal(outcome.code, 0);
    assert.match(outcome.stdout, /COPY public\.patients/);
  });

  it('pgbench runs select-only and TPC-B transactions with each protocol', async () => {
    const initial = await runClient(environment.direct, 'pgbench', ['-i', '-q', '-s', '1']);
    assert.equal(initial.code, 0, initial.stderr);
    for (const protocol of ['simple', 'extended', 'prepared']) {
      for (const script of ['select-only', 'tpcb-like']) {
        const outcome = await runClient(environment.gateway, 'pgbench', [
          ...['-n', '-b', script, '-M', protocol, '-c', '4', '-j', '2', '-t', '100'],
        ]);
        assert.equal(outcome.code, 0, `${script} ${protocol}: ${outcome.stderr}`);
        assert.match(outcome.stdout, /number of transactions actually processed: 400\/400/);
      }
    }
  });
});

/** The source file is compiled and run in one go, by Java's launcher. */
function runJdbc(side: Side): Promise<ClientOutcome> {
  const tls =
    side.authorityFile === undefined
      ? 'sslmode=disable'
      : `sslmode=verify-full&sslrootcert=${side.authorityFile}`;
  const url = `jdbc:postgresql://${side.host}:${side.port}/${side.database}?${tls}`;
  const source = join(CLIENTS, 'JdbcClient.java');
  return runClient(side, 'java', ['-cp', JDBC_JAR, source, url, side.user]);
}
