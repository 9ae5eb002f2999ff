import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { buildCatalog, describeTable } from './build-catalog.ts';
import { CatalogError, decodeCatalogRows } from './decode-catalog.ts';

type Row = (string | null)[];

/** Rows of `CATALOG_QUERY`, captured from PostgreSQL 15.18 and cut to a few. */
const CAPTURED: readonly Row[] = [
  ['server', null, null, '150018'],
  [
    'relation',
    'app',
    't',
    `[16416, "r", [["id", 1, 20, -1, 1, null], ["a", 2, 16394, -1, 0, null], ["b", 4, 1043, 24, 4, null],
      ["c", 5, 25, -1, 2, "pg_catalog.\\"C\\""]], null, null, [16426], [["id"], ["a", "b"]], true, null, null, null, null, null, null, true]`,
  ],
  [
    'relation',
    'app',
    'kid',
    `[16426, "r", [["id", 1, 20, -1, 1, null], ["pid", 2, 20, -1, 0, null]], null, [16416], null, null, true, null,
      [[["pid"], 16416, ["id"]]], null]`,
  ],
  [
    'relation',
    'app',
    'v',
    `[16432, "v", [["x", 1, 25, -1, 0, null]], [16416], null, null, null, false, ["app.f"], null,
      " SELECT app.f(t.c) AS x\\n   FROM app.t;"]`,
  ],
  ['relation', 'app', 't_pkey', '[16422, "i"]'],
  [
    'relation',
    'app',
    't_id_seq',
    `[16440, "S", [["last_value", 1, 20, -1, 1, null]], null, null, null, null, false, null, null, null, null, null, null, null,
      [[16416, "id"]]]`,
  ],
  [
    'relation',
    'app',
    'addr',
    `[16400, "c", [["street", 1, 25, -1, 0, null], ["zip", 2, 1043, 14, 0, null], ["m", 3, 16387, -1, 0, null]],
      null, null, null, null, false, null, null, null]`,
  ],
  ['type', null, 'pg_catalog.int8', '[20, "b", null, false, -1, null, 0, null]'],
  ['type', null, 'pg_catalog.text', '[25, "b", null, false, -1, null, 0, null]'],
  [
    'type',
    null,
    'pg_catalog."varchar"',
    '[1043, "b", null, false, -1, null, 0, [[14, "character varying(10)"], [24, "character varying(20)"]]]',
  ],
  ['type', null, 'app."Mood"', '[16387, "e", null, false, -1, ["sad", "it\'s ok", "😀"], 0, null]'],
  ['type', null, 'app.ssn', '[16394, "d", 1043, false, 15, null, 0, null, "ssn"]'],
  ['type', null, 'app.addr[]', '[16401, "b", 16402, true, -1, null, 0, null]'],
  ['type', null, 'app.addr', '[16402, "c", null, false, -1, null, 16400, null]'],
  ['functions', 'app', null, '["f"]'],
  ['built-ins', null, null, '["abs", "lower"]'],
  ['operators', null, null, '["===", "+"]'],
  [
    'conversions',
    null,
    null,
    '[[16387, 114, "e", "app.mood_json"], [0, 16394, "d", "app.check_ssn"]]',
  ],
];

