import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildCatalog, describeTable } from '../../sql/postgres/build-catalog.ts';
import type {
  Catalog,
  CatalogConversion,
  CatalogRows,
  CatalogType,
} from '../../sql/postgres/catalog.ts';
import { session } from '../../sql/postgres/hospital.fixture.ts';
import { loadParser } from '../../sql/postgres/parser.ts';
import { planOf } from './hospital-plan.fixture.ts';
import { type Rewrite, rewriteText } from './rewrite.ts';

const parser = await loadParser();

const [TEXT, INTEGER, JSON_TYPE] = [25, 23, 114];
const [GRADE, TRUSTED, TRUSTED_LIST, SIZE, REPORT] = [20_001, 20_002, 20_003, 20_004, 20_005];
const [BOOLEAN, BIGINT, FLAG] = [16, 20, 20_006];
const [STAGED, STAGED_LIST, GRADE_LIST] = [20_007, 20_008, 20_009];

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

function catalogWith(conversions: readonly CatalogConversion[]): Catalog {
  return buildCatalog({ ...ROWS, conversions });
}

const ROWS: CatalogRows = {
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
    describeTable({ oid: 9, schema: 'public', name: 'flags' }, [
      ...['id', 'name'],
      column('f', FLAG),
    ]),
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
    type(FLAG, 'public.flag'),
    type(BOOLEAN, 'pg_catalog.bool'),
    type(BIGINT, 'pg_catalog.int8'),
    type(STAGED, 'public.staging', { kind: 'c', relationOid: 2 }),
    type(STAGED_LIST, 'public.staging[]', { innerOid: STAGED, isArray: true }),
    type(GRADE_LIST, 'public.grade[]', { innerOid: GRADE, isArray: true }),
    type(TRUSTED, 'public.trusted', { kind: 'd', innerOid: TEXT }),
    type(TRUSTED_LIST, 'public.trusted[]', {
      ...{ plainName: '_trusted', innerOid: TRUSTED, isArray: true },
    }),
  ],
};

