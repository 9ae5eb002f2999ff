import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildCatalog, describeTable } from '../../sql/postgres/build-catalog.ts';
import type { CatalogConversion, CatalogType } from '../../sql/postgres/catalog.ts';
import { session } from '../../sql/postgres/hospital.fixture.ts';
import { loadParser } from '../../sql/postgres/parser.ts';
import { planOf } from './hospital-plan.fixture.ts';
import { type Rewrite, rewriteText } from './rewrite.ts';

const parser = await loadParser();

const [TEXT, INTEGER, JSON_TYPE] = [25, 23, 114];
const [GRADE, TRUSTED, TRUSTED_LIST, SIZE, REPORT] = [20_001, 20_002, 20_003, 20_004, 20_005];

function type(oid: number, name: string, details: Partial<CatalogType> = {}): CatalogType {
  const [innerOid, innerModifier] = [0, -1];
  return {
    ...{ oid, name, kind: 'b', innerOid, isArray: false, innerModifier, labels: [], fields: [] },
    ...details,
  };
}

const column = (name: string, typeOid: number): { name: string; typeOid: number } => ({
  name,
  typeOid,
});

const CONVERSIONS: readonly CatalogConversion[] = [
  { source: GRADE, target: JSON_TYPE, context: 'e', code: 'public.grade_json' },
  { source: SIZE, target: INTEGER, context: 'i', code: 'public.size_number' },
  { source: REPORT, target: TEXT, context: 'a', code: 'public.report_text' },
  { source: 0, target: TRUSTED, context: 'd', code: 'public.check_trusted' },
];

const CATALOG = buildCatalog({
  serverVersion: 150_018,
  relations: [
    describeTable({ oid: 1, schema: 'public', name: 'graded' }, [
      column('id', INTEGER),
      column('g', GRADE),
      column('doc', JSON_TYPE),
    ]),
    describeTable({ oid: 8, schema: 'public', name: 'trusting' }, [
      column('id', INTEGER),
      column('t', TRUSTED),
    ]),
    describeTable({ oid: 2, schema: 'public', name: 'staging' }, ['id', 'name']),
    describeTable({ oid: 3, schema: 'public', name: 'sizes' }, [column('size', SIZE)]),
    describeTable({ oid: 4, schema: 'public', name: 'reports' }, [column('report', REPORT)]),
    describeTable({ oid: 5, schema: 'public', name: 'lists' }, [column('ts', TRUSTED_LIST)]),
    describeTable({ oid: 6, schema: 'public', name: 'graded_ids' }, ['id'], {
      ...{ kind: 'v', dependsOn: [1], definition: 'SELECT id FROM graded' },
    }),
    describeTable({ oid: 7, schema: 'public', name: 'graded_json' }, ['js'], {
      ...{ kind: 'v', dependsOn: [1], definition: 'SELECT to_json(graded) AS js FROM graded' },
    }),
  ],
  userFunctions: [],
  types: [
    type(TEXT, 'pg_catalog.text'),
    type(INTEGER, 'pg_catalog.int4'),
    type(JSON_TYPE, 'pg_catalog.json'),
    type(GRADE, 'public.grade', { kind: 'e' }),
    type(SIZE, 'public.size'),
    type(REPORT, 'public.report'),
    type(TRUSTED, 'public.trusted', { kind: 'd', innerOid: TEXT }),
    type(TRUSTED_LIST, 'public.trusted[]', {
      ...{ plainName: '_trusted', innerOid: TRUSTED, isArray: true },
    }),
  ],
  conversions: CONVERSIONS,
});

function rewrite(text: string, functionsAllowed: readonly string[] = []): Rewrite {
  const names = session({
    functionsAllowed: new Set(functionsAllowed),
    overlay: [{ schema: 'pg_temp', name: 'mine' }],
  });
  return rewriteText(text, { parser, plan: planOf(CATALOG), names });
}

function refuses(code: string, texts: readonly string[]): void {
  for (const text of texts) {
    const refused = rewrite(text);
    assert.equal(refused.kind, 'refuse', text);
    assert.match(
      refused.reason,
      new RegExp(`calls ${code}, which may read data that is masked`),
      text,
    );
    assert.equal(rewrite(text, [code]).kind, 'run', text);
  }
}

