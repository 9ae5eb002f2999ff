import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { dataMapSchema } from './data-map.ts';
import {
  type DataMapAddition,
  findTargetSource,
  mergeDataMap,
  withoutDecided,
} from './merge-data-map.ts';

function addition(column: string, dataClass = 'ssn', relation = 'patients'): DataMapAddition {
  return { schema: 'public', relation, column, dataClass, comment: '0.9: why' };
}

const BARE = 'kind: postgres   # ours\n\nlabels: {a: b}\n';
const MAPPED = `kind: postgres
dataMap:
  # decided in a meeting
  columns:
    public.patients.id:    none      # a number
    public.patients.doc: {
      class: json,
      paths: {a: name} }   # by path
    # nothing below

  unmappedRelations: pass  # for now
idleTimeout: 1h
`;

describe('mergeDataMap', () => {
  it('adds a section at the end of a file that has none', () => {
    const key = { schema: 'public', relation: 'patients', column: 'id' };
    const merged = mergeDataMap(BARE, { columns: [addition('ssn')], patientKeys: [key] });
    assert.equal(
      merged,
      `${BARE}
dataMap:
  columns:
    public.patients.ssn: ssn  # 0.9: why
  patientKeys:
    public.patients: id
`,
    );
  });

  it('adds entries behind those that are there, and touches nothing else', () => {
    const merged = mergeDataMap(MAPPED, {
      columns: [addition('ssn'), addition('note', 'free-text')],
      patientKeys: [{ schema: 'public', relation: 'visits', column: 'patient' }],
    });
    assert.equal(
      merged,
      MAPPED.replace(
        '# by path\n',
        `# by path
    public.patients.ssn: ssn  # 0.9: why
    public.patients.note: free-text  # 0.9: why
`,
      ).replace(
        '# for now\n',
        `# for now
  patientKeys:
    public.visits: patient
`,
      ),
    );
  });

  it('writes names that need quotes so that they are read back', () => {
    const odd = ['Odd "Name"', 'a: b # c', "it's", 'ünder', '*', 'x.y', '{z}', '\\n'];
    const columns = odd.map((column) => addition(column, 'name', 'Über Table'));
    const { dataMap } = parse(mergeDataMap(BARE, { columns, patientKeys: [] })) as {
      dataMap: unknown;
    };
    const read = dataMapSchema().parse(dataMap);
    assert.deepEqual(
      read.columns.map(({ relation, column }) => [...relation, ...column]),
      odd.map((column) => ['Über Table', column]),
    );
  });

  it('writes paths of documents so that they are read back', () => {
    const paths = ['name[*].family', '"odd key".value', '"a""b: #"'].map((path) => ({
      path,
      dataClass: 'name',
    }));
    const columns = [{ ...addition('doc', 'json'), paths }];
    const { dataMap } = parse(mergeDataMap(BARE, { columns, patientKeys: [] })) as {
      dataMap: unknown;
    };
    assert.deepEqual(dataMapSchema().parse(dataMap).columns[0]?.paths, paths);
  });

  it('fills sections in braces, and empty ones', () => {
    for (const section of ['dataMap: {columns: {}}', 'dataMap: {}', 'dataMap:\n  columns:\n']) {
      const merged = mergeDataMap(`a: 1 # kept\n${section}`, {
        columns: [addition('ssn')],
        patientKeys: [],
      });
      assert.deepEqual(parse(merged), {
        a: 1,
        dataMap: { columns: { 'public.patients.ssn': 'ssn' } },
      });
      assert.match(merged, /# kept/);
    }
  });

  it('is the same text when there is nothing to add', () => {
    assert.equal(mergeDataMap(MAPPED, { columns: [], patientKeys: [] }), MAPPED);
  });
});

describe('withoutDecided', () => {
  it('leaves out what an entry or a wildcard decides', () => {
    const dataMap = dataMapSchema().parse({
      columns: { 'public.patients.ssn': 'none', 'public.*.mrn': 'mrn' },
      patientKeys: { 'public.p*': 'id' },
    });
    const columns = [
      addition('ssn'),
      addition('mrn'),
      addition('ssn2'),
      addition('ssn', 'ssn', 'x'),
    ];
    assert.deepEqual(
      withoutDecided(columns, dataMap.columns).map(({ relation, column }) => [relation, column]),
      [
        ['patients', 'ssn2'],
        ['x', 'ssn'],
      ],
    );
    const keys = [
      { schema: 'public', relation: 'patients', column: 'mrn' },
      { schema: 'public', relation: 'visits', column: 'patient' },
    ];
    assert.deepEqual(withoutDecided(keys, dataMap.patientKeys), keys.slice(1));
    assert.deepEqual(withoutDecided(columns, undefined), columns);
  });

  it('leaves out the same of a map and a proposal so large that none can be held against each other', () => {
    const names = Array.from({ length: 50_000 }, (_, index) => `r${index}`);
    const additions = names.flatMap((name) => [
      addition('ssn', 'ssn', name),
      addition('note', 'free-text', name),
    ]);
    const columns = names.map((name) => ({
      schema: ['public'],
      relation: [name],
      column: ['ssn'],
    }));
    const wildcard = { schema: ['public'], relation: ['r4', ''], column: ['note'] };
    const left = withoutDecided(additions, [...columns, wildcard]);
    assert.deepEqual(
      left.map(({ relation, column }) => [relation, column]),
      names.filter((name) => !name.startsWith('r4')).map((name) => [name, 'note']),
    );
    const keys = names.map((relation) => ({ schema: 'public', relation, column: 'id' }));
    const decided = names.slice(1).map((name) => ({
      ...{ schema: ['public'], relation: [name] },
      column: 'patient',
    }));
    assert.deepEqual(withoutDecided(keys, decided), keys.slice(0, 1));
  });
});

describe('findTargetSource', () => {
  it('finds a target by the name of its file, or by the one that the file says', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'sallyport-targets-'));
    try {
      mkdirSync(join(directory, 'targets'));
      writeFileSync(join(directory, 'targets/one.yaml'), 'name: first\n');
      writeFileSync(join(directory, 'targets/two.yaml'), 'kind: postgres\n');
      assert.match((await findTargetSource(directory, 'first'))?.path ?? '', /one\.yaml$/);
      assert.match((await findTargetSource(directory, 'two'))?.path ?? '', /two\.yaml$/);
      assert.equal(await findTargetSource(directory, 'one'), undefined);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