const CATALOG = catalogWith(CONVERSIONS);

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
  it('asks for the function of a domain that a text names', () => {
    refuses('public.check_trusted', [
      `SELECT pg_input_is_valid('x', 'trusted')`,
      `SELECT pg_catalog.pg_input_is_valid('x', 'public."trusted"'::text)`,
      `SELECT pg_input_is_valid('{x}', 'Trusted[]')`,
      `SELECT * FROM pg_input_error_info(type_name => 'trusted', value => 'x')`,
      `SELECT pg_input_is_valid('x', U&'trusted')`,
      `SELECT pg_input_is_valid('x', 'U&"\\0074rusted"')`,
      `SELECT pg_input_is_valid('x', 'trust' || 'ed')`,
      `SELECT pg_input_is_valid('x', $1)`,
      `SELECT pg_input_is_valid('x', name) FROM staging`,
    ]);
    runs([
      `SELECT pg_input_is_valid('trusted', 'int4')`,
      `SELECT pg_input_is_valid(name, 'numeric(3, 1)') FROM staging`,
      `SELECT 'trusted'`,
    ]);
  });

  it('asks for the function of a cast from rows of a table, and from lists', () => {
    const ofRows = (source: number, code: string): CatalogConversion => ({
      ...{ source, target: JSON_TYPE, context: 'e', code },
    });
    const catalog = catalogWith([
      ofRows(STAGED, 'public.of_row'),
      ofRows(STAGED_LIST, 'public.of_rows'),
      ofRows(GRADE_LIST, 'public.of_grades'),
    ]);
    const reasonOf = (text: string, functionsAllowed: readonly string[] = []): string => {
      const names = session({ functionsAllowed: new Set(functionsAllowed) });
      const rewritten = rewriteText(text, { parser, plan: planOf(catalog), names });
      return rewritten.kind === 'refuse' ? rewritten.reason : rewritten.kind;
    };
    assert.match(reasonOf('SELECT s::json FROM staging s'), /calls public\.of_row,/u);
    assert.match(
      reasonOf('SELECT array_agg(s)::json FROM staging s', ['public.of_row']),
      /calls public\.of_rows,/u,
    );
    assert.match(reasonOf('SELECT array_agg(g)::json FROM graded'), /calls public\.of_grades,/u);
    assert.equal(reasonOf('SELECT s::text FROM staging s'), 'run');
    assert.equal(reasonOf('SELECT size::json FROM sizes'), 'run');
  });

  it('keeps the text of a call that names a type by its constants', () => {
    const kept = rewrite(`SELECT pg_input_is_valid('x', 'int4')`);
    assert.equal(kept.kind, 'run');
    assert.equal(kept.edits, undefined);
  });

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
    runs(['SELECT abs(id) FROM staging', 'SELECT size, $$x$$::size FROM sizes LIMIT 10']);
  });

  it('asks of a cast between built-in types only where values may meet one of another type', () => {
    const conversion = { source: INTEGER, target: TEXT, context: 'i', code: 'public.number_text' };
    const catalog = catalogWith([
      conversion,
      { ...conversion, context: 'a', code: 'public.assign' },
    ]);
    const kindOf = (text: string, functionsAllowed: readonly string[] = []): Rewrite['kind'] => {
      const names = session({ functionsAllowed: new Set(functionsAllowed) });
      return rewriteText(text, { parser, plan: planOf(catalog), names }).kind;
    };
    for (const text of [
      ...['BEGIN', 'COMMIT', 'ROLLBACK TO SAVEPOINT s', `PREPARE TRANSACTION 'x'`, 'LISTEN c'],
      ...[
        `SET work_mem = '4MB'`,
        'SET LOCAL TIME ZONE LOCAL',
        'SHOW ALL',
        'RESET ALL',
        'DISCARD ALL',
      ],
      ...['DEALLOCATE q', 'CLOSE c', 'UNLISTEN *', `NOTIFY c, 'x'`, 'SET CONSTRAINTS ALL DEFERRED'],
      ...['FETCH 2 FROM c', 'EXECUTE q', 'LOCK staging', 'TRUNCATE staging', 'DROP TABLE staging'],
      ...['SELECT 1', `SELECT id, 'x', staging.* FROM staging ORDER BY name LIMIT 10`],
      ...['SELECT s.name FROM (SELECT id, name FROM staging) s, reports', 'COPY staging TO STDOUT'],
      'WITH w AS (SELECT id FROM staging) SELECT id FROM w FOR UPDATE OFFSET 3',
      'PREPARE q AS SELECT id FROM staging',
      'DECLARE c CURSOR WITH HOLD FOR SELECT id FROM staging',
      'EXPLAIN (ANALYZE) SELECT name FROM staging',
    ]) {
      assert.equal(kindOf(text), 'run', text);
    }
    for (const text of [
      'SELECT name FROM staging WHERE id = 1',
      'SELECT id FROM staging WHERE name',
      'SELECT id FROM staging UNION SELECT name FROM staging',
      'SELECT id FROM staging LIMIT (SELECT 1)',
      'SELECT 1::text',
      'SELECT upper(name) FROM staging',
      'SELECT $1',
      'SELECT a.id FROM staging a NATURAL JOIN staging b',
      'VALUES (1), ($$x$$)',
      'SELECT ARRAY[id, 1] FROM staging',
      'SELECT CASE WHEN true THEN id END FROM staging',
      'EXECUTE q(1)',
      'INSERT INTO staging (name) SELECT 1',
      'PREPARE q AS SELECT id FROM staging WHERE name = $1',
    ]) {
      assert.equal(kindOf(text), 'refuse', text);
      assert.equal(kindOf(text, ['public.number_text', 'public.assign']), 'run', text);
    }
  });

  it('asks wherever masks are written in, which compute with types of their own and with the text of a value', () => {
    const customers = { oid: 1, schema: 'public', name: 'customers' };
    const kindOf = (text: string, context: string, source: number): Rewrite['kind'] => {
      const catalog = buildCatalog({
        serverVersion: 150_018,
        relations: [describeTable(customers, [column('id', BIGINT), column('ssn', INTEGER)])],
        userFunctions: [],
        conversions: [{ source, target: TEXT, context, code: 'public.number_text' }],
      });
      return rewriteText(text, { parser, plan: planOf(catalog), names: session() }).kind;
    };
    for (const text of ['SELECT ssn FROM customers', 'COPY customers TO STDOUT']) {
      assert.equal(kindOf(text, 'i', BIGINT), 'refuse', text);
      assert.equal(kindOf(text, 'e', INTEGER), 'refuse', text);
      assert.equal(kindOf(text, 'e', BIGINT), 'run', text);
    }
  });

  it('asks of a cast in assignments where the grammar wants a type', () => {
    const flag = { source: FLAG, context: 'a', code: 'public.flag_value' };
    const catalog = catalogWith([
      { ...flag, target: BOOLEAN },
      { ...flag, target: INTEGER },
      { ...flag, target: BIGINT },
    ]);
    const kindOf = (text: string): Rewrite['kind'] =>
      rewriteText(text, { parser, plan: planOf(catalog), names: session() }).kind;
    for (const text of [
      'SELECT id FROM flags WHERE f',
      'SELECT id FROM flags WHERE id = 1 AND NOT f',
      'SELECT id FROM flags WHERE f IS TRUE',
      'SELECT id FROM flags GROUP BY id, f HAVING f',
      'SELECT CASE WHEN f THEN 1 END FROM flags',
      'SELECT count(*) FILTER (WHERE f) FROM flags',
      'SELECT 1 FROM flags a JOIN flags b ON a.f',
      'SELECT id FROM flags LIMIT (SELECT f FROM flags)',
      'SELECT (ARRAY[1, 2])[f] FROM flags',
    ]) {
      assert.equal(kindOf(text), 'refuse', text);
    }
    for (const text of [
      'SELECT f FROM flags WHERE id = 1 AND f IS NOT NULL OR id IN (1, 2) LIMIT 10 OFFSET 5',
      `SELECT f, (ARRAY[1, 2])[1] FROM flags WHERE name LIKE 'x%' AND EXISTS (SELECT 1)`,
    ]) {
      assert.equal(kindOf(text), 'run', text);
    }
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

  it('asks for what the types of parameters bring with them', () => {
    const options = { parser, plan: planOf(CATALOG), names: session() };
    const kindOf = (text: string, parameterTypes: readonly number[]): Rewrite['kind'] =>
      rewriteText(text, { ...options, parameterTypes }).kind;
    const unknown = 29_999;
    assert.equal(kindOf('SELECT $1', []), 'run');
    for (const oid of [TRUSTED, TRUSTED_LIST, unknown])
      assert.equal(kindOf('SELECT $1', [oid]), 'refuse', `${oid}`);
    assert.equal(kindOf('SELECT abs($1)', [SIZE]), 'refuse');
    assert.equal(kindOf('SELECT $1', [GRADE]), 'run');
    assert.equal(kindOf('SELECT $1::json', [GRADE]), 'refuse');
    assert.equal(kindOf('INSERT INTO staging (name) VALUES ($1)', [REPORT]), 'refuse');
  });

  it('looks through what code yields that the configuration vouches for', () => {
    const rewritten = rewrite(`SELECT 'low'::grade::json`, ['public.grade_json']);
    assert.equal(rewritten.kind, 'run');
    assert.equal(rewritten.statements[0]?.outputs?.[0]?.inspect, 'unknown');
  });
});