function runs(texts: readonly string[]): void {
  for (const text of texts) assert.equal(rewrite(text).kind, 'run', text);
}

describe('checkConversions', () => {
  it('asks for the function of a cast, however it comes to run', () => {
    refuses('public.grade_json', [
      `SELECT 'low'::grade::json`,
      `SELECT CAST(g AS json) FROM graded`,
      `SELECT CAST(x AS pg_catalog.json[]) FROM (SELECT array_agg(g) FROM graded) s(x)`,
      `SELECT to_json('low'::public.grade)`,
      'SELECT to_jsonb(g) FROM graded',
      'SELECT row_to_json(o) FROM graded o',
      'SELECT json_agg(x) FROM (SELECT g FROM graded) x',
      'SELECT jsonb_build_object(1, g) FROM graded',
      `SELECT JSON_OBJECT('a': g) FROM graded`,
      'SELECT * FROM graded_json',
      `EXPLAIN ANALYZE SELECT 'low'::grade::json`,
      `PREPARE q(grade) AS SELECT $1::json`,
      'DECLARE c CURSOR FOR SELECT g::json FROM graded',
      `CREATE TABLE k (a json DEFAULT 'low'::grade::json)`,
    ]);
    runs([
      'SELECT g, doc FROM graded',
      'SELECT to_json(s) FROM staging s',
      `SELECT '{}'::json`,
      `SELECT 'low'::grade`,
      'SELECT id FROM graded_ids',
    ]);
  });

  it('asks where the catalog knows no columns of a relation', () => {
    for (const text of ['SELECT to_json(mine) FROM mine', 'SELECT a::json FROM mine'])
      assert.equal(rewrite(text, ['public.size_number']).kind, 'refuse', text);
    const others = ['public.size_number', 'public.report_text'];
    assert.equal(rewrite(`INSERT INTO mine VALUES ('x')`, others).kind, 'refuse');
  });

  it('asks for the function of an implicit cast where there may be a value to cast', () => {
    refuses('public.size_number', ['SELECT abs(size) FROM sizes', `SELECT 'x'::size + 1`]);
    runs(['SELECT abs(id) FROM staging']);
  });

  it('asks for the function of an assignment cast where something is assigned', () => {
    refuses('public.report_text', [
      'INSERT INTO staging (name) SELECT report FROM reports',
      'UPDATE staging SET name = report FROM reports',
      `EXECUTE q('x'::report)`,
    ]);
    runs(['SELECT report FROM reports']);
  });

  it(`asks for what a domain's checks call, where a value may become one of it`, () => {
    refuses('public.check_trusted', [
      `SELECT 'x'::trusted`,
      `SELECT '{x}'::trusted[]`,
      `SELECT '{x}'::_trusted`,
      `SELECT * FROM json_to_record('{"a": "x"}') AS j(a trusted)`,
      `SELECT * FROM json_populate_record(NULL::trusting, '{"t": "x"}')`,
      `SELECT 1 FROM trusting WHERE trusting = '(1,x)'`,
      `SELECT array_append(ts, 'x') FROM lists`,
      `INSERT INTO trusting (id) VALUES (1)`,
      `UPDATE trusting SET t = 'x'`,
      'COPY trusting FROM STDIN',
      'CREATE TEMP TABLE k (a trusted)',
      'CREATE DOMAIN more AS trusted',
      'PREPARE q(trusted) AS SELECT $1',
    ]);
    runs([
      'SELECT t FROM trusting',
      'SELECT * FROM trusting',
      'SELECT g.* FROM trusting g WHERE g.id = 1',
      'UPDATE trusting SET id = 1',
      'DELETE FROM trusting',
    ]);
  });

  it('looks through what code yields that the configuration vouches for', () => {
    const rewritten = rewrite(`SELECT 'low'::grade::json`, ['public.grade_json']);
    assert.equal(rewritten.kind, 'run');
    assert.equal(rewritten.statements[0]?.outputs?.[0]?.inspect, 'unknown');
  });
});
