import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildCatalog } from '../../sql/postgres/build-catalog.ts';
import type { NameContext } from '../../sql/postgres/catalog.ts';
import { HOSPITAL, session } from '../../sql/postgres/hospital.fixture.ts';
import { loadParser } from '../../sql/postgres/parser.ts';
import { HOSPITAL_PLAN, planOf } from './hospital-plan.fixture.ts';
import { rewriteText } from './rewrite.ts';

const parser = await loadParser();

/** The hospital, where some operators and functions are not PostgreSQL's own. */
const CATALOG = buildCatalog({
  serverVersion: HOSPITAL.serverVersion,
  relations: HOSPITAL.findByName('customers'),
  userFunctions: [
    { schema: 'public', name: 'lower' },
    { schema: 'public', name: 'score' },
  ],
  userOperators: ['===', '>='],
  builtInFunctions: ['lower', 'upper', 'query_to_xml'],
});

function refuses(
  pattern: RegExp,
  texts: readonly string[],
  changes: Partial<NameContext> = {},
  plan = HOSPITAL_PLAN,
): void {
  for (const text of texts) {
    const rewrite = rewriteText(text, { parser, plan, names: session(changes) });
    assert.equal(rewrite.kind, 'refuse', text);
    assert.match(rewrite.reason, pattern, text);
    assert.match(rewrite.reason, /^Cannot mask the statement: /);
    assert.match(rewrite.hint, /^[A-Z].*\.$/);
  }
}

function runs(text: string, changes: Partial<NameContext> = {}, plan = HOSPITAL_PLAN): void {
  const rewrite = rewriteText(text, { parser, plan, names: session(changes) });
  assert.equal(rewrite.kind, 'run', rewrite.kind === 'refuse' ? rewrite.reason : '');
}

