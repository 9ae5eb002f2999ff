import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Catalog, CatalogRelation, CatalogRows } from '../sql/postgres/catalog.ts';
import {
  catalogOf,
  classifier,
  classify,
  dataMapOf,
  describeColumns,
  show,
  table,
  view,
} from './classify.fixture.ts';
import { createClassifier } from './classify.ts';

const PATIENTS = table(1, 'public.patients id:int ssn name');

describe('classify, of views', () => {
  const dataMap = dataMapOf({
    'public.patients.ssn': 'ssn',
    'public.patients.id': 'none',
    '*.*.label': 'none',
  });
  const shown = (
    definition: string | undefined,
    rows: Partial<CatalogRows> = {},
  ): string | undefined => show([PATIENTS, view(2, 'public.v a', definition)], dataMap, rows)[1];

  it('hides every column of a definition that it does not understand', () => {
    for (const definition of [
      undefined,
      '',
      'SELECT',
      'SELECT nothing.ssn FROM public.patients',
      'SELECT ssn FROM public.gone',
      'SELECT relname FROM pg_class',
      'SELECT ssn INTO x FROM public.patients',
      'SELECT ssn, id FROM public.patients',
      'SELECT ssn FROM public.patients; SELECT 1',
      'SELECT 1; SELECT ssn FROM public.patients',
      'DELETE FROM public.patients RETURNING ssn',
      'WITH x AS (DELETE FROM public.patients RETURNING ssn) SELECT ssn FROM x',
      'SELECT * FROM public.patients NATURAL JOIN public.patients p',
      'SELECT a.b.c.ssn FROM public.patients',
      'SELECT f.* FROM generate_series(1, 2) f',
      'WITH RECURSIVE a AS (SELECT relname FROM pg_class), pg_class AS (SELECT ssn AS relname FROM public.patients) SELECT relname FROM a',
      'WITH RECURSIVE t AS (SELECT ssn FROM t UNION SELECT ssn FROM public.patients) SELECT ssn FROM t',
      `SELECT 1 ${'+ 1'.repeat(3_000)}`,
    ]) {
      assert.equal(shown(definition), 'v a=derived+ssn+unmapped', definition);
    }
  });

  it('resolves names as the server does, from the inside out', () => {
    for (const [definition, expected] of [
      [
        'SELECT (SELECT p.id FROM public.patients p) FROM (SELECT ssn AS id) p',
        'v a=derived+ssn+unmapped',
      ],
      ['SELECT p.id FROM (SELECT p.ssn AS id FROM public.patients p) p', 'v a=ssn'],
      // Without LATERAL the inner p is that of the query around both.
      [
        'SELECT (SELECT x.y FROM (SELECT 1 AS ssn) p, (SELECT p.ssn AS y) x) FROM public.patients p',
        'v a=ssn',
      ],
      [
        'SELECT (SELECT x.y FROM (SELECT 1 AS ssn) p, LATERAL (SELECT p.ssn AS y) x) FROM public.patients p',
        'v a',
      ],
      ['SELECT patients FROM public.patients', 'v a=ssn+unmapped'],
      ['SELECT public.patients.ssn FROM public.patients', 'v a=ssn'],
      ['SELECT name FROM (SELECT id AS name FROM public.patients) n', 'v a'],
      ['SELECT xmin FROM public.patients', 'v a'],
      ['SELECT ssn FROM (SELECT id FROM public.patients) q(ssn)', 'v a'],
      ['SELECT x FROM (SELECT ssn AS x, id AS x FROM public.patients) q', 'v a=ssn'],
    ] as const) {
      assert.equal(shown(definition), expected, definition);
    }
  });

  it('takes only built-in functions and those vouched for at their word', () => {
    assert.equal(shown('SELECT lower(label) FROM (SELECT 1 AS label) x'), 'v a');
    assert.equal(shown('SELECT app.f(id) FROM public.patients'), 'v a=derived');
    assert.equal(shown("SELECT query_to_xml('select 1', true, true, '')"), 'v a=derived');
    assert.equal(shown('SELECT 1 OPERATOR(app.+) id FROM public.patients'), 'v a=derived');
    assert.equal(shown('SELECT f.x FROM app.f() f(x)'), 'v a=derived');
    const planted = { userFunctions: [{ schema: 'pg_catalog', name: 'lower' }] };
    assert.equal(shown('SELECT lower(id) FROM public.patients', planted), 'v a=derived');
    assert.equal(
      shown('SELECT lower(id) FROM public.patients', { builtInFunctions: ['upper'] }),
      'v a=derived',
    );

    const relations = [
      PATIENTS,
      view(2, 'public.v a b', 'SELECT app.f(id), app.f(ssn) FROM public.patients'),
    ];
    const classification = classifier.classify(catalogOf(relations), {
      dataMap,
      functionsAllowed: new Set(['app.f']),
    });
    assert.equal(describeColumns(classification, table(2, 'public.v a b')), 'a b=ssn');
  });

  it('trusts an entry for this very column, but no wildcard, over what the definition says', () => {
    const definition = 'SELECT ssn, ssn, id, ssn FROM public.patients';
    const relations = [PATIENTS, view(2, 'public.v label b c ssn', definition)];
    const decided = {
      'public.patients.ssn': 'ssn',
      'public.patients.id': 'none',
      'public.*.label': 'none',
      'public.v.b': 'none',
      'public.v.c': 'phone',
      'public.v*.ssn': 'name',
    } as const;
    assert.equal(show(relations, dataMapOf(decided))[1], 'v label=ssn b c=phone ssn=name+ssn');
  });

  it('does not go round in circles', () => {
    const relations = [
      PATIENTS,
      view(2, 'public.v a', 'SELECT w.a FROM public.w', [3]),
      view(3, 'public.w a', 'SELECT v.a FROM public.v', [2]),
    ];
    assert.deepEqual(show(relations, dataMap).slice(1), ['v a=derived', 'w a=derived']);
  });

  it('reads a definition anew when the relations that it names are others', () => {
    const definition = 'SELECT patients.ssn FROM public.patients';
    const before = catalogOf([PATIENTS, view(2, 'public.v a', definition)]);
    const after = catalogOf([
      table(7, 'public.patients id:int ssn name'),
      table(1, 'public.people id:int ssn name'),
      view(2, 'public.v a', definition),
    ]);
    const map = dataMapOf({ 'public.people.ssn': 'phone', 'public.patients.ssn': 'ssn' });
    const seen = (catalog: Catalog): readonly string[] | undefined =>
      classify(catalog, map).find(2)?.columns.get('a')?.classes;
    assert.deepEqual(seen(before), ['ssn']);
    assert.deepEqual(
      classify(after, dataMapOf({ 'public.people.ssn': 'phone' })).find(2),
      undefined,
    );
    assert.deepEqual(seen(after), ['ssn']);
  });

  it('remembers a definition that cannot be read, while it is the same and reads the same', () => {
    const definition = 'SELECT name, id FROM public.patients';
    const map = dataMapOf({ 'public.patients.name': 'name', 'public.patients.id': 'none' });
    const see = (base: CatalogRelation, details: Partial<CatalogRelation>): string => {
      const v = table(2, 'public.v a b', { kind: 'v', dependsOn: [1], ...details });
      return describeColumns(classify(catalogOf([base, v]), map), v);
    };
    const hidden = 'a=derived+name+unmapped b=derived+name+unmapped';
    assert.equal(see(PATIENTS, { definitionVersion: '7/1' }), hidden);
    assert.equal(see(PATIENTS, { definitionVersion: '7/1', definition }), 'a=name b');
    assert.equal(see(PATIENTS, { definitionVersion: '7/1' }), 'a=name b');
    assert.equal(see(PATIENTS, { definitionVersion: '7/1' }), 'a=name b');
    assert.equal(see(PATIENTS, { definitionVersion: '7/2' }), hidden);
    assert.equal(see(PATIENTS, { definitionVersion: '7/1', definition }), 'a=name b');
    assert.equal(see(PATIENTS, {}), hidden);
    assert.equal(see(PATIENTS, { definition }), 'a=name b');
    assert.equal(see(PATIENTS, {}), hidden);
    assert.equal(see(PATIENTS, { definitionVersion: '7/1', definition }), 'a=name b');
    const renamed = table(1, 'public.patients ssn:int id name');
    assert.match(see(renamed, { definitionVersion: '7/1' }), /^a=derived/);
  });

  it('hides what a parser that is away cannot read, and says so in the version', () => {
    const catalog = catalogOf([PATIENTS, view(2, 'public.v a', 'SELECT id FROM public.patients')]);
    const away = createClassifier({
      parse: () => ({ kind: 'refused', reason: 'away' }),
      interruptions: 0,
    });
    const hidden = away.classify(catalog, { dataMap });
    assert.equal(describeColumns(hidden, table(2, 'public.v a')), 'a=derived+ssn+unmapped');
    assert.notEqual(hidden.version, classify(catalog, dataMap).version);
  });
});

