import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { access, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startGateway } from '../../demo/start-gateway.ts';
import { changeYaml } from '../../demo/write-configuration.ts';
import { type Environment, type Side, startEnvironment } from '../e2e/environment.ts';
import { type PrivatePostgres, startPrivatePostgres } from '../e2e/private-postgres.ts';
import { runPsql } from '../e2e/run-client.ts';

const BACKUP = fileURLToPath(new URL('../../deploy/backup.sh', import.meta.url));
const SALLYPORT = fileURLToPath(new URL('../../bin/sallyport', import.meta.url));
const TABLE = `CREATE TABLE charts (id int PRIMARY KEY, mrn text, insurance text);
INSERT INTO charts SELECT n, 'MRN-' || n, 'PLAN-' || n FROM generate_series(1, 9) n;`;
const HIDDEN = /^ps1_[0-9a-f]{16}\|vt1_[0-9a-f]{16}$/;
const STATEMENTS = 200;
const run = promisify(execFile);

describe('a backup', () => {
  let directory: string;
  let store: PrivatePostgres;
  let environment: Environment;
  let record: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sallyport-backup-'));
    record = join(directory, 'record');
    store = await startPrivatePostgres({ version: 'debian' });
    await store.execute('CREATE DATABASE sallyport');
    environment = await startEnvironment({
      patients: 1,
      gateway: [
        [['store'], { kind: 'postgres', url: `file:${await writeStoreUrl('sallyport')}` }],
        [['gateway', 'dataDirectory'], join(directory, 'data')],
        [['audit', 'checkpointInterval'], '1s'],
      ],
      target: [
        [
          ['dataMap', 'columns'],
          {
            'public.charts.id': 'none',
            'public.charts.mrn': 'mrn',
            'public.charts.insurance': { class: 'health-plan-id', mask: 'vault' },
          },
        ],
      ],
    });
    const { stderr } = await runPsql(environment.direct, ['-q', '-f', '-'], { input: TABLE });
    assert.equal(stderr, '');
    await hideAll(environment);
  });
  after(async () => {
    await environment[Symbol.asyncDispose]();
    await store.stop();
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  });

  it('of a gateway that runs has a record that is whole', async () => {
    const input = 'SELECT mrn FROM charts;\n'.repeat(STATEMENTS);
    let isDone = false;
    const working = runPsql(environment.gateway, ['-qAt', '-f', '-'], { input }).finally(() => {
      isDone = true;
    });
    do {
      await copyRecord();
      assert.match(await verify(record), /The ledger is whole\./);
    } while (!isDone);
    await working;
    await copyRecord();
    assert.match(await verify(record), /recordings? (?:is|are) as the ledger says/);
  });

  it('that is restored elsewhere goes on: masks, tokens of the vault, recordings, ledger', async () => {
    const shown = await ask(environment.gateway, 'SELECT mrn, insurance FROM charts WHERE id = 1');
    assert.match(shown, HIDDEN);
    const keys = join(directory, 'keys');
    await run(BACKUP, ['keys', join(directory, 'data'), keys]);
    await run('pg_dump', [
      ...server(store),
      '--format=custom',
      `--file=${directory}/store.dump`,
      'sallyport',
    ]);
    await copyRecord();

    await environment.process?.stop();
    await rm(join(directory, 'data'), { recursive: true });
    await store.execute('DROP DATABASE sallyport');

    await store.execute('CREATE DATABASE restored');
    await run('pg_restore', [...server(store), '--dbname=restored', `${directory}/store.dump`]);
    const restored = join(directory, 'restored');
    await run('cp', ['-Rp', record, restored]);
    await run('cp', ['-Rp', `${keys}/.`, restored]);
    // Else it would vouch for whatever somebody put into the store meanwhile.
    await access(join(restored, 'store-sealed'));
    await changeYaml(join(environment.configurationDirectory, 'sallyport.yaml'), [
      [['gateway', 'name'], 'restored'],
      [['gateway', 'dataDirectory'], restored],
      [['store', 'url'], `file:${await writeStoreUrl('restored')}`],
    ]);
    const gateway = await startGateway(environment.configurationDirectory);
    try {
      const side = { ...environment.gateway, port: gateway.postgres.port };
      const [pseudonym, token] = shown.split('|');
      assert.equal(await ask(side, 'SELECT mrn, insurance FROM charts WHERE id = 1'), shown);
      assert.equal(await ask(side, `SELECT id FROM charts WHERE mrn = '${pseudonym}'`), '1');
      assert.equal(await ask(side, `SELECT id FROM charts WHERE insurance = '${token}'`), '1');
    } finally {
      assert.equal(await gateway.stop(), 0);
    }
    const verified = await verify(restored);
    assert.match(verified, /^sallyport\.0: whole$/m);
    assert.match(verified, /^restored\.0: whole$/m);
    assert.match(verified, /The ledger is whole\./);
  });

  async function copyRecord(): Promise<void> {
    await run(BACKUP, ['record', join(directory, 'data'), record]);
  }

  async function writeStoreUrl(database: string): Promise<string> {
    const path = join(directory, `${database}-url`);
    const url = `postgres://${store.superuser}@${store.host}:${store.port}/${database}`;
    await writeFile(path, url, { mode: 0o600 });
    return path;
  }
});

/** Throws unless it is whole. */
async function verify(directory: string): Promise<string> {
  return (await run(SALLYPORT, ['audit', 'verify', directory])).stdout;
}

async function ask(side: Side, sql: string): Promise<string> {
  const { stdout, stderr } = await runPsql(side, ['-At', '-c', sql]);
  assert.equal(stderr, '');
  return stdout.trim();
}

function server({ host, port, superuser }: PrivatePostgres): readonly string[] {
  return [`--host=${host}`, `--port=${port}`, `--username=${superuser}`];
}

/** From when this returns, everybody sees masks. */
async function hideAll({ configurationDirectory, gateway }: Environment): Promise<void> {
  const path = join(configurationDirectory, 'policies/hide.cedar');
  const policy = '@id("hide") forbid (principal, action == Action::"reveal", resource);\n';
  await writeFile(`${path}.new`, policy);
  await rename(`${path}.new`, path);
  for (;;) {
    if (HIDDEN.test(await ask(gateway, 'SELECT mrn, insurance FROM charts WHERE id = 1'))) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
