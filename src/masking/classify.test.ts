import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeTable } from '../sql/postgres/build-catalog.ts';
import type { CatalogColumn, CatalogRelation } from '../sql/postgres/catalog.ts';
import { catalogOf, classify, dataMapOf, show, table, view } from './classify.fixture.ts';
import { findUnmatchedEntries } from './classify.ts';

const foreignKey = (columns: string, referencedRelation: number, referencedColumns: string) => ({
  foreignKeys: [
    {
      columns: columns.split(' '),
      referencedRelation,
      referencedColumns: referencedColumns.split(' '),
    },
  ],
});

const column = (name: string): CatalogColumn => {
  const [found] = table(0, `x.y ${name}`).attributes;
  assert(found !== undefined);
  return found;
};

const PATIENTS = table(1, 'public.patients id:int ssn name');

describe('classify, by the data map', () => {
  it('masks what the map does not decide in a classified relation, and nothing elsewhere', () => {
    const relations = [
      PATIENTS,
      table(2, 'public.wards id:int label'),
      table(3, 'other.patients id:int ssn'),
    ];
    assert.deepEqual(
      show(relations, dataMapOf({ 'public.patients.ssn': 'ssn', 'public.patients.id': 'none' })),
      ['patients id ssn=ssn name=unmapped', 'wards id label', 'patients id ssn'],
    );
  });

  it('masks what nobody decided where a column that had a class is gone', () => {
    const relations = [table(1, 'public.patients id:int social name')];
    const entries = { 'public.patients.ssn': 'ssn', 'public.patients.id': 'none' };
    assert.deepEqual(show(relations, dataMapOf(entries)), [
      'patients id social=unmapped name=unmapped',
    ]);
    assert.deepEqual(show(relations, dataMapOf({ 'public.*.ssn': 'ssn' })), [
      'patients id social name',
    ]);
    assert.deepEqual(show(relations, dataMapOf({ 'public.patients.ssn': 'none' })), [
      'patients id social name',
    ]);
  });

  it('lets the most specific entry decide, and of equals the later one', () => {
    const relation = [table(1, 'public.pat_old id:int mrn mrn_2 mrn_3 x')];
    assert.deepEqual(
      show(
        relation,
        dataMapOf({
          'public.pat_old.mrn': 'ssn',
          'public.pat_old.*': 'other-id',
          'public.pat_*.mrn_2': 'phone',
          '*.*.mrn*': 'mrn',
          '*.*.*': 'name',
          'public.*.mrn_3': 'fax',
          '*.pat_old.mrn_3': 'email',
          'public.*.x': 'none',
          'public.pat_old.x': 'none',
        }),
      ),
      ['pat_old id=other-id/pseudonym mrn=ssn mrn_2=phone mrn_3=email x'],
    );
  });

  it('tells names from wildcards, upper from lower case, and does not let * cross a dot', () => {
    const relations = [
      table(1, 'public.T a'),
      table(2, 'public.t a A *'),
      table(3, 'public.a.b c'),
    ];
    assert.deepEqual(
      show(
        relations,
        dataMapOf({
          'public.t."*"': 'ssn',
          'public.t.a': 'none',
          'public."T".*': 'name',
          'public.a*c.*': 'fax',
        }),
      ),
      ['T a=name', 't a A=unmapped *=ssn', 'a.b c'],
    );
  });

  it('gives each column its mask: of the entry, of the map, of the class', () => {
    const relation = table(1, 'public.p a b c d e f');
    const dataMap = dataMapOf(
      {
        'public.p.a': ['ssn', { kind: 'partial', keepStart: 0, keepEnd: 4 }],
        'public.p.b': 'ssn',
        'public.p.c': 'mrn',
        'public.p.d': 'constructor',
        'public.p.e': ['name', { kind: 'pseudonym' }],
        'public.p.f': ['mrn', { kind: 'vault', domain: 'shared' }],
      },
      {
        masks: { ssn: { kind: 'null' } },
        customClasses: [{ name: 'constructor', title: 'Odd', mask: { kind: 'bucket', size: 5 } }],
      },
    );
    const columns = classify(catalogOf([relation]), dataMap).find(1)?.columns;
    assert.deepEqual(
      [...(columns?.values() ?? [])].map(({ mask }) => mask),
      [
        { kind: 'partial', keepStart: 0, keepEnd: 4 },
        { kind: 'null' },
        { kind: 'pseudonym', domain: 'mrn' },
        { kind: 'bucket', size: 5 },
        { kind: 'pseudonym', domain: 'name' },
        { kind: 'vault', domain: 'shared' },
      ],
    );
  });

  it('has free text and JSON looked through, unless they have a mask of their own or hold no text', () => {
    const relation = table(
      1,
      'public.p note doc:json text_in_doc:json day:date hidden doc_as_text',
    );
    const dataMap = dataMapOf({
      'public.p.note': 'free-text',
      'public.p.doc': 'json',
      'public.p.text_in_doc': 'free-text',
      'public.p.day': 'free-text',
      'public.p.hidden': ['free-text', { kind: 'null' }],
      'public.p.doc_as_text': 'json',
    });
    assert.deepEqual(show([relation], dataMap), [
      'p note=free-text/text doc=json/json text_in_doc=free-text/json day=free-text hidden=free-text/null doc_as_text=json/json',
    ]);
  });

  it('says of each path of a JSON column what it leads to', () => {
    const dataMap = dataMapOf({});
    const [entry] = dataMapOf({ 'public.p.doc': 'json' }).columns;
    assert(entry !== undefined);
    const paths = [
      { path: 'name[*].family', dataClass: 'name' },
      { path: 'id', dataClass: 'mrn', mask: { kind: 'pseudonym' } as const },
    ];
    const catalog = catalogOf([table(1, 'public.p doc:json')]);
    const classification = classify(catalog, { ...dataMap, columns: [{ ...entry, paths }] });
    assert.deepEqual(classification.find(1)?.columns.get('doc')?.paths, [
      { path: 'name[*].family', className: 'name', mask: { kind: 'redact' } },
      { path: 'id', className: 'mrn', mask: { kind: 'pseudonym', domain: 'mrn' } },
    ]);
    assert.deepEqual([...classification.classNames].toSorted(), ['json', 'mrn', 'name']);
  });

  it('inspects or masks relations without a map, if told to', () => {
    const relations = [
      PATIENTS,
      table(2, 'public.wards id:int label doc:json fixed'),
      table(3, 'public.linked patient:int remark', foreignKey('patient', 1, 'id')),
      table(4, 'pg_catalog.pg_class oid:int relname'),
    ];
    const columns = { 'public.patients.id': 'other-id', 'public.wards.fixed': 'none' };
    assert.deepEqual(
      show(relations, dataMapOf(columns, { unmappedRelations: 'inspect' })).slice(1),
      [
        'wards id label=unmapped/text doc=unmapped/json fixed',
        'linked patient=other-id/pseudonym remark=unmapped/text',
        'pg_class oid relname',
      ],
    );
    assert.deepEqual(show(relations, dataMapOf(columns, { unmappedRelations: 'mask' })).slice(1), [
      'wards id=unmapped label=unmapped doc=unmapped fixed',
      'linked patient=other-id/pseudonym remark=unmapped',
      'pg_class oid relname',
    ]);
  });

  it('reports entries that match nothing', () => {
    const dataMap = dataMapOf(
      {
        'public.patients.ssn': 'ssn',
        'public.patients.sssn': 'ssn',
        '*.pat*.*': 'name',
        'public.*.mrn': 'mrn',
        'private.patients.ssn': 'ssn',
        '*.pg_class.relname': 'none',
      },
      {
        patientKeys: [
          { key: 'public.patients', schema: ['public'], relation: ['patients'], column: 'id' },
          { key: 'public.*', schema: ['public'], relation: ['', ''], column: 'patient' },
        ],
      },
    );
    const catalog = catalogOf([PATIENTS, table(2, 'pg_catalog.pg_class relname')]);
    assert.deepEqual(findUnmatchedEntries(catalog, dataMap), [
      { section: 'columns', key: 'public.patients.sssn' },
      { section: 'columns', key: 'public.*.mrn' },
      { section: 'columns', key: 'private.patients.ssn' },
      { section: 'columns', key: '*.pg_class.relname' },
      { section: 'patientKeys', key: 'public.*' },
    ]);
  });
});

