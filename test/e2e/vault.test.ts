import assert from 'node:assert/strict';
import { rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openSallyportCommand } from '../../demo/sallyport-command.ts';
import { type Environment, startEnvironment } from './environment.ts';
import { CLIENTS, type ClientOutcome, runClient, runPsql } from './run-client.ts';

const PYTHON = '/usr/bin/python3';
const TOKEN = /^vt1_[0-9a-f]{16}$/;
/** Enough that what is read at once does not hold them all. */
const MANY = 20_000;

const TABLE = `
CREATE TABLE vaulted (id int PRIMARY KEY, wide text, narrow varchar(12), padded char(24), code int, big bigint, key uuid,
  small smallint, born date, doc jsonb);
INSERT INTO vaulted SELECT n, 'MRN-' || n % 3, 'M-' || n % 3, 'P-' || n % 3, n % 3, n % 3, md5((n % 3)::text)::uuid,
  n, '1980-05-17', jsonb_build_object('mrn', 'MRN-' || n % 3, 'other', 'plain')
  FROM generate_series(1, 4) n;
INSERT INTO vaulted (id) VALUES (5);
CREATE TABLE many (id int PRIMARY KEY, wide text);
INSERT INTO many SELECT n, 'value ' || n FROM generate_series(1, ${MANY}) n;
`;

const VAULT = { class: 'mrn', mask: 'vault' };

