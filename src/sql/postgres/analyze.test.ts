import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Analysis, SqlFacts } from '../statement.ts';
import { analyze } from './analyze.ts';
import type { NameContext } from './catalog.ts';
import { withHeldStatement } from './held-statement.ts';
import { HOSPITAL, session } from './hospital.fixture.ts';
import { loadParser } from './parser.ts';

const parser = await loadParser();

function see(text: string, changes?: Partial<NameContext>): Analysis {
  return analyze(text, parser, HOSPITAL, session(changes));
}

function factsOf(text: string, changes?: Partial<NameContext>): SqlFacts {
  const facts = see(text, changes).statements[0]?.operations[0]?.facts;
  assert(facts);
  return facts;
}

const FEW: readonly string[] = [
  'SELECT * FROM customers WHERE id = 1',
  'SELECT * FROM customers c WHERE $1 = c.id AND true',
  'SELECT * FROM customers WHERE id IN (1, 2, 3)',
  'SELECT * FROM customers WHERE id = ANY (ARRAY[1, 2])',
  'SELECT * FROM pair WHERE a = 1 AND b = $1::int',
  'SELECT * FROM staging s JOIN customers c ON c.id = s.id WHERE s.id = 1',
  'SELECT * FROM staging LEFT JOIN customers USING (id) WHERE staging.id = 1',
  'UPDATE customers SET name = 1 WHERE id = 1',
  'DELETE FROM customers WHERE CURRENT OF c',
  'SELECT * FROM pg_class',
  'INSERT INTO customers VALUES (1)',
  'SELECT (SELECT name FROM customers WHERE id = s.id) FROM staging s WHERE s.id = 1',
];

const BULK: readonly string[] = [
  'SELECT * FROM customers',
  'SELECT * FROM customers WHERE id = 1 OR true',
  'SELECT * FROM customers WHERE id = id',
  "SELECT * FROM customers WHERE id = nextval('s')",
  // With transform_null_equals it is IS NULL, which a unique key lets many rows be.
  'SELECT * FROM customers WHERE id = NULL',
  'DELETE FROM customers WHERE NULL = id',
  'SELECT * FROM customers c WHERE id = (SELECT c.id)',
  'SELECT * FROM customers WHERE id > 1',
  'SELECT * FROM customers WHERE id = ANY ($1)',
  `SELECT * FROM customers WHERE id IN (${Array.from({ length: 101 }, (_, index) => index).join()})`,
  'SELECT * FROM pair WHERE a = 1',
  'SELECT * FROM people WHERE id = 1',
  'SELECT * FROM staging s LEFT JOIN customers c ON s.id = 1',
  'SELECT * FROM customers c JOIN generate_series(1, 9) g ON c.id = g',
  'SELECT (SELECT name FROM customers WHERE id = g) FROM generate_series(1, 9) g',
  'UPDATE customers SET name = 1 WHERE name = 1',
  'TRUNCATE customers',
  'INSERT INTO customers SELECT * FROM generate_series(1, 9)',
  'SELECT * FROM customer_names WHERE id = 1',
  'SELECT * FROM nowhere WHERE id = 1',
];