describe('classify, of tables that share rows', () => {
  const family = (): CatalogRelation[] => [
    table(1, 'public.visits id:int ssn note', { kind: 'p', children: [2, 3] }),
    table(2, 'public.visits_a id:int ssn note', { parents: [1] }),
    table(3, 'public.visits_b note id:int ssn', { kind: 'p', parents: [1], children: [4] }),
    table(4, 'public.visits_b_1 id:int ssn note extra', { parents: [3] }),
  ];

  it('classifies children like their parent, by the names of columns', () => {
    assert.deepEqual(
      show(family(), dataMapOf({ 'public.visits.ssn': 'ssn', 'public.visits.id': 'none' })),
      [
        'visits id ssn=ssn note=unmapped',
        'visits_a id ssn=ssn note=unmapped',
        'visits_b note=unmapped id ssn=ssn',
        'visits_b_1 id ssn=ssn note=unmapped extra=unmapped',
      ],
    );
  });

  it('classifies parents and siblings like a child', () => {
    assert.deepEqual(show(family(), dataMapOf({ 'public.visits_b_1.ssn': 'ssn' })), [
      'visits id=unmapped ssn=ssn note=unmapped',
      'visits_a id=unmapped ssn=ssn note=unmapped',
      'visits_b note=unmapped id=unmapped ssn=ssn',
      'visits_b_1 id=unmapped ssn=ssn note=unmapped extra=unmapped',
    ]);
  });

  it('shows nothing through a parent that a child hides, whatever is said of the parent', () => {
    const dataMap = dataMapOf({ 'public.visits.*': 'none', 'public.visits_b_1.ssn': 'ssn' });
    assert.deepEqual(show(family(), dataMap), [
      'visits id ssn=ssn note',
      'visits_a id ssn=ssn note',
      'visits_b note id ssn=ssn',
      'visits_b_1 id ssn=ssn note extra=unmapped',
    ]);
    const exact = {
      'public.visits.ssn': 'none',
      'public.visits_a.ssn': 'none',
      'public.visits_b_1.ssn': 'ssn',
    };
    assert.deepEqual(
      show(family(), dataMapOf(exact)).map((line) => /ssn\S*/.exec(line)?.[0]),
      ['ssn=ssn', 'ssn', 'ssn=ssn', 'ssn=ssn'],
    );
  });

  it('prefers an entry for one of them over a wildcard that happens to match another', () => {
    const dataMap = dataMapOf({ 'public.*.id': 'none', 'public.visits.id': 'other-id' });
    for (const line of show(family(), dataMap)) assert.match(line, /id=other-id\/pseudonym/);
  });

  it('gives a column all classes that its relatives give it', () => {
    const dataMap = dataMapOf({ 'public.visits_a.note': 'ssn', 'public.visits_b_1.note': 'phone' });
    assert.deepEqual(
      show(family(), dataMap).map((line) => /note\S*/.exec(line)?.[0]),
      ['note=phone+ssn', 'note=ssn', 'note=phone+ssn', 'note=phone'],
    );
  });
});