describe('vault tokens', () => {
  let environment: Environment;
  before(async () => {
    const named = ['wide', 'narrow', 'padded', 'code', 'big', 'key', 'small', 'born'];
    environment = await startEnvironment({
      patients: 1,
      gateway: [[['limits', 'pseudonymsPerHourMax'], 200]],
      target: [
        [
          ['dataMap'],
          {
            columns: {
              'public.vaulted.id': 'none',
              ...Object.fromEntries(named.map((name) => [`public.vaulted.${name}`, VAULT])),
              'public.vaulted.doc': { class: 'json', paths: { mrn: VAULT } },
              'public.many.id': 'none',
              'public.many.wide': VAULT,
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
    await eventually(async () =>
      assert.match(await ask('SELECT wide FROM vaulted LIMIT 1'), TOKEN),
    );
  });
  after(() => environment[Symbol.asyncDispose]());

  it('stand for values: the same for the same, in every query and column of one form', async () => {
    const rows = (await ask('SELECT * FROM vaulted ORDER BY id'))
      .split('\n')
      .map((row) => row.split('|'));
    assert.equal(rows.length, 5);
    const [one, two, , four, empty] = rows;
    assert.match(one?.[1] ?? '', TOKEN);
    assert.match(one?.[2] ?? '', /^[0-9a-f]{12}$/);
    assert.match(one?.[3] ?? '', /^vt1_[0-9a-f]{16} {4}$/);
    assert.match(one?.[4] ?? '', /^\d+$/);
    assert.match(one?.[5] ?? '', /^\d+$/);
    assert.match(
      one?.[6] ?? '',
      /^[0-9a-f]{8}-[0-9a-f]{4}-80[0-9a-f]{2}-80[0-9a-f]{2}-[0-9a-f]{12}$/,
    );
    assert.deepEqual(one?.slice(7, 9), ['0', '1900-01-01'], 'types without room are redacted');
    const document = JSON.parse(one?.[9] ?? '') as Record<string, unknown>;
    assert.equal(document['mrn'], one?.[1], 'a path of a document has the token of the column');
    assert.equal(document['other'], 'plain');
    assert.deepEqual(four?.slice(1, 7), one?.slice(1, 7));
    for (const index of [1, 2, 3, 4, 5, 6]) assert.notEqual(two?.[index], one?.[index]);
    assert.deepEqual(empty, ['5', ...Array.from({ length: 9 }, () => '')]);
    const again = await ask(
      'SELECT a.wide FROM vaulted a JOIN vaulted b USING (wide) WHERE a.id = 1',
    );
    assert.equal(again, `${one?.[1]}\n${one?.[1]}`);
  });

  it('are no function of the value, and what they are keyed by is nowhere to be seen', async () => {
    for (const sql of [
      'SELECT * FROM vaulted',
      'SELECT upper(wide), reverse(wide), wide || narrow FROM vaulted',
      'SELECT row_to_json(v), v FROM vaulted v',
      'SELECT json_agg(wide), max(wide), string_agg(narrow, $$,$$) FROM vaulted',
      'SELECT x FROM (SELECT wide AS x FROM vaulted UNION SELECT wide FROM vaulted) s',
      'COPY vaulted TO STDOUT',
      'COPY vaulted TO STDOUT (FORMAT csv, HEADER)',
      'COPY (SELECT doc, wide FROM vaulted) TO STDOUT (FORMAT csv, FORCE_QUOTE *)',
      'BEGIN; DECLARE q CURSOR FOR SELECT * FROM vaulted; FETCH 2 FROM q; FETCH ALL FROM q; COMMIT',
      'PREPARE p AS SELECT wide, doc FROM vaulted; EXECUTE p',
      'CREATE TEMP TABLE kept AS SELECT * FROM vaulted; SELECT md5(wide), * FROM kept',
      'EXPLAIN (ANALYZE, VERBOSE) SELECT wide FROM vaulted',
      'UPDATE vaulted SET id = id RETURNING vaulted.wide, vaulted.narrow',
      'SELECT wide::int FROM vaulted',
      `DO $$ BEGIN RAISE '%', (SELECT wide FROM vaulted LIMIT 1); END $$`,
    ]) {
      const { stdout, stderr } = await runPsql(environment.gateway, ['-At', '-c', sql]);
      const said = `${stdout}${stderr}`;
      assert.notEqual(said, '', sql);
      assert.doesNotMatch(said, /vk1_|_1KV|VK1_|766b315f|MRN-|[MP]-[012]/, sql);
    }
  });

  it('find the rows that they stand for', async () => {
    const [wide, narrow, code, key] = (
      await ask('SELECT wide, narrow, code, key FROM vaulted WHERE id = 1')
    ).split('|');
    assert.equal(await ask(`SELECT id FROM vaulted WHERE wide = '${wide}' ORDER BY id`), '1\n4');
    assert.equal(
      await ask(`SELECT id FROM vaulted WHERE narrow IN ('x', '${narrow}') ORDER BY id`),
      '1\n4',
    );
    assert.equal(await ask(`SELECT id FROM vaulted WHERE code = ${code} ORDER BY id`), '1\n4');
    assert.equal(
      await ask(`SELECT id FROM vaulted WHERE key = '${key?.toUpperCase()}' ORDER BY id`),
      '1\n4',
    );
    assert.equal(await ask(`SELECT count(*) FROM vaulted WHERE wide <> '${wide}'`), '2');
    assert.equal(await ask(`SELECT '${wide}'`), wide, 'alone, a token is a text');
  });

  it('are read and sent back by psycopg, in text and in binary', async () => {
    const { stdout, stderr } = await runClient(environment.gateway, PYTHON, [
      join(CLIENTS, 'vault_tokens.py'),
    ]);
    assert.equal(stderr, '');
    const lines = stdout.trim().split('\n');
    const text = lines
      .filter((line) => /^False\|\d/.test(line))
      .map((line) => line.slice('False|'.length));
    const binary = lines
      .filter((line) => /^True\|\d/.test(line))
      .map((line) => line.slice('True|'.length));
    assert.equal(text.length, 5);
    assert.deepEqual(binary, text);
    const found = lines.filter((line) => line.includes('|='));
    assert.equal(found.length, 24);
    for (const line of found) assert.match(line, /\|\[1, 4\]$/);
    const wide = text.map((line) => line.split('|').slice(0, 2).join('|'));
    const cursor = lines.filter((line) => line.startsWith('cursor|'));
    assert.deepEqual(
      cursor.map((line) => line.slice('cursor|'.length)),
      wide,
    );
    const copied = lines.filter((line) => line.startsWith('copy|'));
    assert.deepEqual(
      copied.map((line) => line.split('|').slice(1, 3).join('|')),
      wide,
    );
  });

  it('come with results of any size, each value with its own', async () => {
    const shown = (await ask('SELECT wide FROM many ORDER BY id')).split('\n');
    assert.equal(new Set(shown).size, MANY);
    assert(shown.every((token) => TOKEN.test(token)));
    const copied = (await ask('COPY (SELECT wide FROM many ORDER BY id) TO STDOUT')).split('\n');
    assert.deepEqual(copied, shown);
  });

  it('are counted as values masked, and the end of a binary COPY as no row', async () => {
    const copy = 'COPY (SELECT wide FROM vaulted ORDER BY id) TO STDOUT (FORMAT binary)';
    const { stderr } = await runPsql(environment.gateway, ['-At', '-c', copy]);
    assert.equal(stderr, '');
    const directory = dirname(environment.configurationDirectory);
    const command = await openSallyportCommand(directory, 'auditor');
    const data = join(directory, 'data');
    const { output } = await command.run('audit', 'list', data, '--json', '--kind', 'result');
    const last = output.trim().split('\n').at(-1) ?? '';
    const { rows, masked } = JSON.parse(last) as Record<string, unknown>;
    assert.deepEqual({ rows, masked }, { rows: 5, masked: { mrn: 5 } });
    const uses = await command.run('audit', 'list', data, '--json', '--kind', 'pseudonym.use');
    assert.notEqual(uses.output, '', 'each use of a token is on record');
  });

  it('cannot be guessed, nor what they stand for in their place', async () => {
    const codes = Array.from({ length: 100 }, (_, code) => code).join(', ');
    assert.equal(await ask(`SELECT id FROM vaulted WHERE code IN (${codes})`), '');
    assert.equal(await ask(`SELECT id FROM vaulted WHERE wide = 'vt1_0123456789abcdef'`), '');
    assert.equal(
      await ask('SELECT count(*) FROM vaulted JOIN (SELECT 1 AS code) g USING (code)'),
      '0',
    );
    // The budget is spent by now.
    const { stderr } = await runPsql(environment.gateway, [
      '-At',
      '-c',
      `SELECT id FROM vaulted WHERE code IN (${codes})`,
    ]);
    assert.match(stderr, /more pseudonyms were looked up/);
  });

  async function ask(sql: string): Promise<string> {
    const { stdout, stderr }: ClientOutcome = await runPsql(environment.gateway, [
      '-At',
      '-c',
      sql,
    ]);
    assert.equal(stderr, '', sql);
    return stdout.replace(/\n$/, '');
  }
});

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