describe('decodeCatalogRows', () => {
  it('decodes a relation with the types, keys and definition that a server answered', () => {
    const catalog = buildCatalog(decodeCatalogRows(CAPTURED));
    assert.equal(catalog.serverVersion, 150_018);
    const attribute = {
      typeModifier: -1,
      collation: undefined,
      isNotNull: false,
      isGenerated: false,
    };
    const id = { ...attribute, number: 1, typeOid: 20, typeName: 'pg_catalog.int8' };
    const expected = describeTable(
      { oid: 16416, schema: 'app', name: 't' },
      [
        { ...id, name: 'id', isNotNull: true },
        { ...id, name: 'a', number: 2, typeOid: 16394, typeName: 'app.ssn' },
        {
          ...id,
          name: 'b',
          number: 4,
          typeOid: 1043,
          typeModifier: 24,
          typeName: 'character varying(20)',
          hasDefaultValue: true,
        },
        {
          ...id,
          name: 'c',
          number: 5,
          typeOid: 25,
          typeName: 'pg_catalog.text',
          collation: 'pg_catalog."C"',
          isGenerated: true,
        },
      ],
      {
        children: [16426],
        uniqueKeys: [['id'], ['a', 'b']],
        primaryKey: ['id'],
        hasHiddenCode: true,
      },
    );
    assert.deepEqual(catalog.findRelation('app', 't'), expected);
    assert.deepEqual(catalog.findRelation('app', 'kid')?.foreignKeys, [
      { columns: ['pid'], referencedRelation: 16416, referencedColumns: ['id'] },
    ]);
    const view = catalog.getRelation(16432);
    assert.equal(view?.definition, ' SELECT app.f(t.c) AS x\n   FROM app.t;');
    assert.deepEqual(view.functions, ['app.f']);
    assert.deepEqual(catalog.findRelation('app', 't_id_seq')?.numbers, [
      { relation: 16416, column: 'id' },
    ]);
    assert.deepEqual(catalog.findRelation('app', 't_pkey')?.attributes, []);
  });

  it('decodes types with what they are made of', () => {
    const catalog = buildCatalog(decodeCatalogRows(CAPTURED));
    const mood = catalog.findType(16387);
    assert.deepEqual([mood?.kind, mood?.labels], ['e', ['sad', "it's ok", '😀']]);
    const domain = catalog.findType(16394);
    assert.deepEqual([domain?.kind, domain?.innerOid, domain?.innerModifier], ['d', 1043, 15]);
    const array = catalog.findType(16401);
    assert.deepEqual([array?.isArray, array?.innerOid], [true, 16402]);
    assert.deepEqual(
      catalog.findType(16402)?.fields.map(({ name, typeName }) => [name, typeName]),
      [
        ['street', 'pg_catalog.text'],
        ['zip', 'character varying(10)'],
        ['m', 'app."Mood"'],
      ],
    );
    assert.equal(catalog.findType(23), undefined);
  });

  it('knows which functions and operators are built in', () => {
    const catalog = buildCatalog(decodeCatalogRows(CAPTURED));
    assert.deepEqual(catalog.userFunctionSchemas('f'), ['app']);
    assert(catalog.isBuiltInFunction('lower') && !catalog.isBuiltInFunction('f'));
    assert(catalog.hasUserOperator('+') && !catalog.hasUserOperator('-'));
  });

  it('decodes conversions, and finds types by the names that statements have for them', () => {
    const catalog = buildCatalog(decodeCatalogRows(CAPTURED));
    assert.deepEqual(catalog.conversions, [
      { source: 16387, target: 114, context: 'e', code: 'app.mood_json' },
      { source: 0, target: 16394, context: 'd', code: 'app.check_ssn' },
    ]);
    assert.deepEqual(
      catalog.findTypesByName('ssn').map(({ oid }) => oid),
      [16394],
    );
  });

  it('refuses rows that are missing or of another shape', () => {
    const without = (kind: string): readonly Row[] => CAPTURED.filter(([what]) => what !== kind);
    const bad: readonly (readonly Row[])[] = [
      [],
      ...['server', 'built-ins', 'operators', 'conversions', 'type'].map(without),
      [...CAPTURED, ['relation', 'app', 'x', '[]']],
      [...CAPTURED, ['relation', 'app', 'x', 'null']],
      [...CAPTURED, ['relation', null, 'x', '[1, "r"]']],
      [...CAPTURED, ['relation', 'app', 'x', '[1, "r", [1]]']],
      [...CAPTURED, ['relation', 'app', 'x', '[1, "r", [["a", 1, 25, 7, 0, null]]]']],
      [...CAPTURED, ['relation', 'app', 'x', '[1, "r", [["a", 1, 25, -1, "0", null]]]']],
      [
        ...CAPTURED,
        ['relation', 'app', 'x', '[1, "v", [], null, null, null, null, false, null, null, 1]'],
      ],
      [
        ...CAPTURED,
        [
          'relation',
          'app',
          'x',
          '[1, "r", [], null, null, null, null, false, null, [["a"]], null]',
        ],
      ],
      [...CAPTURED, ['type', null, 'x', '[1, "b", null, false, -1, [1], 0, null]']],
      [...CAPTURED, ['type', null, 'x', '[1, "b", null, false, -1, null, 0, [["1", "x"]]]']],
      [...CAPTURED, ['type', null, null, '[1, "b", null, false, -1, null, 0, null]']],
      [...CAPTURED, ['type', null, 'x', '[1, "b", null, false, -1, null, 0, null, 1]']],
      [...without('conversions'), ['conversions', null, null, '[[1, 2, "e"]]']],
      [...CAPTURED, ['functions', 'app', null, '{']],
      [...CAPTURED, ['surprise', null, null, '1']],
    ];
    for (const rows of bad) assert.throws(() => decodeCatalogRows(rows), CatalogError);
    const kinds = fc.constantFrom('server', 'relation', 'type', 'functions', 'operators');
    const cell = fc.option(fc.oneof(fc.string(), fc.json(), kinds));
    fc.assert(
      fc.property(fc.array(fc.array(cell)), (rows) => {
        assert.throws(() => decodeCatalogRows([...rows, ['surprise', '', '', '']]), CatalogError);
      }),
    );
  });
});

describe('buildCatalog', () => {
  const version = (rows: readonly Row[]): string => buildCatalog(decodeCatalogRows(rows)).version;

  it('gives the same content the same version, in whatever order', () => {
    assert.equal(version(CAPTURED), version(CAPTURED.toReversed()));
  });

  it('gives other content another version, whatever it is that differs', () => {
    const versions = CAPTURED.map((changed) =>
      version(
        CAPTURED.map((row) => {
          if (row !== changed) return row;
          const [what = null, schema = null, name = null, details = null] = row;
          if (what === 'server') return [what, schema, name, '150019'];
          if (what === 'conversions') return [what, schema, name, '[]'];
          if (name !== null) return [what, schema, `${name}2`, details];
          return [what, schema, name, '["g"]'];
        }),
      ),
    );
    assert.equal(new Set([...versions, version(CAPTURED)]).size, CAPTURED.length + 1);
    for (const [before, after] of [
      ['t.c) AS x', 't.b) AS x'],
      ['C\\""', 'D\\""'],
      ["it's ok", 'it is ok'],
      ['["pid"], 16416, ["id"]', '["pid"], 16416, ["a"]'],
      ['[["id"], ["a", "b"]]', '[["id"]]'],
      ['-1, 2, ', '-1, 0, '],
    ] as const) {
      const changed = CAPTURED.map((row) =>
        row.map((cell) => cell?.replace(before, after) ?? null),
      );
      assert.notDeepEqual(changed, CAPTURED);
      assert.notEqual(version(changed), version(CAPTURED), before);
    }
  });
});
