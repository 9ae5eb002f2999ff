import assert from 'node:assert/strict';
import { access, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Environment, type Side, startEnvironment } from './environment.ts';
import { CLIENTS, runClient, runPsql } from './run-client.ts';

/** Labelled synthetic tables, which the repository holds no copy of: see `db/` in its README. */
const PHI = fileURLToPath(new URL('../../../shared/phi/db/', import.meta.url));

/** The data class that each label of the tables stands for. */
const CLASS_OF_LABEL: Readonly<Record<string, string>> = {
  NAME: 'name',
  STREET: 'address',
  CITY: 'city',
  COUNTY: 'county',
  ZIP: 'zip',
  LATLON: 'geo-coordinates',
  DOB: 'birth-date',
  DATE: 'date',
  AGE: 'age',
  PHONE: 'phone',
  EMAIL: 'email',
  SSN: 'ssn',
  MRN: 'mrn',
  MEMBER_ID: 'health-plan-id',
  MBI: 'health-plan-id',
  DRIVER_LICENSE: 'license-number',
  PASSPORT: 'license-number',
  UUID: 'other-id',
  IP: 'ip-address',
  URL: 'url',
  PHOTO: 'photo',
  UDI: 'device-id',
};

interface ColumnTruth {
  readonly level: 'must' | 'soft' | 'keep' | 'age90' | 'json';
  readonly label: string | null;
}

type Tables = Readonly<Record<string, Readonly<Record<string, ColumnTruth>>>>;
type Table = readonly Readonly<Record<string, string>>[];

describe('labelled tables, read by a principal who may see no class', () => {
  let environment: Environment;
  let tables: Tables;
  before(async () => {
    await access(PHI).catch(() => {
      assert.fail(`The labelled tables are expected in ${PHI}`);
    });
    ({ tables } = JSON.parse(await readFile(join(PHI, 'truth.json'), 'utf8')) as {
      tables: Tables;
    });
    environment = await startEnvironment({
      patients: 1,
      target: [[['dataMap'], { columns: mapColumns(tables) }]],
    });
    await loadTables(environment.direct);
    await hideEverything(environment.configurationDirectory);
    await eventually(async () => {
      const [row] = await read(environment.gateway, 'phi.patients');
      assert.equal(row?.['first'], '[redacted]');
    });
  });
  after(() => environment[Symbol.asyncDispose]());

  for (const name of ['patients', 't_0417', 'typed']) {
    it(`has every identifier of ${name} masked, and everything else as it was`, async () => {
      const raw = await read(environment.direct, `phi.${name}`);
      const shown = await read(environment.gateway, `phi.${name}`);
      assert.equal(shown.length, raw.length);
      for (const [column, { level }] of Object.entries(tables[name] ?? {})) {
        for (const [index, before] of raw.entries()) {
          const was = before[column] ?? '';
          const is = shown[index]?.[column] ?? '';
          const where = `row ${index} of ${name}.${column}`;
          if (level === 'must' && was !== '') assert.ok(isMasked(was, is), `${where} shows ${is}`);
          if (level === 'keep') assert.equal(is, was, where);
          if (level === 'age90') assert.equal(is, was === '' || Number(was) < 90 ? was : '90');
        }
      }
    });
  }

  it('leaves the decoys of lab_orders as they are, byte for byte', async () => {
    for (const sql of ['SELECT * FROM phi.lab_orders', 'COPY phi.lab_orders TO STDOUT']) {
      const [direct, gateway] = await Promise.all(
        [environment.direct, environment.gateway].map((side) => runPsql(side, ['-c', sql])),
      );
      assert.equal(gateway?.stdout, direct?.stdout);
      assert.ok((direct?.stdout.length ?? 0) > 10_000);
    }
  });

  it('masks documents by path and by content, and leaves what is no identifier', async () => {
    const raw = await read(environment.direct, 'phi.patient_docs');
    const shown = await read(environment.gateway, 'phi.patient_docs');
    for (const [index, { doc }] of raw.entries()) {
      const was = JSON.parse(doc ?? '') as Document;
      const text = shown[index]?.['doc'] ?? '';
      const is = JSON.parse(text) as Document;
      assert.deepEqual(is.risk, was.risk);
      assert.equal(is.demographics.sex, was.demographics.sex);
      const { name, dob } = was.demographics;
      for (const secret of [name.given, name.family, dob, ...was.ids.map(({ v }) => v)]) {
        assert.ok(!text.includes(`"${secret}"`), `row ${index} shows ${secret}`);
      }
    }
  });

  it('holds against every evasion', async () => {
    const patients = await read(environment.direct, 'phi.patients');
    const statements = (await readFile(join(PHI, 'evasion.sql'), 'utf8'))
      .split(/;\s*\n/u)
      .map((statement) => statement.replace(/^--.*$/gmu, '').trim())
      .filter((statement) => statement !== '');
    assert.ok(statements.length > 10);
    const secrets = patients.flatMap(({ ssn = '', last = '', address = '' }) =>
      [ssn, ssn.replaceAll('-', ''), last, last.toUpperCase(), address].flatMap((secret) => [
        secret,
        Array.from(secret).toReversed().join(''),
        Buffer.from(secret).toString('hex'),
      ]),
    );
    const worth = [...new Set(secrets)].filter((secret) => secret.length >= 7);
    for (const statement of statements) {
      const { stdout, stderr } = await runPsql(environment.gateway, ['-At', '-c', statement], {
        environment: { PGOPTIONS: '-c search_path=phi' },
      });
      const said = `${stdout}${stderr}`;
      const leaked = worth.find((secret) => said.includes(secret));
      assert.equal(leaked, undefined, `${statement} shows ${leaked}`);
    }
  });

  it('is read by psycopg in both formats, and by pg_dump, without an error', async () => {
    const relations = Object.keys(tables).map((name) => `phi.${name}`);
    const script = join(CLIENTS, 'read_masked.py');
    const python = await runClient(environment.gateway, '/usr/bin/python3', [script, ...relations]);
    assert.equal(python.stderr, '');
    assert.equal(python.stdout.split('\n').length, 2 * relations.length + 1);

    const dump = await runClient(environment.gateway, 'pg_dump', [
      '--schema',
      'phi',
      '--data-only',
    ]);
    assert.equal(dump.stderr, '');
    assert.match(dump.stdout, /COPY phi\.patients/);
    const [patient] = await read(environment.direct, 'phi.patients');
    assert.ok(!dump.stdout.includes(patient?.['ssn'] ?? ''));
  });
});

