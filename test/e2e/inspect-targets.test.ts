import assert from 'node:assert/strict';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { inspectTargets } from '../../src/bin/inspect-targets.ts';
import type { DatabaseInspection } from '../../src/cli/target-inspection.ts';
import { loadConfiguration } from '../../src/configuration/load-configuration.ts';
import { type PrivatePostgres, startPrivatePostgres } from './private-postgres.ts';

describe('a look at targets, as doctor takes it', () => {
  let server: PrivatePostgres;
  let directory: string;
  before(async () => {
    server = await startPrivatePostgres({ version: 'debian' });
    await server.execute('CREATE TABLE patients (id int, ssn text); CREATE TABLE wards (id int)');
    await server.execute('CREATE DATABASE archive');
    directory = await mkdtemp(join(tmpdir(), 'sallyport-inspect-'));
    await cp(join(import.meta.dirname, '../../examples/allow-all'), directory, { recursive: true });
  });
  after(async () => {
    await rm(directory, { recursive: true, force: true });
    await server[Symbol.asyncDispose]();
  });

  it('counts what is classified, and names entries that match in no database', async () => {
    const [main, archive] = await inspect(`
databases: [archive]
dataMap:
  columns: { public.patients.ssn: ssn, public.patients.sssn: ssn, public.pat*.id: none }
  patientKeys: { public.pateints: id }
`);
    assert.deepEqual(main, {
      kind: 'database',
      name: 'postgres',
      relations: 2,
      classified: 1,
      unmatched: ['columns: public.patients.sssn', 'patientKeys: public.pateints'],
    });
    assert.deepEqual(archive, {
      kind: 'database',
      name: 'postgres/archive',
      relations: 0,
      classified: 0,
      unmatched: [],
    });
  });

  it('says which database cannot be read, and calls no entry wrong then', async () => {
    const [main, gone] = await inspect(`
databases: [gone]
dataMap: { columns: { public.patients.sssn: ssn } }
`);
    assert.deepEqual(main?.unmatched, []);
    assert.match(gone?.failure ?? '', /^Cannot connect to the target: /);
  });

  async function inspect(more: string): Promise<readonly DatabaseInspection[]> {
    const target = `kind: postgres
address: ${server.host}:${server.port}
database: postgres
tls: {mode: disable}
credential: {user: ${server.superuser}}
${more}`;
    await writeFile(join(directory, 'targets/postgres.yaml'), target);
    const configuration = await loadConfiguration(directory);
    const found = await inspectTargets(configuration, {}, new AbortController().signal);
    return found.filter((inspection) => inspection.kind === 'database');
  }
});
