import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildCatalog, describeTable } from '../../sql/postgres/build-catalog.ts';
import type { NameContext } from '../../sql/postgres/catalog.ts';
import { HOSPITAL, session } from '../../sql/postgres/hospital.fixture.ts';
import { loadParser } from '../../sql/postgres/parser.ts';
import type { MaskedColumn, MaskedRelation, MaskPlan } from '../mask-plan.ts';
import { checkRewrite } from './check-rewrite.ts';

const parser = await loadParser();

function column(name: string, inspect?: 'text'): MaskedColumn {
  return {
    name,
    classes: [name],
    expression: (reference) => `pg_catalog.left(${reference}, 1) || 'key'`,
    keylessExpression: (reference) => `pg_catalog.repeat(${reference}, 0)`,
    inspect,
    because: 'a test says so',
  };
}

/** `customers` hides name and ssn, its view the name, `audit` has notes. */
const MASKED: ReadonlyMap<number, readonly MaskedColumn[]> = new Map([
  [1, [column('name'), column('ssn')]],
  [5, [column('name')]],
  [3, [column('note', 'text')]],
  [14, [column('b')]],
]);

const PLAN: MaskPlan = {
  key: 'test',
  catalog: HOSPITAL,
  find(oid: number): MaskedRelation | undefined {
    const relation = HOSPITAL.getRelation(oid);
    const columns = MASKED.get(oid);
    if (relation === undefined || columns === undefined) return undefined;
    return { relation, columns: new Map(columns.map((one) => [one.name, one])) };
  },
};

const keyed = (reference: string): string => `pg_catalog.left(${reference}, 1) || 'key'`;
const MASKS = `SELECT id, ${keyed('"name"')} AS name, ${keyed('"ssn"')} AS ssn FROM "public"."customers"`;
const SAFE = `(${MASKS}) AS customers`;
const KEYLESS =
  '(SELECT id, pg_catalog.repeat(name, 0) AS name, pg_catalog.repeat(ssn, 0) AS ssn FROM public.customers) AS customers';
const NOTES = `(SELECT id, ${keyed('note')} AS note, note AS raw_7f FROM public.audit) AS n`;

function check(text: string, names: Partial<NameContext> = {}): string {
  const result = checkRewrite(text, { parser, plan: PLAN, names: session(names) });
  return result.kind === 'sound' ? 'sound' : result.reason;
}

function isSound(...texts: readonly string[]): void {
  for (const text of texts) assert.equal(check(text), 'sound', text);
}

function isUnsound(...texts: readonly string[]): void {
  for (const text of texts) assert.notEqual(check(text), 'sound', text);
}