describe('analyze', () => {
  for (const text of FEW)
    it(`takes for a few rows: ${text}`, () => assert.equal(factsOf(text).bulk, false));
  for (const text of BULK) {
    it(`takes for bulk: ${text.slice(0, 80)}`, () => {
      assert(see(text).statements[0]?.operations.some(({ facts }) => facts.bulk));
    });
  }

  it('names the columns, or the whole row', () => {
    const columns = (text: string): readonly string[] => [...factsOf(text).columns].sort();
    assert.deepEqual(columns('SELECT ssn FROM customers'), ['public.customers.ssn']);
    assert.deepEqual(columns('SELECT c.ssn FROM audit, customers c WHERE note = 1'), [
      'public.audit.note',
      'public.customers.ssn',
    ]);
    assert.deepEqual(columns('SELECT row_to_json(c) FROM customers c'), ['public.customers.*']);
    assert.deepEqual(columns('SELECT c.* FROM customers c'), ['public.customers.*']);
    assert.deepEqual(columns('SELECT c::text FROM customers c'), ['public.customers.*']);
    assert.deepEqual(columns('SELECT x FROM customers AS c (x, y, z)'), ['public.customers.*']);
    assert.deepEqual(columns('SELECT count(*) AS n FROM customers ORDER BY n'), []);
    assert.deepEqual(columns('SELECT j.ssn FROM (customers CROSS JOIN audit) AS j'), [
      'public.customers.ssn',
    ]);
    assert.deepEqual(columns('UPDATE customers SET name = 1 WHERE ssn = 2'), [
      'public.customers.name',
      'public.customers.ssn',
    ]);
    assert.deepEqual(columns('SELECT (SELECT ssn) FROM customers'), ['public.customers.ssn']);
    assert.deepEqual(columns('SELECT tableoid FROM customers'), ['public.customers.tableoid']);
  });

  it('reads limits and conditions', () => {
    assert.equal(factsOf('SELECT * FROM customers LIMIT 5').limit, 5);
    assert.equal(factsOf('SELECT * FROM customers FETCH FIRST ROW ONLY').limit, 1);
    assert.equal(factsOf('SELECT * FROM customers LIMIT $1').limit, -1);
    assert.equal(
      factsOf('SELECT * FROM customers ORDER BY 1 FETCH FIRST 5 ROWS WITH TIES').limit,
      -1,
    );
    assert.equal(factsOf('SELECT * FROM (SELECT * FROM customers LIMIT 5) x').limit, -1);
    assert.equal(factsOf('DELETE FROM customers').hasWhere, false);
    assert.equal(
      factsOf('DELETE FROM customers WHERE id IN (SELECT id FROM staging)').hasWhere,
      true,
    );
  });

  it('vouches for functions by their qualified name only', () => {
    const functionsAllowed = new Set(['public.score']);
    assert(!factsOf('SELECT score(1)', { functionsAllowed }).opaque);
    assert(!factsOf('SELECT * FROM scored', { functionsAllowed }).opaque);
    assert(!factsOf('SELECT lower(name) FROM customers').opaque);
    assert(
      factsOf('SELECT lower(name) FROM customers', { searchPaths: [['public', 'research']] })
        .opaque,
    );
    assert(factsOf('SELECT lower(name) FROM customers', { searchPaths: undefined }).opaque);
    assert(
      !factsOf('SELECT pg_catalog.lower(name) FROM customers', { searchPaths: undefined }).opaque,
    );
  });

  it('reports what the catalog does not know', () => {
    const { unresolved } = see('SELECT * FROM nowhere, public.never');
    assert.deepEqual(unresolved, ['nowhere', 'public.never']);
    assert.deepEqual(factsOf('SELECT * FROM nowhere').reads, ['public.nowhere']);
    assert(factsOf('SELECT * FROM nowhere').ambiguous);
  });

  it('qualifies what definitions concern', () => {
    const seen = (text: string): string => {
      const { command, objects } = factsOf(text);
      return `${command}: ${objects.join()}`;
    };
    assert.equal(
      seen('DROP TABLE customers, research.customers'),
      'DROP TABLE: public.customers,research.customers',
    );
    assert.equal(seen('ALTER TABLE customers ADD COLUMN x int'), 'ALTER TABLE: public.customers');
    assert.equal(seen('CREATE TEMP TABLE x (a int)'), 'CREATE TABLE: pg_temp.x');
    assert.equal(seen('CREATE ROLE bob'), 'CREATE ROLE: bob');
    assert.equal(seen('DROP SCHEMA public CASCADE'), 'DROP SCHEMA: public');
    assert.equal(
      seen('CREATE FUNCTION a.f() RETURNS int LANGUAGE sql RETURN 1'),
      'CREATE FUNCTION: a.f',
    );
    assert.equal(seen('GRANT SELECT ON customers TO bob'), 'GRANT: public.customers');
    assert.equal(seen('REVOKE admin FROM bob'), 'REVOKE: admin');
    assert.equal(seen("COMMENT ON COLUMN customers.ssn IS ''"), 'COMMENT: public.customers');
    assert.equal(
      seen('CREATE TRIGGER t BEFORE INSERT ON customers EXECUTE FUNCTION f()'),
      'CREATE TRIGGER: public.customers.t',
    );
    const [schema] = see('CREATE SCHEMA s CREATE TABLE t (a int)').statements;
    assert.deepEqual(
      schema?.operations.map(({ facts }) => facts.objects),
      [['s'], ['s.t']],
    );
  });

  it('says how the session changes', () => {
    const effects = (text: string) => see(text).statements[0]?.effects;
    assert.deepEqual(effects('SET LOCAL search_path = a, b')?.searchPath, ['a', 'b']);
    assert.equal(effects('SET LOCAL search_path = a')?.searchPathIsLocal, true);
    for (const text of [
      'RESET ALL',
      'DISCARD ALL',
      'RESET search_path',
      'SET ROLE x',
      'INSERT INTO pair VALUES (1)',
      'DO $$$$',
    ]) {
      assert.equal(effects(text)?.searchPath, 'unknown', text);
    }
    assert.deepEqual(effects('DEALLOCATE ALL')?.deallocates, { name: 'all' });
    assert.equal(effects('EXPLAIN ANALYZE EXECUTE p')?.executes, 'p');
    // It runs the query, and opens no cursor.
    assert.equal(effects('EXPLAIN ANALYZE DECLARE c CURSOR FOR SELECT 1')?.declares, undefined);
    assert.equal(effects('FETCH 5 FROM c')?.fetches, 'c');
    assert.deepEqual(
      effects('ALTER TABLE customers RENAME TO patients')?.created.map(({ name }) => name),
      ['customers', 'patients'],
    );
    assert.equal(
      effects('PREPARE p AS DELETE FROM customers')?.prepares?.statement.operations[0]?.action,
      'sql.delete',
    );
  });

  it('begins a path that was set in the same text at any of its schemas', () => {
    const seen = (text: string): readonly unknown[] => {
      const facts = see(text).statements.at(-1)?.operations[0]?.facts;
      return [facts?.relations.toSorted(), facts?.ambiguous];
    };
    const select = 'SELECT id FROM customers';
    const both = [['public.customers', 'research.customers'], true];
    assert.deepEqual(seen(`SET search_path = research, public; ${select}`), both);
    assert.deepEqual(seen(`SET LOCAL search_path = public, nowhere, research; ${select}`), both);
    const set = `SELECT set_config('search_path', 'research, public', false)`;
    assert.deepEqual(seen(`${set}; ${select}`), both);
    assert.deepEqual(seen(`SET search_path = "$user", research; ${select}`), both);
    assert.deepEqual(seen(`SET search_path = a, b, c, d, e, f, g, h, i; ${select}`), both);
    const one = [['research.customers'], false];
    assert.deepEqual(seen(`SET search_path = research; ${select}`), one);
    assert.deepEqual(seen(`SET search_path = nowhere, research; ${select}`), one);
  });

  it('takes a name for what stands behind it, too, where that may be gone with something else', () => {
    const searchPaths = [['research', 'public']];
    const seen = (text: string, name = 'customers'): readonly unknown[] => {
      const { statements } = see(`${text}; SELECT id FROM ${name}`, { searchPaths });
      const facts = statements.at(-1)?.operations[0]?.facts;
      return [facts?.relations.toSorted(), facts?.ambiguous];
    };
    for (const text of [
      'DROP TABLE parts',
      'DROP VIEW v CASCADE',
      'DROP TYPE t CASCADE',
      'DROP FUNCTION f CASCADE',
      'DROP EXTENSION e',
      'DROP OWNED BY bob',
      'ALTER TABLE research.x DROP COLUMN a CASCADE',
      'ALTER TABLE research.x DROP COLUMN a',
      'ALTER TYPE research.t DROP ATTRIBUTE a CASCADE',
      'ALTER TABLE research.x SET SCHEMA public',
      `COMMIT PREPARED 'x'`,
    ]) {
      assert.deepEqual(seen(text), [['public.customers', 'research.customers'], true], text);
      assert.deepEqual(seen(text, 'staging'), [['public.staging'], false], text);
    }
    for (const text of ['DROP VIEW v', 'ALTER TABLE research.x ADD COLUMN a int', 'COMMIT'])
      assert.deepEqual(seen(text), [['research.customers'], false], text);
  });

  it('takes a function for opaque if any start of a path set in the same text reaches it', () => {
    const { statements } = see(
      'SET search_path = public, research; SELECT lower(name) FROM staging',
    );
    assert(statements.at(-1)?.operations[0]?.facts.opaque);
  });

  it('gives an EXECUTE the operations of the statement it runs', () => {
    const [execute] = see('EXECUTE p(1)').statements;
    const held = see('PREPARE p AS DELETE FROM customers').statements[0]?.effects.prepares
      ?.statement;
    assert(execute && held);
    const operations = withHeldStatement(execute, held);
    assert.deepEqual(
      operations.map(({ action, facts }) => [action, facts.opaque]),
      [
        ['sql.execute', false],
        ['sql.delete', false],
      ],
    );
    assert(withHeldStatement(execute, undefined)[0]?.facts.opaque);
  });

  it('never throws, whatever the tokens', () => {
    const token = fc.constantFrom(
      ...'select insert update delete from into set values with recursive as ( ) , ; * . = 1 $1 returning where customers audit c.id id join on using left merge copy to stdout explain analyze create table view drop alter role limit in any array [ ] case when then end union all order by group func() ::text not null default'.split(
        ' ',
      ),
      "'x'",
      '"y"',
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 25 }), (tokens) => {
        const { statements } = see(tokens.join(' '));
        for (const { operations } of statements) assert(operations.length > 0);
      }),
      { numRuns: 3_000 },
    );
  });
});