describe('classify, of the system', () => {
  const relations = [
    table(1, 'pg_catalog.pg_statistic starelid:int stavalues1'),
    view(
      2,
      'pg_catalog.pg_stats attname most_common_vals other',
      'SELECT starelid, stavalues1, stavalues1 FROM pg_statistic',
    ),
    view(3, 'public.mine a', 'SELECT most_common_vals FROM pg_stats', []),
    view(
      4,
      'ext.pg_stat_statements query calls:int',
      'SELECT s.query, s.calls FROM ext.pg_stat_statements(true) s(query, calls)',
    ),
    view(5, 'public.activity q', 'SELECT s.query FROM pg_stat_get_activity(NULL) s(query)'),
  ];

  it('hides what shows values or statements of others, and views over it', () => {
    assert.deepEqual(show(relations, dataMapOf({ '*.*.*': 'none' })), [
      'pg_statistic starelid stavalues1=system/null',
      'pg_stats attname most_common_vals=system/null other=system/null',
      'mine a=system/null',
      'pg_stat_statements query=system/null calls=derived',
      'activity q=derived',
    ]);
  });

  it('hides what counts how much of a row a write changed', () => {
    const counting = [
      table(1, 'pg_catalog.pg_stat_wal wal_records wal_bytes wal_write'),
      table(2, 'pg_catalog.pg_stat_all_tables relname n_tup_upd n_tup_hot_upd n_dead_tup'),
      table(3, 'pg_catalog.pg_stat_progress_vacuum relid:int phase num_dead_item_ids'),
      table(4, 'ext.pg_stat_statements calls:int wal_records:int wal_bytes:int'),
    ];
    assert.deepEqual(show(counting, dataMapOf({})), [
      'pg_stat_wal wal_records=system/null wal_bytes=system/null wal_write',
      'pg_stat_all_tables relname n_tup_upd n_tup_hot_upd=system/null n_dead_tup=system/null',
      'pg_stat_progress_vacuum relid phase=system/null num_dead_item_ids=system/null',
      'pg_stat_statements calls=unmapped wal_records=system/null wal_bytes=system/null',
    ]);
  });

  it('shows what an entry for that very column says', () => {
    const dataMap = dataMapOf({
      'pg_catalog.pg_stats.most_common_vals': 'none',
      'pg_catalog.pg_stats.*': 'none',
    });
    assert.equal(
      show(relations, dataMap)[1],
      'pg_stats attname most_common_vals other=system/null',
    );
  });
});
