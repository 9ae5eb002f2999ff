import assert from 'node:assert/strict';
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { loadConfiguration } from '../../configuration/load-configuration.ts';
import { isPostgres } from '../../targets/target.ts';
import { type CliOutcome, IDLE_PROGRAMS, runForOutcome } from '../cli-outcome.fixture.ts';
import type { DiscoveredColumn, Discovery } from '../discovery.ts';

const HOSTILE = 'a\u001b[31m": none\ninjected: {x: "#';

function column(name: string, details: Partial<DiscoveredColumn> = {}): DiscoveredColumn {
  return {
    schema: 'public',
    relation: 'patients',
    column: name,
    dataClass: 'ssn',
    confidence: 0.85,
    reason: 'its values look like it',
    ...details,
  };
}

const DISCOVERY: Discovery = {
  target: 'postgres',
  columns: [
    column('ssn'),
    column(HOSTILE, { relation: HOSTILE, reason: `its comment says "${HOSTILE}"` }),
    column('doc', { dataClass: 'json', paths: [{ path: 'who.name', dataClass: 'name' }] }),
  ],
  undecided: [column('odd', { dataClass: 'unmapped', confidence: 0 })],
  patientKeys: [{ schema: 'public', relation: HOSTILE, column: HOSTILE }],
  unsampled: [`public.${HOSTILE}`],
};

describe('runDiscover', () => {
  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'sallyport-discover-'));
    const example = join(import.meta.dirname, '../../../examples/allow-all');
    cpSync(example, directory, { recursive: true });
  });
  after(() => rmSync(directory, { recursive: true }));

  it('prints names of the target on one line each, and no control character', async () => {
    const { code, out, err } = await run('--config', directory);
    assert.equal(code, 0, err);
    assert.match(out, /^public\.patients\.ssn +ssn +0\.85 +its values look like it$/m);
    assert.match(out, /^ {2}who\.name +name +a path of it$/m);
    assert.match(out, /^ {2}public\.patients\.odd$/m);
    assert.doesNotMatch(out + err, /\u001b|^injected/m);
    assert.match(err, /3 proposed, 0 decided before, 1 left out/);
  });

  it('says what is wrong with a name that is none of a database', async () => {
    const example = join(import.meta.dirname, '../../../examples/hospital');
    for (const [name, why] of [
      ['nowhere', /There is no target nowhere/],
      ['fhir', /fhir is no database/],
      ['hospital/nowhere', /hospital\/nowhere is none of the databases in the file of hospital/],
    ] as const) {
      const { code, err } = await runForOutcome(['discover', name, '--config', example]);
      assert.equal(code, 2);
      assert.match(err, why);
    }
  });

  it('writes hostile names so that they are names, and keeps the mode of the file', async () => {
    const file = join(directory, 'targets/postgres.yaml');
    // More than a umask leaves to new files.
    chmodSync(file, 0o666);
    const { mode } = statSync(file);
    const { code, err } = await run('--config', directory, '--write');
    assert.equal(code, 0, err);
    assert.equal(statSync(file).mode, mode);
    assert.doesNotMatch(readFileSync(file, 'utf8'), /\u001b|^ *injected/m);
    const { targets } = await loadConfiguration(directory);
    const { columns = [], patientKeys = [] } = targets.filter(isPostgres)[0]?.dataMap ?? {};
    assert.deepEqual(
      columns.map(({ relation, column: name, dataClass }) => [...relation, ...name, dataClass]),
      [
        ['patients', 'ssn', 'ssn'],
        [HOSTILE, HOSTILE, 'ssn'],
        ['patients', 'doc', 'json'],
      ],
    );
    assert.deepEqual(columns[2]?.paths, [{ path: 'who.name', dataClass: 'name' }]);
    assert.deepEqual(patientKeys[0]?.column, HOSTILE);
  });
});

function run(...args: readonly string[]): Promise<CliOutcome> {
  const programs = { ...IDLE_PROGRAMS, discoverColumns: async () => DISCOVERY };
  return runForOutcome(['discover', 'postgres', ...args], { programs });
}
