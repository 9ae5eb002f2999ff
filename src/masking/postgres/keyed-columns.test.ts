import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NameContext } from '../../sql/postgres/catalog.ts';
import { HOSPITAL, session } from '../../sql/postgres/hospital.fixture.ts';
import { loadParser } from '../../sql/postgres/parser.ts';
import type { MaskedColumn, MaskPlan } from '../mask-plan.ts';
import { describeKeyed, type KeyedColumn } from '../vault/keyed-form.ts';
import { checkRewrite } from './check-rewrite.ts';
import { type Rewrite, rewriteText } from './rewrite.ts';

const parser = await loadParser();
const TOKEN = 'vt1_0123456789abcdef';
const VALUE = 'vk1_fedcba9876543210';

/** Customers whose `ssn` is in the vault, and whose `name` is, as a number. */
const PLAN: MaskPlan = planOf({
  ssn: describeKeyed('vault', 'ssn', { kind: 'prefixed' }),
  name: describeKeyed('vault', 'name', { kind: 'number', bits: 31 }),
});

function planOf(keyed: Readonly<Record<string, KeyedColumn>>): MaskPlan {
  const relation = HOSPITAL.findRelation('public', 'customers');
  assert(relation);
  const columns = Object.entries(keyed).map(([name, column]): [string, MaskedColumn] => [
    name,
    {
      name,
      classes: [name],
      expression: (reference) => `pg_catalog.md5(${reference})`,
      keylessExpression: (reference) => `NULLIF(${reference}, ${reference})`,
      inspect: undefined,
      keyed: column,
      because: 'the test says so',
    },
  ]);
  const masked = { relation, columns: new Map(columns) };
  return {
    key: 'vault',
    catalog: HOSPITAL,
    find: (oid) => (oid === relation.oid ? masked : undefined),
  };
}

function run(text: string, plan: MaskPlan = PLAN): Rewrite & { readonly kind: 'run' } {
  const rewrite = rewriteText(text, {
    parser,
    plan,
    names: session(),
    resolveToken: (_keyed, token) => (token === TOKEN ? VALUE : token === '17' ? '71' : undefined),
  });
  assert(rewrite.kind === 'run', `${text}: ${rewrite.kind === 'refuse' ? rewrite.reason : ''}`);
  const check = checkRewrite(rewrite.text, { parser, plan, names: session() });
  assert.deepEqual(check, { kind: 'sound' }, rewrite.text);
  return rewrite;
}

/** The text with what stands for the relation left out. */
function around(text: string): string {
  return run(text).text.replaceAll(/\(SELECT (?:"\w+"\.|pg_catalog\.|NULLIF).*? AS "\w+"\)/g, '@');
}

/** Whether what tokens stand for is read at all. */
function readsKeyed(text: string): boolean {
  return run(text).text.includes('md5');
}

/** Ids of the columns of the result that the second net replaces. */
function tokensOf(text: string): (string | undefined)[] | undefined {
  return run(text).statements[0]?.outputs?.map(({ keyed }) => keyed?.id.split(' ')[1]);
}