describe('classify, of columns with values of others', () => {
  it('gives a foreign key the class of what it refers to, over any number of tables', () => {
    const relations = [
      PATIENTS,
      table(2, 'public.visits id:int patient:int kind', foreignKey('patient', 1, 'id')),
      table(3, 'public.bills visit:int owner:int', foreignKey('owner visit', 2, 'patient id')),
      table(4, 'public.free patient:int', foreignKey('patient', 1, 'id')),
      table(5, 'public.parent owner:int', { children: [6] }),
      table(6, 'public.child owner:int', { parents: [5], ...foreignKey('owner', 3, 'owner') }),
    ];
    const dataMap = dataMapOf({ 'public.patients.id': 'other-id', 'public.free.patient': 'none' });
    assert.deepEqual(show(relations, dataMap).slice(1), [
      'visits id patient=other-id/pseudonym kind',
      'bills visit owner=other-id/pseudonym',
      'free patient',
      'parent owner=other-id/pseudonym',
      'child owner=other-id/pseudonym',
    ]);
  });

  it('prefers the class of what a foreign key refers to over unmapped', () => {
    const relations = [
      PATIENTS,
      table(2, 'public.visits patient:int note', foreignKey('patient', 1, 'id')),
    ];
    const dataMap = dataMapOf({ 'public.patients.id': 'mrn', 'public.visits.note': 'free-text' });
    assert.equal(show(relations, dataMap)[1], 'visits patient=mrn/pseudonym note=free-text/text');
  });

  it('masks generated columns beside classified ones unless the map decides them', () => {
    const relations = [
      table(1, 'public.patients id:int ssn twin! shown!'),
      table(2, 'public.visits patient:int copy! kind', foreignKey('patient', 1, 'id')),
      table(3, 'public.free a copy!'),
    ];
    const dataMap = dataMapOf({ 'public.patients.id': 'mrn', 'public.patients.shown': 'none' });
    assert.deepEqual(show(relations, dataMap), [
      'patients id=mrn/pseudonym ssn=unmapped twin=unmapped shown',
      'visits patient=mrn/pseudonym copy=mrn kind',
      'free a copy',
    ]);
  });
});

