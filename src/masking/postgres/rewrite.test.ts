import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { buildCatalog } from '../../sql/postgres/build-catalog.ts';
import type { NameContext } from '../../sql/postgres/catalog.ts';
import { HOSPITAL, session } from '../../sql/postgres/hospital.fixture.ts';
import { loadParser } from '../../sql/postgres/parser.ts';
import { checkRewrite } from './check-rewrite.ts';
import { HOSPITAL_PLAN, planOf } from './hospital-plan.fixture.ts';
import type { OutputColumn } from './output-column.ts';
import { type Rewrite, rewriteText } from './rewrite.ts';

const parser = await loadParser();
const HOSPITAL_PLAN_LONG = planOf(HOSPITAL, () => `'${'X'.repeat(1000)}'`);

function see(text: string, changes: Partial<NameContext> = {}): Rewrite {
  return rewriteText(text, { parser, plan: HOSPITAL_PLAN, names: session(changes) });
}

/** The rewritten text, with the names of raw columns made short; it is also sound to other eyes. */
function run(text: string, changes: Partial<NameContext> = {}): string {
  const rewrite = see(text, changes);
  assert.equal(rewrite.kind, 'run', rewrite.kind === 'refuse' ? rewrite.reason : '');
  const check = checkRewrite(rewrite.text, {
    parser,
    plan: HOSPITAL_PLAN,
    names: session(changes),
  });
  assert.deepEqual(check, { kind: 'sound' }, rewrite.text);
  return rewrite.text.replaceAll(/raw_[0-9a-f]+_/g, 'raw_');
}

function outputsOf(text: string, changes: Partial<NameContext> = {}): string[] {
  const rewrite = see(text, changes);
  assert.equal(rewrite.kind, 'run');
  const format = ({ relationOid, column, masked, inspect }: OutputColumn): string =>
    `${relationOid}.${column} ${masked.join('+')} ${inspect}`.replaceAll(/ +/g, ' ');
  return rewrite.statements.flatMap(({ outputs }) => outputs?.map(format) ?? ['?']);
}

/** The subquery that stands for customers. */
function customers(alias = 'customers', more = ''): string {
  const shown = `'X'::pg_catalog.text AS "name", 'X'::pg_catalog.text AS "ssn"`;
  return only(`"${alias}"."id", ${shown}${more}`, alias);
}

/** The same where the statement has not even the names of the other columns. */
function only(columns: string, alias = 'customers'): string {
  return `(SELECT ${columns} FROM "public"."customers" AS "${alias}")`;
}

const C = `${customers()} AS "customers"`;
const ID = `${only('"customers"."id"')} AS "customers"`;
const SSN = `${only(`'X'::pg_catalog.text AS "ssn"`)} AS "customers"`;

const ROW = `(CASE WHEN "c" IS DISTINCT FROM NULL THEN ROW("c"."id", "c"."name", "c"."ssn")::"public"."customers" END)`;