describe('columns of the vault', () => {
  it('are announced to the second net wherever they are shown whole', () => {
    for (const text of [
      'SELECT ssn FROM customers',
      'SELECT c.ssn AS x FROM customers c ORDER BY x',
      'SELECT x FROM (SELECT ssn AS x FROM customers) AS s',
      'WITH s AS (SELECT ssn FROM customers) SELECT ssn FROM s',
      'SELECT DISTINCT ssn FROM customers',
      'SELECT ssn FROM customers GROUP BY ssn ORDER BY ssn',
      'SELECT ssn FROM customers UNION SELECT ssn FROM customers',
      'SELECT ssn FROM customers a JOIN customers b USING (ssn)',
      'SELECT a.ssn FROM customers a JOIN customers b ON a.ssn = b.ssn',
      'SELECT ssn FROM customers WHERE ssn IN (SELECT ssn FROM customers)',
      'SELECT ssn FROM customers c WHERE EXISTS (SELECT * FROM customers d WHERE d.id = c.id)',
      'COPY customers (ssn) TO STDOUT',
      'COPY (SELECT ssn FROM customers) TO STDOUT',
      'DECLARE q CURSOR FOR SELECT ssn FROM customers',
    ]) {
      assert.deepEqual(tokensOf(text), ['prefixed'], text);
      assert(readsKeyed(text), text);
    }
    assert.deepEqual(tokensOf('SELECT * FROM customers'), [undefined, 'number-31', 'prefixed']);
    assert.deepEqual(tokensOf('SELECT count(DISTINCT ssn), ssn IS NULL FROM customers'), [
      undefined,
      undefined,
    ]);
  });

  it('are redacted where an expression would compute with them', () => {
    const hidden = (reference: string): string => `(NULLIF(${reference}, ${reference}))`;
    assert.equal(
      around('SELECT upper(ssn), ssn FROM customers'),
      `SELECT upper(${hidden('"ssn"')}), ssn FROM @ AS "customers"`,
    );
    for (const [text, rewritten] of [
      [`SELECT s.x || 'a' FROM (SELECT ssn AS x FROM customers) s`, undefined],
      [`SELECT c.ssn::text FROM customers c`, `${hidden('"c"."ssn"')}::text AS "ssn"`],
      [`SELECT min(c.ssn) FROM customers c`, `min(${hidden('"c"."ssn"')})`],
      [`SELECT 1 FROM customers c WHERE c.ssn LIKE 'vk%'`, `${hidden('"c"."ssn"')} LIKE`],
      [`SELECT 1 FROM customers c WHERE c.ssn < 'vk8'`, `${hidden('"c"."ssn"')} <`],
      [`SELECT 1 FROM customers c ORDER BY c.ssn || ''`, `${hidden('"c"."ssn"')} ||`],
      [`SELECT 1 FROM customers c WHERE c.name = c.id`, `${hidden('"c"."name"')} = c.id`],
      [`SELECT 1 FROM customers c WHERE c.name = c.id + 1`, `${hidden('"c"."name"')} =`],
      [`SELECT 1 FROM customers c WHERE c.ssn = ANY ('{a}')`, `${hidden('"c"."ssn"')} =`],
      [`SELECT 1 FROM customers c WHERE (c.ssn, 1) = ('a', 1)`, `(${hidden('"c"."ssn"')}, 1)`],
    ] as const) {
      if (rewritten === undefined) assert(around(text).includes('(NULLIF('), text);
      else assert(around(text).includes(rewritten), around(text));
    }
  });

  it('are not read at all where it is not certain what becomes of them', () => {
    for (const text of [
      'SELECT row_to_json(c) FROM customers c',
      'SELECT row_to_json(s) FROM (SELECT ssn FROM customers) s',
      'SELECT upper(x) FROM (SELECT ssn FROM customers UNION SELECT ssn FROM customers) AS s(x)',
      `SELECT ssn FROM customers UNION SELECT 'vk1_0000000000000000'`,
      'SELECT name FROM customers INTERSECT SELECT generate_series(1, 9)',
      'SELECT upper((SELECT ssn FROM customers LIMIT 1))',
      'SELECT ARRAY(SELECT ssn FROM customers)',
      'SELECT 1 WHERE 5 = ANY (SELECT name FROM customers)',
      'SELECT 1 FROM customers JOIN (SELECT g AS name FROM generate_series(1, 9) g) s USING (name)',
      'SELECT 1 FROM customers NATURAL JOIN (SELECT 5 AS name) s',
      'CREATE TEMP TABLE t AS SELECT ssn FROM customers',
      'SELECT ssn INTO TEMP t FROM customers',
      'INSERT INTO research.customers (id) SELECT name FROM customers',
      'DECLARE q CURSOR FOR SELECT name FROM customers',
      'EXPLAIN SELECT ssn FROM customers',
      'SELECT ssn, $1::text FROM customers WHERE ssn = $1',
      'PREPARE q AS SELECT ssn FROM customers WHERE ssn = $1',
      'WITH RECURSIVE s AS (SELECT ssn FROM customers) SELECT upper(ssn) FROM s',
    ]) {
      assert.equal(readsKeyed(text), false, run(text).text);
      assert.notDeepEqual(tokensOf(text)?.[0], 'prefixed', text);
    }
  });

  it('are not found by tokens that a type of the session may test or cut short', () => {
    const shadow = { overlay: [{ schema: 'pg_temp', name: 'text' }] };
    const finds = (
      text: string,
      changes: Partial<NameContext> = {},
      parameterTypes: readonly number[] = [],
    ): boolean => {
      const names = session(changes);
      const resolveToken = (): string => VALUE;
      const options = { parser, plan: PLAN, names, parameterTypes, resolveToken };
      const rewrite = rewriteText(text, options);
      assert(rewrite.kind === 'run', text);
      const parameters = rewrite.statements[0]?.lookups?.parameters.size ?? 0;
      return rewrite.text.includes(VALUE) || parameters > 0;
    };
    const select = 'SELECT 1 FROM customers WHERE';
    assert.equal(finds(`${select} ssn = '${TOKEN}'::text`), true);
    assert.equal(finds(`${select} ssn = '${TOKEN}'::varchar(3)`), false);
    assert.equal(finds(`${select} ssn = '${TOKEN}'::"pg_catalog.text"`), false);
    assert.equal(finds(`${select} ssn = '${TOKEN}'::text`, shadow), false);
    assert.equal(finds(`${select} ssn = '${TOKEN}'::pg_catalog.text`, shadow), true);
    assert.equal(finds(`${select} ssn = $1::text`, shadow), false);
    assert.equal(finds(`${select} id = $1 AND ssn = $2`, {}, [20_001, 25]), true);
    assert.equal(finds(`${select} id = $1 AND ssn = $2`, {}, [0, 20_001]), false);
  });

  it('are found by tokens, which become what they stand for', () => {
    const where = (condition: string): string =>
      around(`SELECT 1 FROM customers WHERE ${condition}`).replace(/.* WHERE /, '');
    assert.equal(where(`ssn = '${TOKEN}'`), `ssn = '${VALUE}'`);
    assert.equal(where(`ssn='${TOKEN}'::varchar`), `ssn='${VALUE}'::varchar`);
    assert.equal(where(`'${TOKEN}' <> ssn`), `'${VALUE}' <> ssn`);
    assert.equal(where(`ssn IN (E'${TOKEN}', $$${TOKEN}$$)`), `ssn IN ('${VALUE}', '${VALUE}')`);
    assert.equal(where(`ssn = ANY (ARRAY['${TOKEN}'])`), `ssn = ANY (ARRAY['${VALUE}'])`);
    assert.equal(where('name=17'), 'name=(71)');
    assert.equal(where(`name IS DISTINCT FROM '17'`), 'name IS DISTINCT FROM (71)');
    assert.equal(where('ssn = NULL'), 'ssn = NULL');
  });

  it('are not found by anything else, least of all by what tokens stand for', () => {
    const where = (condition: string): string =>
      around(`SELECT 1 FROM customers WHERE ${condition}`).replace(/.* WHERE /, '');
    assert.equal(where(`ssn = '${VALUE}'`), `ssn = 'vt0_0000000000000000'`);
    assert.equal(where(`ssn IN ('123-45-6789')`), `ssn IN ('vt0_0000000000000000')`);
    assert.equal(where('name = 71'), 'name = (-1)');
    assert.equal(where('name = -71'), 'name = (-1)');
    assert.equal(where('name = 1e9'), 'name = (-1)');
  });

  it('say which constants and parameters are looked up', () => {
    const lookups = (text: string): readonly unknown[] => {
      const known = run(text).statements[0]?.lookups;
      return [
        known?.constants ?? 0,
        ...[...(known?.parameters ?? [])].map(
          ([number, { isArray }]) => `$${number}${isArray ? '[]' : ''}`,
        ),
      ];
    };
    assert.deepEqual(lookups('SELECT 1 FROM customers WHERE name = $2'), [0, '$2']);
    assert.deepEqual(lookups('SELECT 1 FROM customers WHERE ssn = ANY ($1)'), [0, '$1[]']);
    assert.deepEqual(lookups('SELECT 1 FROM customers WHERE name IN (1, 2, $1)'), [2, '$1']);
    // A prefix tells tokens from other texts: they are counted in the text itself.
    assert.deepEqual(lookups(`SELECT 1 FROM customers WHERE ssn = 'a'`), [0]);
    assert.deepEqual(lookups('SELECT 5 FROM customers WHERE name + 1 = 6'), [3]);
  });

  it('do not share the rewrites of one token with another', () => {
    assert.equal(run(`SELECT 1 FROM customers WHERE ssn = '${TOKEN}'`).edits, undefined);
    assert.notEqual(run('SELECT 1 FROM customers WHERE ssn = $1').edits, undefined);
  });
});

describe('pseudonyms without a prefix', () => {
  const plan = planOf({ name: describeKeyed('pseudonym', 'n', { kind: 'number', bits: 31 }) });
  const constants = (condition: string): number =>
    run(`SELECT 7 FROM customers WHERE ${condition}`, plan).statements[0]?.lookups?.constants ?? 0;

  it('are counted where constants are compared with them', () => {
    assert.equal(constants('name = 5'), 1);
    assert.equal(constants('name IN (1, 2, 3) AND id = 9'), 3);
    assert.equal(constants(`name < 5 AND '6' <> name`), 2);
    assert.equal(constants('id = 5'), 0);
  });

  it('count every constant where they are computed with', () => {
    assert.equal(constants('name * 1 = 5'), 3);
    assert.equal(constants('name IN (SELECT column1 FROM (VALUES (1), (2)) v)'), 3);
  });
});
