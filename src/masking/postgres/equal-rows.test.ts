import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HOSPITAL, session } from '../../sql/postgres/hospital.fixture.ts';
import { loadParser } from '../../sql/postgres/parser.ts';
import type { MaskPlan } from '../mask-plan.ts';
import { checkRewrite } from './check-rewrite.ts';
import { planOf } from './hospital-plan.fixture.ts';
import { rewriteText } from './rewrite.ts';

const parser = await loadParser();
const names = session();

function initial(reference: string): string {
  return `pg_catalog.left(${reference}, 1)`;
}

const PLAN = withMasksWithoutKeys(planOf(HOSPITAL, initial));
const NEVER = `("c"."ctid" OPERATOR(pg_catalog.=) '(0,0)'::pg_catalog.tid)`;

/** The same masks where the text is shown or stored. */
function withMasksWithoutKeys(plan: MaskPlan): MaskPlan {
  return {
    ...plan,
    find(oid) {
      const found = plan.find(oid);
      if (found === undefined) return undefined;
      const columns = [...found.columns].map(
        ([name, column]) => [name, { ...column, keylessExpression: initial }] as const,
      );
      return { ...found, columns: new Map(columns) };
    },
  };
}

/** What is sent in place of a text; sound to other eyes, too. */
function run(text: string): string {
  const rewrite = rewriteText(text, { parser, plan: PLAN, names });
  assert.equal(rewrite.kind, 'run', rewrite.kind === 'refuse' ? rewrite.reason : '');
  assert.deepEqual(checkRewrite(rewrite.text, { parser, plan: PLAN, names }), { kind: 'sound' });
  return rewrite.text;
}

describe('masks that hide which rows hold the same', () => {
  it('stand where a query, or a function, reads a mask from beside it', () => {
    for (const text of [
      'SELECT 1 FROM customers c, LATERAL (SELECT random() WHERE c.ssn <> $1) x',
      'SELECT 1 FROM customers c, LATERAL (SELECT c.*) x',
      'SELECT 1 FROM customers c, LATERAL (SELECT c) x',
      'SELECT 1 FROM customers c, LATERAL (SELECT (c).ssn) x',
      'SELECT 1 FROM customers c, string_to_table(c.ssn, $1) x',
      `SELECT 1 FROM customers c, XMLTABLE('/a' PASSING xmlelement(name a, c.ssn) COLUMNS v text PATH '.') x`,
      'SELECT 1 FROM customers c, staging TABLESAMPLE bernoulli (length(c.ssn))',
      'SELECT 1 FROM customers c JOIN staging s ON EXISTS (SELECT FROM visits v WHERE v.id = s.id AND c.ssn = s.name)',
      'SELECT 1 FROM customers c WHERE c.id IN (SELECT id FROM (SELECT s.id FROM staging s WHERE s.name = c.ssn) y)',
      'SELECT 1 FROM (SELECT upper(ssn) AS u FROM customers c) c, LATERAL (SELECT c.u) x',
      'WITH w AS (SELECT ssn FROM customers c) SELECT 1 FROM w, LATERAL (SELECT w.ssn) x',
      'SELECT 1 FROM (customers c CROSS JOIN staging) j, LATERAL (SELECT j.ssn) x',
      'SELECT 1 FROM (SELECT ssn FROM customers c UNION ALL SELECT name FROM staging) u, LATERAL (SELECT u.ssn) x',
    ])
      assert.ok(run(text).includes(`CASE WHEN ${NEVER} AND `), run(text));
  });

  it('stand where the text is shown with estimates, or stored', () => {
    for (const text of [
      'EXPLAIN SELECT DISTINCT c.ssn FROM customers c',
      'CREATE VIEW v AS SELECT c.ssn FROM customers c',
    ])
      assert.ok(run(text).includes(NEVER), run(text));
  });

  it('show a value of the same type, to its length', () => {
    const text = run('SELECT 1 FROM customers c, LATERAL (SELECT c.ssn) x');
    const mask = initial('"c"."ssn"');
    assert.ok(text.includes(` THEN ${mask} ELSE ${mask} END AS "ssn"`), text);
  });

  it('stand nowhere else', () => {
    for (const text of [
      'SELECT DISTINCT c.ssn FROM customers c',
      'SELECT c.ssn, (SELECT count(*) FROM visits v WHERE v.customer_id = c.id) FROM customers c',
      'SELECT c.ssn FROM customers c WHERE EXISTS (SELECT FROM staging s WHERE s.id = c.id AND s.name = $1)',
      'SELECT c.ssn FROM customers c, staging s, LATERAL (SELECT s) x',
      'SELECT c.ssn, j.* FROM customers c, json_each($1) j',
      'SELECT c.ssn FROM customers c JOIN staging s ON s.name = c.ssn',
    ])
      assert.ok(!run(text).includes('ctid'), run(text));
  });

  it('depend on chance where rows lie at no place', () => {
    const text = 'SELECT 1 FROM customer_names c, LATERAL (SELECT c.name) x';
    assert.match(
      run(text),
      /CASE WHEN \(pg_catalog\.random\(\) OPERATOR\(pg_catalog\.<\) 0\) THEN/,
    );
  });
});

describe('checkRewrite on masks that hide which rows hold the same', () => {
  const check = (never: string, result = initial('"c"."ssn"')): string => {
    const shown = `CASE WHEN ${never} THEN ${result} ELSE ${initial('"c"."ssn"')} END AS ssn`;
    const text = `SELECT * FROM (SELECT ${shown} FROM "public"."customers" AS "c") c`;
    return checkRewrite(text, { parser, plan: PLAN, names }).kind;
  };
  const table = `("c"."tableoid" OPERATOR(pg_catalog.=) '0'::pg_catalog.oid)`;

  it('takes exactly those', () => {
    assert.equal(check(`${NEVER} AND ${table}`), 'sound');
    assert.equal(check('(pg_catalog.random() OPERATOR(pg_catalog.<) 0)'), 'sound');
    assert.equal(check(NEVER), 'unsound');
    assert.equal(check(`"c"."ssn" LIKE '1%'`), 'unsound');
    assert.equal(check(`${NEVER} AND ${table}`, '"c"."ssn"'), 'unsound');
    assert.equal(check(`${NEVER} AND ${table}`, 'NULL'), 'unsound');
  });
});