interface Document {
  readonly demographics: {
    readonly name: { readonly given: string; readonly family: string };
    readonly dob: string;
    readonly sex: string;
  };
  readonly ids: readonly { readonly t: string; readonly v: string }[];
  readonly risk: unknown;
}

/** What a person would write who knows what the columns hold. */
function mapColumns(tables: Tables): Record<string, unknown> {
  const columns: Record<string, unknown> = {};
  for (const [table, truth] of Object.entries(tables)) {
    for (const [column, { level, label }] of Object.entries(truth)) {
      const isClassified = level === 'must' || level === 'age90';
      columns[`phi.${table}.${column}`] = isClassified
        ? (CLASS_OF_LABEL[label ?? ''] ?? 'other-id')
        : 'none';
    }
  }
  columns['phi.typed.phone_json'] = { class: 'json', paths: { p: 'phone' } };
  columns['phi.patient_docs.doc'] = {
    class: 'json',
    paths: {
      'demographics.name.*': 'name',
      'demographics.dob': 'birth-date',
      'ids[*].v': 'other-id',
      'contact.tel': 'phone',
      'contact.mail': 'email',
      'contact.addr.l1': 'address',
      'contact.addr.town': 'city',
      'contact.addr.pc': 'zip',
    },
  };
  return columns;
}

/** What says nothing may stay: a ZIP of zeros, and the first of January, which is what a year is shown as. */
function isMasked(was: string, is: string): boolean {
  return is !== was || /^0+$/u.test(was) || /^\d{4}-01-01( 00:00:00(\+00)?)?$/u.test(was);
}

async function loadTables(side: Side): Promise<void> {
  const load = (await readFile(join(PHI, 'load.sql'), 'utf8')).replaceAll(
    /from '([^']+)'/gu,
    (_, file: string) => `from '${join(PHI, file)}'`,
  );
  const schema = await readFile(join(PHI, 'schema.sql'), 'utf8');
  const input = `CREATE SCHEMA phi;\nSET search_path TO phi;\n${schema}\n${load}`;
  const { stderr } = await runPsql(side, ['-v', 'ON_ERROR_STOP=1', '-q', '-f', '-'], { input });
  assert.equal(stderr, '');
}

async function hideEverything(configurationDirectory: string): Promise<void> {
  const path = join(configurationDirectory, 'policies', 'hide.cedar');
  const text = '@id("hide") forbid (principal, action == Action::"reveal", resource);\n';
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}

/** All rows of a relation in the order in which they lie, as psql shows them in CSV. */
async function read(side: Side, relation: string): Promise<Table> {
  const { stdout, stderr } = await runPsql(side, ['--csv', '-c', `SELECT * FROM ${relation}`]);
  assert.equal(stderr, '');
  const [header = [], ...rows] = parseCsv(stdout);
  return rows.map((row) => Object.fromEntries(header.map((name, at) => [name, row[at] ?? ''])));
}

function parseCsv(text: string): readonly (readonly string[])[] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)/gu)) {
    row.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

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
