import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { loadConfiguration } from '../configuration/load-configuration.ts';
import type { DataMapOutcome } from '../control-plane/services.ts';
import { isPostgres } from '../targets/target.ts';
import { SILENT_LOG } from '../telemetry/log.ts';
import { changeDataMap } from './change-data-map.ts';

const GATEWAY = `
listeners: {postgres: [{address: "127.0.0.1:6432"}]}
identity: {providers: [{name: clinic, issuer: "https://login.clinic.example", audiences: [sallyport]}]}
`;
const TARGET = `kind: postgres
address: db.clinic.example
database: ehr
credential: {user: sallyport, password: env:PASSWORD}
`;

let directory: string;
let file: string;
/** What is in the ledger, and the file's text at that moment. */
let entered: (readonly [what: string, reason: string | undefined, text: string])[];
let ledgerWorks: boolean;

async function change(className: string): Promise<DataMapOutcome> {
  const configuration = await loadConfiguration(directory);
  const columns = [{ schema: 'public', relation: 'patients', column: 'ssn', className }];
  return changeDataMap(
    { own: { configuration, reload: async () => true }, log: SILENT_LOG },
    'ehr',
    { columns, patientKeys: [] },
    {
      comment: 'confirmed by petra',
      enter: async (what, _file, reason) => {
        if (!ledgerWorks) throw new Error('disk is full');
        entered.push([what, reason, await readFile(file, 'utf8')]);
      },
    },
  );
}

describe('changeDataMap', () => {
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sallyport-data-map-'));
    file = join(directory, 'targets', 'ehr.yaml');
    await mkdir(join(directory, 'targets'));
    await writeFile(join(directory, 'sallyport.yaml'), GATEWAY);
    await writeFile(file, TARGET);
    entered = [];
    ledgerWorks = true;
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('enters a change before it is made', async () => {
    assert.equal((await change('ssn')).kind, 'changed');
    assert.deepEqual(entered, [['changed', undefined, TARGET]]);
    const [target] = (await loadConfiguration(directory)).targets.filter(isPostgres);
    assert.equal(target?.dataMap?.columns.length, 1);
  });

  it('enters what would not be valid as refused, and never as made', async () => {
    const outcome = await change('no-such-class');
    assert.equal(outcome.kind, 'invalid');
    assert.deepEqual(entered, [['refused', 'invalid', TARGET]]);
    assert.equal(await readFile(file, 'utf8'), TARGET);
  });

  it('changes nothing that cannot be entered', async () => {
    ledgerWorks = false;
    await assert.rejects(change('ssn'), /disk is full/);
    assert.equal(await readFile(file, 'utf8'), TARGET);
  });

  it('says of a change that could not be written that it was not made', async () => {
    await mkdir(`${file}.new`);
    assert.equal((await change('ssn')).kind, 'not-writable');
    assert.deepEqual(
      entered.map(([what, reason]) => [what, reason]),
      [
        ['changed', undefined],
        ['refused', 'not-writable'],
      ],
    );
  });
});