describe('checkRewrite', () => {
  it('lets no rule say what RETURNING shows', () => {
    const ruled = describeTable({ oid: 90, schema: 'public', name: 'ruled' }, ['id'], {
      returnsByRule: true,
    });
    const above = describeTable({ oid: 91, schema: 'public', name: 'above' }, ['id'], {
      kind: 'v',
      dependsOn: [90],
    });
    const catalog = buildCatalog({
      serverVersion: 150_018,
      relations: [ruled, above],
      userFunctions: [],
    });
    const options = { parser, plan: { ...PLAN, catalog }, names: session({}) };
    for (const name of ['ruled', 'above']) {
      const reason = 'RETURNING shows what a rule says';
      assert.deepEqual(checkRewrite(`DELETE FROM public.${name} RETURNING id`, options), {
        kind: 'unsound',
        reason,
      });
      assert.equal(checkRewrite(`DELETE FROM public.${name}`, options).kind, 'sound');
    }
  });

  it('lets no word of newer servers call what is not built in', () => {
    const catalog = buildCatalog({
      serverVersion: 150_018,
      relations: [...HOSPITAL.listRelations()],
      userFunctions: [{ schema: 'public', name: 'json_value' }],
    });
    const options = { parser, plan: { ...PLAN, catalog }, names: session({}) };
    const text = "SELECT json_value('{}', '$')";
    assert.equal(checkRewrite(text, options).kind, 'unsound');
    assert.equal(checkRewrite('SELECT system_user', options).kind, 'unsound');
    assert.equal(checkRewrite('SELECT session_user', options).kind, 'sound');
  });

  it('lets statements pass that reach nothing to mask', () => {
    isSound(
      'SELECT 1',
      'SELECT * FROM staging s JOIN visits v USING (id)',
      'BEGIN; SELECT id FROM staging; COMMIT',
      'SELECT * FROM pg_class',
      'SELECT * FROM research.customers',
      'SET search_path = research',
      "CREATE TEMP TABLE mine (customers int DEFAULT 1, note text CHECK (note <> ''))",
      "INSERT INTO staging VALUES (1, 'a') ON CONFLICT (id) DO UPDATE SET name = excluded.name RETURNING *",
      'DROP TABLE IF EXISTS nothing',
      'COPY staging TO STDOUT',
      'LOCK TABLE customers',
      'EXECUTE p (1, 2)',
    );
  });

  it('refuses a relation wherever it can be named', () => {
    isUnsound(
      'SELECT 1 FROM customers',
      'TABLE customers',
      'SELECT 1 FROM ONLY (public.customers)',
      'SELECT 1 FROM other.public.customers',
      'SELECT 1 FROM U&"\\0063ustomers" x',
      'SELECT 1 FROM staging a, customers b',
      'SELECT 1 FROM (staging CROSS JOIN customers)',
      'SELECT (SELECT max(ssn) FROM customers)',
      'SELECT 1 WHERE 1 IN (TABLE customers)',
      'SELECT 1 ORDER BY (SELECT ssn FROM customers)',
      'SELECT 1 LIMIT (SELECT count(*) FROM customers)',
      'SELECT ARRAY(SELECT ssn FROM customers)',
      'SELECT 1 FROM staging JOIN LATERAL (SELECT ssn FROM customers) x ON true',
      'SELECT 1 FROM staging TABLESAMPLE bernoulli ((SELECT count(*) FROM customers))',
      'SELECT 1 FROM customers TABLESAMPLE system (10)',
      'SELECT 1 UNION SELECT 2 FROM customers',
      'VALUES ((SELECT ssn FROM customers))',
      "SELECT xmlelement(name a, (SELECT ssn FROM customers)), json_object('a': (SELECT ssn FROM customers))",
      "SELECT * FROM json_table((SELECT ssn::json FROM customers), '$' COLUMNS (a text))",
      'SELECT * FROM ROWS FROM (generate_series(1, (SELECT 1 FROM customers)))',
      'SELECT sum(1) FILTER (WHERE EXISTS (SELECT FROM customers)) OVER (ORDER BY (SELECT 1 FROM customers))',
      'SELECT * FROM customer_names',
      'INSERT INTO staging SELECT id, ssn FROM customers',
      'UPDATE staging SET name = (SELECT ssn FROM customers)',
      'UPDATE staging SET name = c.ssn FROM customers c',
      'DELETE FROM staging USING customers c WHERE c.id = staging.id',
      'MERGE INTO staging s USING customers c ON s.id = c.id WHEN MATCHED THEN UPDATE SET name = c.ssn',
      'INSERT INTO staging VALUES (1) RETURNING (SELECT ssn FROM customers)',
      'COPY customers TO STDOUT',
      'COPY customers (id) TO STDOUT',
      'COPY (SELECT ssn FROM customers) TO STDOUT',
      'DECLARE c CURSOR FOR SELECT * FROM customers',
      'PREPARE p AS SELECT * FROM customers',
      'EXPLAIN SELECT * FROM customers',
      'CREATE TABLE t AS SELECT * FROM customers',
      'SELECT ssn INTO t FROM customers',
      'CREATE VIEW v AS SELECT * FROM customers',
      'CREATE MATERIALIZED VIEW v AS SELECT * FROM customers',
      'CREATE SCHEMA s CREATE VIEW v AS SELECT * FROM customers',
    );
  });

  it('refuses relations of which nobody knows what they hold', () => {
    isUnsound(
      'SELECT * FROM unheard_of',
      'SELECT * FROM pg_toast.pg_toast_16385',
      'INSERT INTO unheard_of VALUES (1)',
    );
    assert.equal(
      check('SELECT * FROM mine', { overlay: [{ schema: 'pg_temp', name: 'mine' }] }),
      'sound',
    );
  });

  it('takes a name for every relation that it may mean', () => {
    const research = { searchPaths: [['research']] };
    assert.equal(check('SELECT * FROM customers', research), 'sound');
    for (const names of [
      { searchPaths: [['research', 'public']] },
      { searchPaths: [['research'], ['public']] },
      { searchPaths: undefined },
      { ...research, overlay: [{ schema: undefined, name: 'customers' }] },
    ])
      assert.match(check('SELECT * FROM customers', names), /past its masks/);
    for (const first of [
      'SET search_path = public',
      'RESET ALL',
      'ROLLBACK',
      "SELECT set_config('search_path', 'public', false)",
      'DROP TABLE research.customers',
      'ALTER TABLE customers SET SCHEMA elsewhere',
    ])
      assert.notEqual(check(`${first}; SELECT * FROM customers`, research), 'sound', first);
  });

  it('follows common table expressions as the server does', () => {
    isSound(
      'WITH customers AS (SELECT 1) SELECT * FROM customers',
      'WITH a AS (SELECT 1), customers AS (SELECT * FROM a) SELECT (SELECT count(*) FROM customers)',
      'WITH RECURSIVE customers AS (SELECT 1 UNION SELECT * FROM customers) TABLE customers',
      'WITH customers AS (SELECT 1) INSERT INTO staging SELECT * FROM customers',
    );
    isUnsound(
      'WITH customers AS (SELECT * FROM customers) SELECT 1',
      'WITH a AS (SELECT * FROM customers), customers AS (SELECT 1) SELECT 1',
      'WITH customers AS (SELECT 1) SELECT * FROM public.customers',
      '(WITH customers AS (SELECT 1) SELECT 1) UNION SELECT id FROM customers',
      'SELECT (WITH customers AS (SELECT 1) SELECT 1) FROM customers',
      'WITH customers AS (SELECT 1) COPY customers TO STDOUT',
      'WITH customers AS (SELECT 1) DELETE FROM customers RETURNING *',
    );
  });

  it('accepts the sub-select that the plan prescribes, in any place', () => {
    isSound(
      `SELECT * FROM ${SAFE}`,
      `SELECT customers FROM ${SAFE} FOR UPDATE OF customers`,
      `SELECT upper(c.ssn) FROM (${MASKS}) AS c NATURAL JOIN staging WHERE ssn LIKE '1%'`,
      `COPY (${MASKS}) TO STDOUT (FORMAT binary)`,
      `COPY (SELECT ${keyed('ssn')} AS ssn, id FROM ONLY public.customers) TO STDOUT`,
      `INSERT INTO staging SELECT id, ssn FROM ${SAFE}`,
      `UPDATE staging SET name = (SELECT max(ssn) FROM ${SAFE})`,
      `CREATE TABLE t AS SELECT * FROM ${SAFE}`,
      `DECLARE c CURSOR WITH HOLD FOR SELECT * FROM ${SAFE}`,
      'SELECT * FROM (SELECT a.id, pg_catalog.repeat(a.name, 0) AS name, pg_catalog.repeat("a"."ssn", 0) AS ssn, a.ctid AS ctid ' +
        'FROM ONLY public.customers a TABLESAMPLE system (10) REPEATABLE (1)) AS customers',
    );
  });

  it('refuses a sub-select that differs from it in anything', () => {
    isUnsound(
      'SELECT * FROM (SELECT id, name, ssn FROM public.customers) AS c',
      `SELECT * FROM (SELECT id, ${keyed('name')} AS name, ssn FROM public.customers) AS c`,
      `SELECT * FROM (SELECT id, ${keyed('ssn')} AS ssn, ${keyed('name')} AS name FROM public.customers) AS c`,
      `SELECT * FROM (SELECT id, ctid, ${keyed('name')} AS name FROM public.customers) AS c`,
      `SELECT * FROM (SELECT id, id FROM public.customers) AS c`,
      `SELECT * FROM (SELECT id, ${keyed('ssn')} AS name, ${keyed('ssn')} AS ssn FROM public.customers) AS c`,
      `SELECT * FROM (${MASKS.replace(", 1) || 'key' AS ssn", ", 2) || 'key' AS ssn")}) AS c`,
      `SELECT * FROM (${MASKS.replace('SELECT id', 'SELECT name AS id')}) AS c`,
      `SELECT * FROM (${MASKS} WHERE ssn LIKE '1%') AS c`,
      `SELECT * FROM (${MASKS} ORDER BY customers.ssn) AS c`,
      `SELECT * FROM (${MASKS} LIMIT 1) AS c`,
      `SELECT * FROM (${MASKS}, staging) AS c`,
      `SELECT * FROM (${MASKS.replace('SELECT', 'SELECT DISTINCT')}) AS c`,
      `SELECT * FROM (${MASKS.replace('"public".', '')}) AS c`,
      `SELECT * FROM (${MASKS.replace(' FROM', ', ssn AS raw FROM')}) AS c`,
      `SELECT * FROM (${MASKS.replace(' FROM', ', customers AS row FROM')}) AS c`,
      `SELECT * FROM (${MASKS} AS c (ssn, id, name)) AS c`,
      `SELECT * FROM (${MASKS} TABLESAMPLE system ((SELECT count(*) FROM customers))) AS c`,
    );
  });

  it('lets columns be left out, unless a name then means one that is not masked', () => {
    isSound(
      `SELECT * FROM (SELECT id, ${keyed('name')} AS name FROM public.customers) AS c`,
      `SELECT 1 FROM (SELECT FROM public.customers) AS c`,
      `SELECT * FROM (SELECT ${keyed('ssn')} AS ssn, ctid FROM public.customers) AS c`,
      `SELECT n.raw_7f FROM (SELECT note AS raw_7f FROM public.audit) AS n`,
      `UPDATE customers SET name = (SELECT ssn FROM (SELECT ${keyed('ssn')} AS ssn FROM public.customers) AS c)`,
    );
    isUnsound(
      'UPDATE customers SET name = (SELECT ssn FROM (SELECT id FROM public.customers) AS c)',
      'SELECT n.a FROM (SELECT note AS raw_7f FROM public.audit) AS n (a)',
    );
  });

  it('refuses keys where a text is shown or stored', () => {
    isUnsound(
      `EXPLAIN SELECT * FROM ${SAFE}`,
      `EXPLAIN ANALYZE CREATE TABLE t AS SELECT * FROM ${SAFE}`,
      `CREATE VIEW v AS SELECT * FROM ${SAFE}`,
      `CREATE MATERIALIZED VIEW v AS SELECT * FROM ${SAFE}`,
      'EXPLAIN EXECUTE p',
      'EXPLAIN (ANALYZE, VERBOSE) EXECUTE p',
    );
    isSound(
      `EXPLAIN ANALYZE SELECT * FROM ${KEYLESS}`,
      `CREATE VIEW v AS SELECT * FROM ${KEYLESS}`,
      `SELECT * FROM ${KEYLESS}`,
    );
  });

  it('refuses what runs a statement out of sight', () => {
    isUnsound(
      'CREATE TABLE t AS EXECUTE p',
      "DO 'begin end'",
      'CALL refresh_all()',
      "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'select 1'",
      'CREATE TRIGGER t AFTER INSERT ON staging EXECUTE FUNCTION f()',
      'CREATE RULE r AS ON INSERT TO staging DO NOTHING',
      'CREATE POLICY p ON staging USING (true)',
      "SELECT query_to_xml('select 1', true, true, '')",
      "SELECT pg_catalog.table_to_xml('customers', true, true, '')",
      'SELECT score(1)',
      'SELECT 1 OPERATOR(public.=) 1',
      'SELECT 1 OPERATOR(public.=) ANY (SELECT 1)',
      'SELECT id FROM staging ORDER BY id USING OPERATOR(public.<)',
      'SELECT research.lower(name) FROM staging',
      'SELECT s.score FROM staging s',
      'SELECT (s).score FROM staging s',
      "COPY staging FROM '/etc/passwd'",
      "COPY staging TO PROGRAM 'cat'",
    );
    const allowed = {
      functionsAllowed: new Set(['public.score', 'public.refresh_all', 'public.=']),
    };
    assert.equal(check('SELECT 1 OPERATOR(public.=) 1', allowed), 'sound');
    assert.equal(check('SELECT score(1)', allowed), 'sound');
    assert.equal(check('CALL refresh_all()', allowed), 'sound');
  });

  it('refuses definitions that name a relation with masked columns', () => {
    isUnsound(
      'CREATE TABLE t (LIKE customers)',
      'CREATE TABLE t () INHERITS (customers)',
      'CREATE TABLE t (id int REFERENCES customers)',
      'CREATE INDEX ON customers (lower(ssn))',
      'ALTER TABLE customers RENAME TO visits',
      'ALTER TABLE customers SET SCHEMA research',
      'ALTER SCHEMA public RENAME TO research2',
      'ALTER TABLE staging INHERIT public.customers',
      'ALTER TABLE visits ATTACH PARTITION customers DEFAULT',
      'ALTER TABLE staging ADD FOREIGN KEY (name) REFERENCES customers (ssn)',
      'CREATE OR REPLACE VIEW customer_names AS SELECT 1',
      'DROP TABLE staging, public.customers',
      'DROP TRIGGER t ON public.customers',
      "COMMENT ON COLUMN public.customers.ssn IS ''",
      'ALTER SEQUENCE s OWNED BY customers.id',
      'GRANT SELECT ON customers TO PUBLIC',
      'REFRESH MATERIALIZED VIEW customer_names',
      'CLUSTER customers',
      'REINDEX TABLE customers',
    );
  });
});

