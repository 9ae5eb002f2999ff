import assert from 'node:assert/strict';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Environment } from './environment.ts';
import {
  isMasked,
  type LabelledTables,
  readRelation,
  startLabelledTables,
} from './labelled-tables.ts';
import { CLIENTS, runClient, runPsql } from './run-client.ts';

/** Labelled synthetic tables, which the repository holds no copy of: see `db/` in its README. */
const PHI = fileURLToPath(new URL('../../../shared/phi/db/', import.meta.url));

describe('labelled tables, read by a principal who may see no class', () => {
  let labelled: LabelledTables;
  let environment: Environment;
  before(async () => {
    await access(PHI).catch(() => {
      assert.fail(`The labelled tables are expected in ${PHI}`);
    });
    labelled = await startLabelledTables(PHI);
    ({ environment } = labelled);
  });
  after(() => labelled[Symbol.asyncDispose]());

  for (const name of ['patients', 't_0417', 'typed']) {
    it(`has every identifier of ${name} masked, and everything else as it was`, async () => {
      const raw = await readRelation(environment.direct, `phi.${name}`);
      const shown = await readRelation(environment.gateway, `phi.${name}`);
      assert.equal(shown.length, raw.length);
      for (const [column, { level }] of Object.entries(labelled.truth[name] ?? {})) {
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
    const raw = await readRelation(environment.direct, 'phi.patient_docs');
    const shown = await readRelation(environment.gateway, 'phi.patient_docs');
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
    const patients = await readRelation(environment.direct, 'phi.patients');
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
    const relations = Object.keys(labelled.truth).map((name) => `phi.${name}`);
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
    const [patient] = await readRelation(environment.direct, 'phi.patients');
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