describe('rewriteText refuses', () => {
  it('a name that may mean a classified relation or another', () => {
    const both = { searchPaths: [['public'], ['research']] };
    refuses(/the name customers may mean public.customers/, ['TABLE customers'], both);
    refuses(/the name customers may mean/, ['TABLE customers'], { searchPaths: undefined });
    const overlay = [{ schema: 'pg_temp', name: 'customers' }];
    refuses(/the name customers may mean/, ['TABLE customers', 'DELETE FROM customers'], {
      overlay,
    });
    runs('TABLE public.customers', both);
  });

  it('a relation of which nothing is known, with the state by which clients find out what exists', () => {
    const texts = ['TABLE nobody', 'INSERT INTO nobody VALUES (1)', 'DELETE FROM public.nobody'];
    refuses(/the relation nobody is not known/, texts);
    for (const text of texts) {
      const rewrite = rewriteText(text, { parser, plan: HOSPITAL_PLAN, names: session() });
      assert(rewrite.kind === 'refuse');
      assert.equal(rewrite.sqlState, '42P01', text);
    }
    runs('TABLE mine', { overlay: [{ schema: 'pg_temp', name: 'mine' }] });
  });

  it('functions that read more than their arguments', () => {
    refuses(/may read data that is masked/, [
      `SELECT query_to_xml('TABLE customers', true, false, '')`,
      `SELECT pg_read_file('x')`,
      'SELECT current_query()',
      'SELECT * FROM pg_stat_get_activity(NULL)',
      `SELECT lo_get(1)`,
      `SELECT * FROM ts_stat('SELECT 1')`,
      'SELECT score(1)',
      'SELECT * FROM score(1)',
      'SELECT * FROM ROWS FROM (score(1))',
      'SELECT (c).score FROM customers c',
      'SELECT c.score FROM customers c',
      `SELECT ('/etc/passwd'::text).pg_read_file`,
      'SELECT 1 FROM staging ORDER BY score(id)',
      'SELECT count(*) FILTER (WHERE score(1) > 1) FROM staging',
      'CREATE TABLE t (a int DEFAULT score(1))',
      'CREATE INDEX ON staging (score(id))',
      'ALTER TABLE staging ADD CHECK (score(id) > 1)',
      'EXECUTE p(score(1))',
      'CALL refresh_all()',
      `SELECT dblink_exec('x')`,
    ]);
    const functionsAllowed = new Set(['public.score']);
    runs('SELECT score(1)', { functionsAllowed }, planOf(CATALOG));
  });

  it('user functions and operators in place of built-in ones, with a way out', () => {
    const plan = planOf(CATALOG);
    refuses(/the function public.lower/, [`SELECT lower('X')`], {}, plan);
    runs(`SELECT pg_catalog.lower('X')`, {}, plan);
    refuses(/the operator ===/, ['SELECT 1 === 2'], {}, plan);
    runs('SELECT 1 === 2', { functionsAllowed: new Set(['public.===']) }, plan);
    refuses(/the operator >=/, ['SELECT 1 BETWEEN 2 AND 3'], {}, plan);
    refuses(/the operator =/, ['SELECT 1 OPERATOR(public.=) 2']);
    runs('SELECT 1 OPERATOR(pg_catalog.=) 2');
  });

  it('views that call code nobody vouches for', () => {
    refuses(/the view public.scored calls public.score/, ['TABLE scored']);
    runs('TABLE scored', { functionsAllowed: new Set(['public.score']) });
  });

  it('statements that store or run code', () => {
    refuses(/is not for principals who do not see everything/, [
      'DO $$ BEGIN END $$',
      `CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'`,
      'CREATE TRIGGER t AFTER INSERT ON staging EXECUTE FUNCTION f()',
      'CREATE RULE r AS ON INSERT TO staging DO ALSO SELECT 1',
      'CREATE POLICY p ON staging USING (true)',
      'CREATE EXTENSION dblink',
      'CREATE OPERATOR + (FUNCTION = f, LEFTARG = int)',
      'CREATE CAST (int AS text) WITH FUNCTION f(int)',
      'CREATE AGGREGATE a (int) (SFUNC = f, STYPE = int)',
      'CREATE PUBLICATION p FOR ALL TABLES',
      'CREATE STATISTICS s ON id, name FROM staging',
      `ALTER SYSTEM SET log_statement = 'all'`,
      `ALTER ROLE x SET client_min_messages = 'log'`,
      `LOAD 'x'`,
      'SECURITY LABEL ON TABLE staging IS NULL',
    ]);
  });

  it('definitions that name a classified relation or move names that the configuration knows', () => {
    refuses(/has masked columns/, [
      'DROP TABLE customers',
      'DROP TABLE staging, customers',
      'ALTER TABLE customers ADD x int',
      'ALTER TABLE customers RENAME TO x',
      'ALTER TABLE customers RENAME COLUMN ssn TO x',
      'ALTER TABLE customers SET SCHEMA research',
      'ALTER TABLE staging INHERIT customers',
      'ALTER TABLE staging ADD FOREIGN KEY (name) REFERENCES customers (ssn)',
      'ALTER TABLE visits ATTACH PARTITION staging DEFAULT',
      'CREATE TABLE x (LIKE customers)',
      'CREATE TABLE x () INHERITS (customers)',
      `CREATE TABLE x PARTITION OF visits FOR VALUES IN (1)`,
      'CREATE TABLE x (a text REFERENCES customers (ssn))',
      'CREATE INDEX ON customers (ssn)',
      'CREATE OR REPLACE VIEW customer_names AS SELECT 1',
      `COMMENT ON COLUMN customers.ssn IS 'x'`,
      `COMMENT ON TABLE customers IS 'x'`,
      'GRANT SELECT ON customers TO public',
      'DROP POLICY p ON customers',
      'REINDEX TABLE customers',
      'CLUSTER customers',
    ]);
    refuses(/may be known to the configuration/, [
      'ALTER SCHEMA public RENAME TO x',
      'ALTER FUNCTION f() RENAME TO score',
      'ALTER FUNCTION f() SET SCHEMA public',
    ]);
  });

  it('refuses to test or change values of a type wherever they are', () => {
    refuses(/values of a type/, [
      'ALTER DOMAIN d ADD CHECK (VALUE > 1)',
      'ALTER DOMAIN d ADD CONSTRAINT c CHECK (VALUE > 1) NOT VALID',
      'ALTER DOMAIN d VALIDATE CONSTRAINT c',
      'ALTER DOMAIN d SET NOT NULL',
      'ALTER TYPE t ALTER ATTRIBUTE a TYPE int CASCADE',
    ]);
    runs('ALTER DOMAIN d SET DEFAULT 1');
    runs('ALTER DOMAIN d DROP NOT NULL');
    runs('ALTER DOMAIN d DROP CONSTRAINT c');
  });

  it('statements by which the server would show how data is masked', () => {
    refuses(/could make the server show how data is masked/, [
      'SET debug_print_plan = on',
      'SET LOCAL client_min_messages TO debug1',
      `SELECT set_config('client_min_messages', 'log', false)`,
      'SET auto_explain.log_min_duration = 0',
    ]);
    refuses(/set_config\(\)/, [
      'SELECT set_config(name, $1, false) FROM staging',
      `SELECT set_config('debug_print_plan_'::varchar(16), 'on', false)`,
    ]);
    refuses(/EXPLAIN EXECUTE/, ['EXPLAIN EXECUTE p', 'EXPLAIN ANALYZE EXECUTE p(1)']);
    refuses(/CREATE TABLE AS EXECUTE/, ['CREATE TABLE x AS EXECUTE p']);
    runs(`SELECT set_config(name, 'view, foreign-table', false) FROM pg_settings`);
    runs('SET client_min_messages = warning');
    runs('CREATE TABLE x (id int PRIMARY KEY, name text CHECK (upper(name) = name))');
    runs('DROP TABLE staging');
    runs('ALTER TABLE staging ADD x int');
  });

  it('FETCH and EXECUTE beside other statements, but for what the same text holds', () => {
    refuses(/stand beside other statements/, ['SELECT 1; FETCH c', 'SELECT 1; EXECUTE p']);
    const write = 'PREPARE p AS INSERT INTO staging VALUES (1, 2)';
    refuses(/stand beside other statements/, [
      `${write}; EXECUTE p`,
      `PREPARE p AS SELECT 1; DEALLOCATE p; ${write}; EXECUTE p`,
    ]);
    runs('FETCH c');
    runs('EXECUTE p(1)');
    runs('BEGIN; DECLARE c CURSOR FOR SELECT 1; FETCH c; COMMIT');
    runs('PREPARE p AS SELECT 1; EXECUTE p');
  });

  it('two items of FROM that only their schemas told apart', () => {
    refuses(/two items of FROM/, ['SELECT 1 FROM public.customers, research.customers']);
  });

  it('a star beside a system column where it cannot be written out', () => {
    refuses(/a star stands beside a system column/, [
      'SELECT ctid, * FROM customers NATURAL JOIN (SELECT 1 AS id) x',
    ]);
  });

  it('what does not parse, and what is too much', () => {
    refuses(/no valid SQL/, ['SELECT FROM FROM']);
    const names = session();
    const options = { parser, plan: HOSPITAL_PLAN, names, statementCountMax: 1 };
    assert.equal(rewriteText('SELECT 1; SELECT 2', options).kind, 'refuse');
  });
});