describe('checkRewrite of writes', () => {
  it('lets writes pass that neither test nor show masked columns', () => {
    isSound(
      "INSERT INTO customers VALUES (1, 'a', 'b')",
      "INSERT INTO customers (id, ssn) VALUES (1, 'b') ON CONFLICT (id) DO UPDATE SET ssn = excluded.ssn RETURNING id",
      "UPDATE customers SET ssn = '1' WHERE id = 1 RETURNING id, ctid",
      'UPDATE customers c SET name = s.name FROM staging s WHERE s.id = c.id RETURNING s.*',
      'DELETE FROM customers WHERE id IN (SELECT id FROM public.staging WHERE name = $1)',
      `DELETE FROM customers c WHERE EXISTS (SELECT FROM ${SAFE} WHERE customers.ssn = $1 AND ssn = $2 AND customers.id = c.id)`,
      'MERGE INTO customers c USING staging s ON s.id = c.id WHEN MATCHED THEN UPDATE SET name = s.name',
      'UPDATE customers SET name = DEFAULT WHERE CURRENT OF c',
      'WITH d AS (DELETE FROM customers RETURNING id) SELECT * FROM d',
      'COPY customers FROM STDIN',
    );
  });

  it('refuses a test of what the target holds', () => {
    isUnsound(
      "UPDATE customers SET id = 2 WHERE ssn = '1'",
      "UPDATE customers SET id = 2 WHERE customers.ssn LIKE '1%'",
      "UPDATE public.customers SET id = 2 WHERE public.customers.ssn = '1'",
      'UPDATE customers c SET name = c.ssn',
      'UPDATE customers SET (id, name) = (SELECT 1, ssn)',
      'UPDATE customers c SET name = c::text',
      'UPDATE customers c SET name = row_to_json(c)',
      'UPDATE customers SET name = (customers).ssn',
      'UPDATE customers c SET name = c.text',
      'DELETE FROM customers c WHERE EXISTS (SELECT FROM staging s WHERE s.name = c.ssn)',
      'DELETE FROM customers WHERE EXISTS (SELECT FROM staging WHERE name = ssn)',
      'DELETE FROM customers WHERE (SELECT customers.ssn FROM (SELECT 1) AS x) IS NOT NULL',
      'DELETE FROM customers WHERE EXISTS (SELECT FROM (SELECT customers.ssn) AS customers)',
      'INSERT INTO customers VALUES (1) ON CONFLICT (id) DO UPDATE SET name = customers.ssn',
      "INSERT INTO customers AS c VALUES (1) ON CONFLICT (id) DO UPDATE SET id = 2 WHERE c.ssn = '1'",
      'INSERT INTO customers VALUES (1) ON CONFLICT (ssn) DO NOTHING',
      'INSERT INTO pair VALUES (1) ON CONFLICT DO NOTHING',
      'INSERT INTO pair VALUES (1) ON CONFLICT ON CONSTRAINT pair_key DO NOTHING',
      'MERGE INTO customers c USING staging s ON s.name = c.ssn WHEN MATCHED THEN DELETE',
      "MERGE INTO customers c USING staging s ON s.id = c.id WHEN MATCHED AND c.ssn > '5' THEN DELETE",
      'MERGE INTO customers c USING staging s ON s.id = c.id WHEN MATCHED THEN UPDATE SET name = c.ssn',
    );
  });

  it('lets RETURNING show a masked column only in its expression', () => {
    isSound(
      `DELETE FROM customers RETURNING id, ${keyed('ssn')} AS ssn`,
      `DELETE FROM customers c RETURNING upper(${keyed('c.ssn')})`,
      `UPDATE customers SET id = 2 RETURNING ${keyed('old.ssn')}, ${keyed('new.ssn')}`,
    );
    isUnsound(
      'DELETE FROM customers RETURNING *',
      'DELETE FROM customers c RETURNING c.*',
      'DELETE FROM customers c RETURNING c',
      'DELETE FROM customers RETURNING ssn',
      'DELETE FROM customers RETURNING public.customers.ssn',
      'UPDATE customers SET id = 2 RETURNING old.ssn',
      'UPDATE customers SET id = 2 RETURNING WITH (OLD AS o) o.ssn',
      'UPDATE customers SET id = 2 RETURNING old',
      'DELETE FROM customers RETURNING (SELECT ssn)',
      'DELETE FROM customers RETURNING (SELECT customers.ssn FROM staging)',
      'MERGE INTO customers c USING staging s ON s.id = c.id WHEN MATCHED THEN DELETE RETURNING *',
      `DELETE FROM customers RETURNING ${keyed('name')}, pg_catalog.left(ssn, 2)`,
      `EXPLAIN DELETE FROM customers RETURNING ${keyed('ssn')}`,
    );
  });
});

