import assert from 'node:assert/strict';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Environment, startEnvironment } from './environment.ts';
import { type PrivatePostgres, startPrivatePostgres } from './private-postgres.ts';
import { type ClientOutcome, runPsql } from './run-client.ts';

const TABLE = `CREATE TABLE vaulted (id int PRIMARY KEY, wide text);
INSERT INTO vaulted SELECT n, 'MRN-' || n FROM generate_series(1, 9) n;`;
const TOKEN = /^vt1_[0-9a-f]{16}$/;
const KEYED = /vk\d+_/;

describe('vault tokens, while the store is away', () => {
  let directory: string;
  let store: PrivatePostgres;
  let environment: Environment;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sallyport-e2e-'));
    store = await startPrivatePostgres({ version: 'debian' });
    const url = join(directory, 'store-url');
    const text = `postgres://${store.superuser}@${store.host}:${store.port}/postgres`;
    await writeFile(url, text, { mode: 0o600 });
    environment = await startEnvironment({
      patients: 1,
      gateway: [[['store'], { kind: 'postgres', url: `file:${url}` }]],
      target: [
        [
          ['dataMap'],
          {
            columns: {
              'public.vaulted.id': 'none',
              'public.vaulted.wide': { class: 'mrn', mask: 'vault' },
            },
          },
        ],
      ],
    });
    const { stderr } = await runPsql(environment.direct, ['-q', '-f', '-'], { input: TABLE });
    assert.equal(stderr, '');
    const policy = '@id("hide") forbid (principal, action == Action::"reveal", resource);\n';
    const path = join(environment.configurationDirectory, 'policies/hide.cedar');
    await writeFile(`${path}.new`, policy);
    await rename(`${path}.new`, path);
    for (let attempt = 1; attempt <= 100; attempt++) {
      if (TOKEN.test((await ask('SELECT wide FROM vaulted WHERE id = 1')).stdout.trim())) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  });
  after(async () => {
    await environment[Symbol.asyncDispose]();
    await store.stop();
    await rm(directory, { recursive: true });
  });

  it('are shown as far as they are in memory, and nothing in place of the others', async () => {
    const known = (await ask('SELECT wide FROM vaulted WHERE id = 1')).stdout.trim();
    assert.match(known, TOKEN);
    await store.execute('ALTER TABLE sallyport.vault_tokens RENAME TO away');
    try {
      assert.equal((await ask('SELECT wide FROM vaulted WHERE id = 1')).stdout.trim(), known);
      for (const sql of ['SELECT wide FROM vaulted ORDER BY id', 'COPY vaulted TO STDOUT']) {
        const { stdout, stderr, code } = await ask(sql);
        assert.doesNotMatch(`${stdout}${stderr}`, KEYED);
        assert.doesNotMatch(`${stdout}${stderr}`, /MRN/);
        assert.match(stderr, /FATAL: {2}terminating connection because tokens cannot be looked up/);
        assert.notEqual(code, 0);
      }
    } finally {
      await store.execute('ALTER TABLE sallyport.away RENAME TO vault_tokens');
    }
    const all = (await ask('SELECT wide FROM vaulted ORDER BY id')).stdout.trim().split('\n');
    assert.equal(all.length, 9);
    assert.equal(all[0], known);
  });

  it('in statements are refused, and the session goes on', async () => {
    const known = (await ask('SELECT wide FROM vaulted WHERE id = 1')).stdout.trim();
    await store.execute('ALTER TABLE sallyport.vault_tokens RENAME TO away');
    try {
      const find = (token: string): string => `SELECT id FROM vaulted WHERE wide = '${token}'`;
      assert.equal((await ask(find(known))).stdout.trim(), '1');
      const script = `${find('vt1_0123456789abcdef')};\nSELECT 'still here';\n`;
      const { stdout, stderr } = await runPsql(environment.gateway, ['-At', '-f', '-'], {
        input: script,
      });
      assert.match(stderr, /what the vault tokens in it stand for cannot be looked up/);
      assert.equal(stdout.trim(), 'still here');
    } finally {
      await store.execute('ALTER TABLE sallyport.away RENAME TO vault_tokens');
    }
  });

  it('hold nothing in the store that could be read', async () => {
    const stored = await store.execute('SELECT * FROM sallyport.vault_tokens');
    assert.notEqual(stored.trim(), '');
    assert.doesNotMatch(stored, /766b315f|7674315f|4d524e/, 'keyed values, tokens, values');
  });

  function ask(sql: string): Promise<ClientOutcome> {
    return runPsql(environment.gateway, ['-At', '-c', sql]);
  }
});