/** What is sent in place of a query. */
const QUERIES: readonly (readonly [name: string, text: string, rewritten: string])[] = [
  ['a name', 'SELECT * FROM customers', `SELECT * FROM ${C}`],
  ['an alias stays', 'SELECT * FROM customers c', `SELECT * FROM ${customers('c')} c`],
  [
    'column aliases stay',
    'SELECT * FROM customers AS p(a, b)',
    `SELECT * FROM ${customers('p')} AS p(a, b)`,
  ],
  ['TABLE', 'TABLE customers', `SELECT * FROM ${C}`],
  [
    'ONLY with brackets',
    'SELECT 1 FROM ONLY ( customers )',
    `SELECT 1 FROM ${ID.replace('FROM "', 'FROM ONLY "')}`,
  ],
  [
    'a star after the name',
    'SELECT id FROM customers * c',
    `SELECT id FROM ${only('"c"."id"', 'c')} c`,
  ],
  ['quotes', 'SELECT 1 FROM "public" . "customers"', `SELECT 1 FROM ${ID}`],
  ['U& quotes', `SELECT 1 FROM U&"!0063ustomers" UESCAPE '!'`, `SELECT 1 FROM ${ID}`],
  [
    'characters of several bytes before it',
    `SELECT 'é漢😀', 1 /* ü */ FROM customers -- ö`,
    `SELECT 'é漢😀', 1 /* ü */ FROM ${ID} -- ö`,
  ],
  [
    'TABLESAMPLE moves inside',
    'SELECT 1 FROM customers c TABLESAMPLE system (10) REPEATABLE (2) WHERE true',
    `SELECT 1 FROM ${only('"c"."id"', 'c').replace(/\)$/, ' TABLESAMPLE system (10) REPEATABLE (2))')} c  WHERE true`,
  ],
  [
    'sub-selects anywhere',
    'SELECT (SELECT max(ssn) FROM customers) LIMIT (SELECT count(*) FROM customers)',
    `SELECT (SELECT max(ssn) FROM ${SSN}) LIMIT (SELECT count(*) FROM ${SSN})`,
  ],
  [
    'arms of set operations',
    'SELECT id FROM staging UNION SELECT id FROM customers',
    `SELECT id FROM staging UNION SELECT id FROM ${ID}`,
  ],
  [
    'a CTE hides a relation only below itself',
    'WITH customers AS (SELECT * FROM customers) SELECT * FROM customers',
    `WITH customers AS (SELECT * FROM ${C}) SELECT * FROM customers`,
  ],
  [
    'a CTE is not in sight of those before it',
    'WITH a AS (TABLE customers), customers AS (SELECT 1) SELECT * FROM a',
    `WITH a AS (SELECT * FROM ${C}), customers AS (SELECT 1) SELECT * FROM a`,
  ],
  [
    'under RECURSIVE a CTE hides it everywhere',
    'WITH RECURSIVE a AS (TABLE customers), customers AS (SELECT 1) SELECT * FROM a',
    'WITH RECURSIVE a AS (TABLE customers), customers AS (SELECT 1) SELECT * FROM a',
  ],
  [
    'a qualified name is never a CTE',
    'WITH customers AS (SELECT 1) SELECT * FROM public.customers',
    `WITH customers AS (SELECT 1) SELECT * FROM ${C}`,
  ],
  [
    'a CTE of an inner level is unknown outside',
    'SELECT * FROM (WITH customers AS (SELECT 1) SELECT * FROM customers) x, customers',
    `SELECT * FROM (WITH customers AS (SELECT 1) SELECT * FROM customers) x, ${C}`,
  ],
  [
    'schemas of columns go',
    'SELECT public.customers.ssn, public.customers.* FROM public.customers',
    `SELECT customers.ssn, customers.* FROM ${C}`,
  ],
  [
    'system columns are let through, and stars written out',
    'SELECT ctid, * FROM customers c',
    `SELECT ctid, "c"."id", "c"."name", "c"."ssn" FROM ${customers('c', ', "c"."ctid"')} c`,
  ],
  [
    'GROUP BY a primary key keeps what followed from it',
    'SELECT c.name FROM customers c GROUP BY c.id',
    `SELECT c.name FROM ${only(`"c"."id", 'X'::pg_catalog.text AS "name"`, 'c')} c GROUP BY "c"."name", c.id`,
  ],
  [
    'row locks keep their names',
    'SELECT 1 FROM customers c FOR UPDATE OF c',
    `SELECT 1 FROM ${only('"c"."id"', 'c')} c FOR UPDATE OF c`,
  ],
  [
    "whole rows are rows of masks, of the relation's own type",
    'SELECT row_to_json(c), c::text, (c).ssn FROM customers c',
    `SELECT row_to_json(${ROW}), ${ROW}::text AS "c", (c).ssn FROM ${customers('c')} c`,
  ],
  [
    'a star as an argument is the row; elsewhere it is the columns',
    'SELECT row_to_json(c.*), ROW(c.*), c.* IS NULL FROM customers c, json_each(to_json(c.*))',
    `SELECT row_to_json(${ROW}), ROW(c.*), c.* IS NULL FROM ${customers('c')} c, json_each(to_json(${ROW}))`,
  ],
  [
    'LATERAL, functions and joins in FROM',
    'SELECT * FROM staging s JOIN customers c USING (id), LATERAL (SELECT c.ssn) l, generate_series(1, 2) g',
    `SELECT * FROM staging s JOIN ${customers('c')} c USING (id), LATERAL (SELECT c.ssn) l, generate_series(1, 2) g`,
  ],
  [
    'a view over it',
    'SELECT id FROM customer_names',
    `SELECT id FROM (SELECT "customer_names"."id" FROM "public"."customer_names" AS "customer_names") AS "customer_names"`,
  ],
  [
    'columns of which it has not even the names are left out',
    `SELECT c.ssn, 'name' FROM customers c`,
    `SELECT c.ssn, 'name' FROM ${only(`'X'::pg_catalog.text AS "ssn"`, 'c')} c`,
  ],
  [
    'a name that may be a column of several is one of all of them',
    'SELECT name FROM customers c, customers d, staging',
    `SELECT name FROM ${only(`'X'::pg_catalog.text AS "name"`, 'c')} c, ${only(`'X'::pg_catalog.text AS "name"`, 'd')} d, staging`,
  ],
  [
    'the star of one leaves columns of the other out',
    'SELECT c.* FROM customers c, customers d',
    `SELECT c.* FROM ${customers('c')} c, ${only('"d"."id"', 'd')} d`,
  ],
  [
    'USING names what it joins by',
    'SELECT count(*) FROM staging JOIN customers c USING (name)',
    `SELECT count(*) FROM staging JOIN ${only(`'X'::pg_catalog.text AS "name"`, 'c')} c USING (name)`,
  ],
  [
    'NATURAL joins by what both have, named or not',
    'SELECT count(*) FROM staging NATURAL JOIN customers c',
    `SELECT count(*) FROM staging NATURAL JOIN ${only(`"c"."id", 'X'::pg_catalog.text AS "name"`, 'c')} c`,
  ],
  [
    'NATURAL joins by anything with what nobody knows',
    'SELECT count(*) FROM json_each($1) NATURAL JOIN customers c',
    `SELECT count(*) FROM json_each($1) NATURAL JOIN ${customers('c')} c`,
  ],
  [
    'an alias of a join may stand for whatever is in it',
    'SELECT j FROM (staging CROSS JOIN customers c) AS j',
    `SELECT j FROM (staging CROSS JOIN ${customers('c')} c) AS j`,
  ],
  [
    'an alias of a join shows its columns under their names',
    'SELECT j.ssn FROM (staging CROSS JOIN customers c) AS j',
    `SELECT j.ssn FROM (staging CROSS JOIN ${only(`'X'::pg_catalog.text AS "ssn"`, 'c')} c) AS j`,
  ],
  [
    'what is no known column of a join may be its row',
    'SELECT j.text FROM (json_each($1) CROSS JOIN customers c) AS j',
    `SELECT j.text FROM (json_each($1) CROSS JOIN ${customers('c')} c) AS j`,
  ],
  [
    'aliases of columns of a join may stand for whatever is in it',
    'SELECT j.a FROM (staging CROSS JOIN customers c) AS j (x, y, a)',
    `SELECT j.a FROM (staging CROSS JOIN ${customers('c')} c) AS j (x, y, a)`,
  ],
  [
    'aliases of columns go by position, so that NULL takes the place of what it does not name',
    'SELECT b FROM customers AS c (a, b)',
    `SELECT b FROM ${only(`NULL AS "id", 'X'::pg_catalog.text AS "name"`, 'c')} AS c (a, b)`,
  ],
  [
    'aliases of columns in a join by names',
    'SELECT name FROM (customers c JOIN customers d (name, x, y) USING (name)) j',
    `SELECT name FROM (${only(`'X'::pg_catalog.text AS "name"`, 'c')} c JOIN ${only(`"d"."id", NULL AS "name", NULL AS "ssn"`, 'd')} d (name, x, y) USING (name)) j`,
  ],
  [
    'aliases of columns beside the row',
    'SELECT count(c) FROM customers AS c (a, b)',
    `SELECT count(${ROW.replace('"id", "c"."name"', '"a", "c"."b"')}) FROM ${customers('c')} AS c (a, b)`,
  ],
];

