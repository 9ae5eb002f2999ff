import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parse } from 'yaml';
import { discoverColumns } from '../../src/bin/discover-columns.ts';
import {
  type CliOutcome,
  IDLE_PROGRAMS,
  runForOutcome,
} from '../../src/cli/cli-outcome.fixture.ts';
import type { DiscoverRequest } from '../../src/cli/discovery.ts';
import { type PrivatePostgres, startPrivatePostgres } from './private-postgres.ts';

/** In every value that identifies, so that it can be looked for. */
const CANARY = 'quokka';

const SCHEMA = `
CREATE DOMAIN mail_address AS text;
CREATE TABLE "Patients" (
  id int PRIMARY KEY, ssn text, "E-Mail" mail_address, c7 text, birth_date date, note text, gender text
);
COMMENT ON COLUMN "Patients".c7 IS 'Telephone number at home';
INSERT INTO "Patients"
  SELECT n, '512-31-' || (1000 + n), 'p' || n || '@${CANARY}.example.org', 'x${CANARY}' || n,
    date '1931-01-01' + 200 * n, repeat('${CANARY} felt well. ', 1 + n % 9), (ARRAY['f', 'm'])[1 + n % 2]
  FROM generate_series(1, 200) n;
CREATE TABLE visits (patient_id int, started timestamptz) PARTITION BY RANGE (patient_id);
CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM (0) TO (1000);
INSERT INTO visits SELECT n, now() FROM generate_series(1, 100) n;
CREATE TABLE hidden (first_name text, secret text);
INSERT INTO hidden VALUES ('${CANARY}', '${CANARY}');
CREATE VIEW mailing AS SELECT "E-Mail" FROM "Patients";
CREATE TABLE guarded (first_name text);
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
CREATE FUNCTION trap() RETURNS bool LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '${CANARY}'; END $$;
CREATE POLICY trapped ON guarded USING (trap());
CREATE TABLE many (id int, sku text);
INSERT INTO many SELECT n, 'k' || n FROM generate_series(1, 60000) n;
ANALYZE many;
CREATE ROLE reader LOGIN;
GRANT SELECT ON "Patients", visits, visits_1, guarded, many TO reader;
`;

describe('sallyport discover', () => {
  let server: PrivatePostgres;
  let directory: string;
  let file: string;

  before(async () => {
    server = await startPrivatePostgres({ version: 'debian' });
    await server.execute(SCHEMA);
    directory = await mkdtemp(join(tmpdir(), 'sallyport-discover-'));
    await cp(join(import.meta.dirname, '../../examples/allow-all'), directory, { recursive: true });
    file = join(directory, 'targets/postgres.yaml');
    await writeFile(
      file,
      `kind: postgres
address: 127.0.0.1:${server.port}   # ours
database: postgres
tls: {mode: disable}
credential: {user: reader}
dataMap:
  columns:
    public."Patients".gender: other-id    # decided in a meeting
`,
    );
  });
  after(async () => {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it('proposes by names, comments, types and values, and shows no value', async () => {
    const { code, out, err } = await run('discover', 'postgres', '--config', directory, '--json');
    assert.equal(code, 0, err);
    const { columns, unsampled, patientKeys, undecided } = JSON.parse(out) as Found;
    const classes = Object.fromEntries(
      columns.map(({ relation, column, dataClass }) => [`${relation}.${column}`, dataClass]),
    );
    assert.deepEqual(classes, {
      'Patients.id': 'none',
      'Patients.ssn': 'ssn',
      'Patients.E-Mail': 'email',
      'Patients.c7': 'phone',
      'Patients.birth_date': 'birth-date',
      'Patients.note': 'free-text',
      'guarded.first_name': 'name',
      'hidden.first_name': 'name',
      'many.id': 'none',
      'many.sku': 'none',
      'visits.patient_id': 'none',
      'visits.started': 'date',
    });
    assert.deepEqual(
      undecided.map(({ relation, column }) => `${relation}.${column}`),
      ['hidden.secret'],
    );
    assert.deepEqual(unsampled, ['public.guarded', 'public.hidden']);
    assert.deepEqual(
      patientKeys.map(({ relation, column }) => [relation, column]),
      [
        ['Patients', 'id'],
        ['visits', 'patient_id'],
      ],
    );
    assert.match(err, /1 of \d+: public\.Patients/);
    assert.doesNotMatch(out + err, new RegExp(`${CANARY}|512-31|trap`));
  });

  it('writes nothing unless it is told to', async () => {
    const earlier = await readFile(file, 'utf8');
    const { code, out } = await run('discover', 'postgres', '--config', directory);
    assert.equal(code, 0);
    assert.match(out, /public\.Patients\.ssn +ssn +0\.95 +its values look like social security/);
    assert.doesNotMatch(out, new RegExp(CANARY));
    assert.equal(await readFile(file, 'utf8'), earlier);
  });

  it('writes what is not decided yet behind what is, and then has nothing more to write', async () => {
    const earlier = await readFile(file, 'utf8');
    const first = await run('discover', 'postgres', '--config', directory, '--write');
    assert.equal(first.code, 0, first.err);
    const written = await readFile(file, 'utf8');
    assert.ok(written.startsWith(earlier));
    assert.match(written, /"public\.\\"Patients\\"\.ssn": ssn {2}# 0\.95: its values/);
    assert.doesNotMatch(written, new RegExp(CANARY));
    const { dataMap } = parse(written) as { dataMap: { columns: Record<string, string> } };
    assert.equal(dataMap.columns['public."Patients".gender'], 'other-id');
    assert.equal((await run('check', directory)).code, 0);

    const second = await run('discover', 'postgres', '--config', directory, '--write');
    assert.match(second.err, /There was nothing to write/);
    assert.equal(await readFile(file, 'utf8'), written);
  });

  it('says what is wrong with its arguments, and with the target', async () => {
    const missing = await run('discover', 'nowhere', '--config', directory);
    assert.equal(missing.code, 2);
    assert.equal((await run('discover', 'postgres', '--samples', '0')).code, 2);
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('user: reader', 'user: nobody_there'));
    const refused = await run('discover', 'postgres', '--config', directory);
    assert.equal(refused.code, 1);
    assert.match(refused.err, /Cannot connect to the target/);
    await writeFile(file, text);
  });
});

interface Found {
  readonly columns: readonly { relation: string; column: string; dataClass: string }[];
  readonly undecided: readonly { relation: string; column: string }[];
  readonly patientKeys: readonly { relation: string; column: string }[];
  readonly unsampled: readonly string[];
}

function run(...args: readonly string[]): Promise<CliOutcome> {
  const programs = {
    ...IDLE_PROGRAMS,
    discoverColumns: (request: DiscoverRequest) => discoverColumns(request, {}),
  };
  return runForOutcome(args, { programs, nowMs: Date.now });
}
