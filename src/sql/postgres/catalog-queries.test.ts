import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { buildCatalog } from './build-catalog.ts';
import { CatalogError, decodeCatalogRows } from './catalog-queries.ts';

type Row = (string | null)[];

/** Rows of `CATALOG_QUERY`, captured from PostgreSQL 15.18 and cut to a few. */
const CAPTURED: readonly Row[] = [
  ['server', null, null, '150018'],
  [
    'relation',
    'app',
    't',
    '[16416, "r", ["id", "a", "b"], null, null, [16426], [["id"], ["a", "b"]], true, null]',
  ],
  [
    'relation',
    'app',
    'kid',
    '[16426, "r", ["id", "a", "b"], null, [16416], null, null, true, null]',
  ],
  ['relation', 'app', 'v', '[16432, "v", ["x"], [16416], null, null, null, false, ["app.f"]]'],
  ['relation', 'app', 't_pkey', '[16422, "i"]'],
  ['functions', 'app', null, '["f"]'],
  ['built-ins', null, null, '["abs", "lower"]'],
];

describe('decodeCatalogRows', () => {
  it('decodes what a server answered', () => {
    const catalog = buildCatalog(decodeCatalogRows(CAPTURED));
    assert.equal(catalog.serverVersion, 150_018);
    assert.deepEqual(catalog.findRelation('app', 't'), {
      oid: 16416,
      schema: 'app',
      name: 't',
      kind: 'r',
      columns: ['id', 'a', 'b'],
      dependsOn: [],
      parents: [],
      children: [16426],
      uniqueKeys: [['id'], ['a', 'b']],
      hasHiddenCode: true,
      functions: [],
    });
    assert.deepEqual(catalog.getRelation(16432)?.functions, ['app.f']);
    assert.deepEqual(catalog.userFunctionSchemas('f'), ['app']);
    assert(catalog.isBuiltInFunction('lower') && !catalog.isBuiltInFunction('f'));
  });

  it('refuses rows that are missing or of another shape', () => {
    const bad: readonly (readonly Row[])[] = [
      [],
      CAPTURED.slice(1),
      CAPTURED.slice(0, -1),
      [...CAPTURED, ['relation', 'app', 'x', '[]']],
      [...CAPTURED, ['relation', 'app', 'x', 'null']],
      [...CAPTURED, ['relation', null, 'x', '[1, "r"]']],
      [...CAPTURED, ['relation', 'app', 'x', '[1, "r", [1]]']],
      [...CAPTURED, ['functions', 'app', null, '{']],
      [...CAPTURED, ['surprise', null, null, '1']],
    ];
    for (const rows of bad) assert.throws(() => decodeCatalogRows(rows), CatalogError);
    const cell = fc.option(
      fc.oneof(fc.string(), fc.json(), fc.constantFrom('server', 'relation', 'functions')),
    );
    fc.assert(
      fc.property(fc.array(fc.array(cell)), (rows) => {
        assert.throws(() => decodeCatalogRows([...rows, ['surprise', '', '', '']]), CatalogError);
      }),
    );
  });
});

describe('buildCatalog', () => {
  it('gives the same content the same version, in whatever order, and other content another', () => {
    const version = (rows: readonly Row[]): string => buildCatalog(decodeCatalogRows(rows)).version;
    assert.equal(version(CAPTURED), version(CAPTURED.toReversed()));
    assert.notEqual(version(CAPTURED), version(CAPTURED.filter(([, , name]) => name !== 'kid')));
    assert.notEqual(version(CAPTURED), version(CAPTURED.filter(([what]) => what !== 'functions')));
  });
});