describe('rewriteText on queries', () => {
  for (const [name, text, rewritten] of QUERIES) {
    it(`reads a classified relation through its masks: ${name}`, () => {
      assert.equal(run(text), rewritten);
    });
  }

  it('leaves a text alone in which nothing is classified', () => {
    for (const text of [
      'SELECT * FROM staging',
      'SELECT upper(name), now() FROM staging -- ü',
      'SELECT 1',
      'BEGIN',
      'SHOW search_path',
      'SET timezone = UTC',
      'LOCK TABLE customers',
      'TRUNCATE customers',
      // What pgAdmin sends first.
      "SELECT set_config('bytea_output', 'hex', false) FROM pg_show_all_settings() WHERE name = 'bytea_output'",
    ])
      assert.equal(run(text), text);
  });

  it('rewrites each statement under the names that those before it left', () => {
    const rewrite = see('SELECT 1 FROM customers; SET search_path = research; TABLE customers');
    assert.equal(rewrite.kind, 'run');
    assert.equal(rewrite.text, `SELECT 1 FROM ${ID}; SET search_path = research; TABLE customers`);
  });

  it('shows free text raw where it is a plain output column of the outermost query', () => {
    const masked = `'X'::pg_catalog.text AS "note", "n"."note" AS "raw_0" FROM "public"."audit" AS "n") n`;
    const raw = `(SELECT ${masked}`;
    assert.equal(run('SELECT note FROM audit n'), `SELECT "n"."raw_0" AS "note" FROM ${raw}`);
    assert.equal(run('SELECT n.note x FROM audit n'), `SELECT "n"."raw_0" x FROM ${raw}`);
    assert.equal(
      run('SELECT * FROM audit n ORDER BY id'),
      `SELECT "n"."id", "n"."raw_0" AS "note" FROM (SELECT "n"."id", ${masked} ORDER BY id`,
    );
    assert.equal(
      run('DECLARE c CURSOR FOR SELECT note FROM audit n'),
      `DECLARE c CURSOR FOR SELECT "n"."raw_0" AS "note" FROM ${raw}`,
    );
  });

  it('writes out the stars beside raw columns, whose place in the result may not move', () => {
    assert.match(
      run('SELECT s.*, n.note FROM staging s, audit n'),
      /^SELECT "s"\."id", "s"\."name", "n"\."raw_0" AS "note" FROM staging s, /,
    );
    const overlay = [{ schema: 'public', name: 'staging' }];
    assert.deepEqual(outputsOf('SELECT s.*, n.note FROM public.staging s, audit n', { overlay }), [
      '?',
    ]);
  });

  it('shows the redacted self of free text in any other place', () => {
    for (const text of [
      'SELECT upper(note) FROM audit',
      'SELECT * FROM audit ORDER BY note',
      'SELECT note FROM audit ORDER BY 1',
      'SELECT note AS x FROM audit ORDER BY x',
      'SELECT DISTINCT note FROM audit',
      'SELECT note, g.* FROM audit, generate_series(1, 2) g',
      'SELECT note FROM audit GROUP BY note',
      `SELECT note FROM audit UNION SELECT 'x'`,
      'SELECT note, a FROM audit a',
      'SELECT note, row_to_json(a) FROM audit a',
      'SELECT note, (SELECT a::text) FROM audit a',
      'SELECT note, (a).note FROM audit a',
      'SELECT * FROM (SELECT note FROM audit) x',
      'WITH x AS (TABLE audit) TABLE x',
      'SELECT * FROM audit NATURAL JOIN staging',
      'SELECT j.note FROM (audit CROSS JOIN staging) j',
      'CREATE TABLE x AS SELECT note FROM audit',
      'SELECT note INTO x FROM audit',
      'CREATE VIEW x AS SELECT note FROM audit',
      'INSERT INTO staging SELECT id, note FROM audit',
      'COPY audit TO STDOUT',
      'COPY (SELECT note FROM audit) TO STDOUT',
      'PREPARE p AS SELECT note FROM audit',
      'EXPLAIN SELECT note FROM audit',
      'DECLARE c CURSOR WITH HOLD FOR SELECT note FROM audit',
    ])
      assert.doesNotMatch(run(text), /raw_/, text);
  });

  it('says where each output column comes from', () => {
    assert.deepEqual(outputsOf('SELECT c.id, ssn, note, upper(ssn) FROM customers c, audit'), [
      '1.id none',
      '1.ssn ssn none',
      '3.note text',
      '0. none',
    ]);
    assert.deepEqual(outputsOf('SELECT * FROM audit'), ['3.id none', '3.note text']);
    assert.deepEqual(outputsOf('SELECT x.s FROM (SELECT ssn AS s FROM customers) x'), [
      '1.ssn ssn none',
    ]);
    assert.deepEqual(outputsOf('UPDATE customers SET name = $1 RETURNING *'), [
      '1.id none',
      '1.name name none',
      '1.ssn ssn none',
    ]);
    assert.deepEqual(outputsOf('SELECT * FROM generate_series(1, 2)'), ['?']);
  });

  it('uses masks without keys where the text is shown or stored', () => {
    for (const text of [
      'EXPLAIN (VERBOSE) SELECT ssn FROM customers',
      'EXPLAIN ANALYZE DELETE FROM customers RETURNING ssn',
      'CREATE VIEW v AS SELECT ssn FROM customers',
      'CREATE MATERIALIZED VIEW v AS SELECT ssn FROM customers',
    ]) {
      assert.match(run(text), /'K'::/);
      assert.doesNotMatch(run(text), /'X'::/);
    }
  });

  it('lets the masks make a text larger than a client may send, within a limit of its own', () => {
    const long = HOSPITAL_PLAN_LONG;
    const run = (count: number): Rewrite => {
      const text = Array(count).fill('TABLE customers').join(' UNION ALL ');
      return rewriteText(text, { parser, plan: long, names: session() });
    };
    const rewrite = run(40);
    assert(rewrite.kind === 'run' && rewrite.text.length > 65_536);
    const refusal = run(200);
    assert(refusal.kind === 'refuse');
    assert.match(refusal.reason, /with its masks, text is larger than/);
  });

  it('lets nothing follow from a unique key that is not the primary key, as the server does', () => {
    const catalog = buildCatalog({
      serverVersion: 150_018,
      relations: [...HOSPITAL.listRelations()].map((one) => ({ ...one, primaryKey: [] })),
      userFunctions: [],
    });
    const text = 'SELECT c.name FROM customers c GROUP BY c.id';
    const rewrite = rewriteText(text, { parser, plan: planOf(catalog), names: session() });
    assert.equal(rewrite.kind, 'run');
    assert.match(rewrite.text, / GROUP BY c\.id$/);
  });

  it('never throws, and never lets a name of a classified relation stand as it was', () => {
    const word = fc.constantFrom(
      ...'SELECT * FROM customers c , ( ) WHERE ssn = 1 JOIN audit USING (id) UNION WITH x AS TABLE ONLY RETURNING DELETE GROUP BY id ;'.split(
        ' ',
      ),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 14 }), (words) => {
        const rewrite = see(words.join(' '));
        if (rewrite.kind !== 'run') return;
        const plan = HOSPITAL_PLAN;
        const check = checkRewrite(rewrite.text, { parser, plan, names: session() });
        assert.deepEqual(check, { kind: 'sound' });
      }),
      { numRuns: 300 },
    );
  });

  it('puts the masks in the right place whatever stands around the name', () => {
    const padding = fc.constantFrom(' ', '\n', ' /* é "customers" */ ', ' -- 😀 customers\n', '\t');
    const literal = fc.constantFrom(
      "'customers'",
      "E'\\'é'",
      '$$ FROM customers $$',
      '$a$ü$a$',
      '1e5',
      '"é"."x"',
    );
    fc.assert(
      fc.property(padding, padding, fc.array(literal, { maxLength: 4 }), (one, two, literals) => {
        const list = ['1', ...literals.filter((text) => !text.startsWith('"'))].join(',');
        const text = `SELECT ${list}${one}FROM${two}customers${one}c${two}WHERE${one}c.id${two}= 1`;
        assert.equal(
          run(text),
          text.replace(
            `FROM${two}customers${one}c${two}WHERE`,
            `FROM${two}${only('"c"."id"', 'c')}${one}c${two}WHERE`,
          ),
        );
      }),
      { numRuns: 100 },
    );
  });
});