describe('checkRewrite of free text', () => {
  it('lets it pass raw as a plain output column of the outermost query', () => {
    isSound(
      `SELECT n.raw_7f AS note FROM ${NOTES}`,
      `SELECT id, raw_7f AS note, n.note FROM ${NOTES} WHERE n.note LIKE '%x%' ORDER BY n.note`,
      `SELECT s.*, n.raw_7f AS note FROM staging s LEFT JOIN ${NOTES} ON n.id = s.id ORDER BY s.id`,
      `DECLARE c CURSOR FOR SELECT n.raw_7f AS note FROM ${NOTES}`,
      `SELECT a.raw_7f AS note FROM ${NOTES.replace(/n$/, 'a')}, ${NOTES.replace(/n$/, 'b')}`,
      `SELECT n.raw_7f AS note FROM ${NOTES} (a, b) WHERE n.a = 1`,
      `SELECT n.a, n.raw_7f AS note FROM (SELECT n.id, ${keyed('n.note')} AS note, n.note AS raw_7f FROM public.audit n) AS n (a)`,
    );
  });

  it('refuses it in any other place', () => {
    isUnsound(
      `SELECT upper(n.raw_7f) FROM ${NOTES}`,
      `SELECT n.raw_7f::text FROM ${NOTES}`,
      `SELECT * FROM ${NOTES}`,
      `SELECT n.* FROM ${NOTES}`,
      `SELECT n FROM ${NOTES}`,
      `SELECT n.to_json FROM ${NOTES}`,
      `SELECT row_to_json(n) FROM ${NOTES}`,
      `SELECT id FROM ${NOTES} WHERE raw_7f LIKE 'x%'`,
      `SELECT DISTINCT n.raw_7f FROM ${NOTES}`,
      `SELECT n.raw_7f FROM ${NOTES} GROUP BY n.raw_7f`,
      `SELECT n.raw_7f AS note FROM ${NOTES} ORDER BY note`,
      `SELECT n.raw_7f AS note FROM ${NOTES} ORDER BY 1`,
      `SELECT n.raw_7f AS note FROM ${NOTES} ORDER BY n.raw_7f`,
      `SELECT s.*, n.raw_7f AS note FROM staging s, ${NOTES} ORDER BY 3`,
      `SELECT n.raw_7f FROM ${NOTES} UNION SELECT 'x'`,
      `SELECT x.note FROM (SELECT n.raw_7f AS note FROM ${NOTES}) AS x`,
      `WITH x AS (SELECT n.raw_7f AS note FROM ${NOTES}) SELECT note FROM x`,
      `SELECT n.raw_7f INTO t FROM ${NOTES}`,
      `CREATE TABLE t AS SELECT n.raw_7f FROM ${NOTES}`,
      `INSERT INTO staging SELECT 1, n.raw_7f FROM ${NOTES}`,
      `COPY (SELECT n.raw_7f FROM ${NOTES}) TO STDOUT`,
      'COPY (SELECT id, note AS raw_7f FROM public.audit) TO STDOUT',
      `DECLARE c CURSOR WITH HOLD FOR SELECT n.raw_7f FROM ${NOTES}`,
      `SELECT n.raw_7f AS note FROM ${NOTES}, LATERAL (SELECT n.raw_7f AS x) AS y`,
      `SELECT n.raw_7f AS note FROM ${NOTES}, LATERAL (SELECT n.*) AS y`,
      `SELECT j.raw_7f FROM (staging s JOIN ${NOTES} ON true) AS j`,
      `SELECT n.raw_7f FROM ${NOTES} (a, b, c)`,
      `SELECT a.raw_7f FROM ${NOTES.replace(/n$/, 'a')} NATURAL JOIN ${NOTES.replace(/n$/, 'b')}`,
      `SELECT raw_7f FROM ${NOTES} JOIN staging USING (raw_7f)`,
    );
  });
});