describe('classify, of columns that hold rows', () => {
  it('hides rows of a classified table, at any depth of a type', () => {
    const composite = { kind: 'c', innerOid: 0, isArray: false, innerModifier: -1, labels: [] };
    const types = [
      { ...composite, oid: 20_001, name: 'public.patients', fields: [], relationOid: 1 },
      {
        ...composite,
        oid: 20_002,
        name: 'public.patients[]',
        kind: 'b',
        isArray: true,
        innerOid: 20_001,
        fields: [],
      },
      {
        ...composite,
        oid: 20_003,
        name: 'public.pair',
        fields: [{ ...column('p'), typeOid: 20_002 }],
        relationOid: 9,
      },
    ];
    const relations = [
      PATIENTS,
      describeTable({ oid: 2, schema: 'public', name: 'history' }, [
        'at',
        { name: 'row', typeOid: 20_001 },
        { name: 'pair', typeOid: 20_003 },
        { name: 'decided', typeOid: 20_002 },
      ]),
    ];
    const dataMap = dataMapOf({ 'public.patients.ssn': 'ssn', 'public.history.decided': 'none' });
    assert.equal(
      show(relations, dataMap, { types })[1],
      'history at row=ssn+unmapped pair=ssn+unmapped decided',
    );
  });
});

describe('classify, of whose rows they are', () => {
  it('finds the patient key by the map, by relatives, foreign keys and views', () => {
    const relations = [
      table(1, 'public.patients id:int ssn'),
      table(2, 'public.visits id:int patient:int', {
        ...foreignKey('patient', 1, 'id'),
        children: [3],
      }),
      table(3, 'public.visits_a id:int patient:int', { parents: [2] }),
      table(4, 'public.labs visit:int subject:int', foreignKey('subject', 2, 'patient')),
      view(5, 'public.v a b', 'SELECT l.visit, l.subject FROM public.labs l'),
      view(6, 'public.w a', 'SELECT l.subject + 1 FROM public.labs l'),
      table(7, 'public.wards id:int'),
    ];
    const dataMap = dataMapOf(
      {},
      {
        patientKeys: [
          { key: 'public.*', schema: ['public'], relation: ['', ''], column: 'nothing' },
          { key: 'public.patients', schema: ['public'], relation: ['patients'], column: 'id' },
          { key: 'public.visits', schema: ['public'], relation: ['visits'], column: 'patient' },
        ],
      },
    );
    const classification = classify(catalogOf(relations), dataMap);
    assert.deepEqual(
      relations.map(({ oid }) => classification.find(oid)?.patientKey),
      ['id', 'patient', 'patient', 'subject', 'b', undefined, undefined],
    );
  });
});

describe('Classification', () => {
  it('has a version that changes with the catalog and with the map', () => {
    const versions = [
      classify(catalogOf([PATIENTS]), dataMapOf({})),
      classify(catalogOf([PATIENTS]), dataMapOf({ 'public.patients.ssn': 'ssn' })),
      classify(catalogOf([PATIENTS]), dataMapOf({ 'public.patients.ssn': 'none' })),
      classify(catalogOf([table(1, 'public.patients id:int ssn')]), dataMapOf({})),
    ].map(({ version }) => version);
    assert.equal(new Set(versions).size, versions.length);
    assert.equal(classify(catalogOf([PATIENTS]), dataMapOf({})).version, versions[0]);
  });
});
