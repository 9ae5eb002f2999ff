import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { dataMapOf } from '../../src/masking/classify.fixture.ts';
import { createClassifier } from '../../src/masking/classify.ts';
import { readCatalog } from '../../src/protocols/postgres/catalog-reader.ts';
import { connectUpstream } from '../../src/protocols/postgres/upstream.ts';
import type { Catalog } from '../../src/sql/postgres/catalog.ts';
import { loadParser } from '../../src/sql/postgres/parser.ts';
import { closureOf } from '../../src/sql/postgres/relation-closure.ts';
import { type PrivatePostgres, startPrivatePostgres } from './private-postgres.ts';

/** Types of every sort, with and without modifiers, under names that need quotes. */
const TYPES = `
CREATE SCHEMA app;
CREATE TYPE app."Mood" AS ENUM ('sad', 'it''s ok');
CREATE DOMAIN app.ssn AS varchar(11) COLLATE "C";
CREATE DOMAIN app.amount AS numeric(12,2);
CREATE TYPE app."Ty.pe" AS (street text, moods app."Mood"[]);
CREATE TYPE app.span AS RANGE (subtype = float8);
CREATE TABLE app.typed (
  a app.ssn, b app.ssn[], c app.amount, d varchar(20) NOT NULL, e varchar, f char(3), g bpchar, h "char", i bit(3),
  j varbit(5), k varbit, l numeric(8,2), m numeric, n interval day to second(3), o interval(2), p interval, q time(3),
  r timetz(2), s timestamp(0), t timestamptz(4)[], u app."Mood", v app."Mood"[], w app."Ty.pe", x app."Ty.pe"[], y name,
  z jsonb, aa app.span, ab int4range, ac varchar(7)[], ad text COLLATE "C", ae text GENERATED ALWAYS AS (upper(d)) STORED,
  af app.amount[], ag xml, ah oidvector, ai box, aj bool, ak float4, al int2);
ALTER TABLE app.typed DROP COLUMN e;`;

const VIEWS = `
CREATE SCHEMA s;
CREATE TABLE s.t1 (id text, a text, b text, c text, PRIMARY KEY (id));
CREATE TABLE s.t2 (id text REFERENCES s.t1, a text, c text, d text);
INSERT INTO s.t1 SELECT 'k' || i, 'SECRET-SSN' || i, 'SECRET-NAME' || i, 'c' || i FROM generate_series(1, 3) i;
INSERT INTO s.t2 SELECT 'k' || i, 'a' || i, 'SECRET-PHONE' || i, 'd' || i FROM generate_series(1, 3) i;
CREATE VIEW s.v1 AS SELECT a AS c, c AS a FROM s.t1;
CREATE VIEW s.v2 AS SELECT a AS x, c AS y FROM s.v1;
CREATE VIEW s.v3 AS SELECT t.* FROM (s.t1 JOIN s.t2 USING (id)) t (k, p, q, r, u, v, w);
CREATE VIEW s.v4 AS WITH t1 (a, c) AS (SELECT c, a FROM s.t2) SELECT t1.a, t1.c, x.a AS x FROM t1, s.t1 x;
CREATE VIEW s.v5 AS WITH RECURSIVE r (a, b, n) AS (
  SELECT c, c, 1 FROM s.t1 UNION ALL SELECT r.b, t1.a, n + 1 FROM r, s.t1 WHERE n < 4) SELECT a, b, n::text FROM r;
CREATE VIEW s.v6 AS SELECT l.z, t1.c, u.w FROM s.t1, LATERAL (SELECT t1.b AS z) l, unnest(ARRAY[t1.a]) u (w);
CREATE VIEW s.v7 AS SELECT t1 AS r, row_to_json(t1) AS j, (t1).c FROM s.t1;
CREATE VIEW s.v8 AS SELECT c FROM s.t1 UNION SELECT c FROM s.t2;
CREATE VIEW s.v9 AS SELECT (SELECT max(b) FROM s.t1 i WHERE i.id = o.id) AS m, o.d FROM s.t2 o;
CREATE VIEW s.v10 AS SELECT q.z AS d FROM (SELECT p.y AS z FROM (SELECT c AS y FROM s.t2) p) q;
CREATE MATERIALIZED VIEW s.v11 AS SELECT min(a) AS id, c FROM s.t1 GROUP BY c;
CREATE VIEW s.v12 AS SELECT id AS c, c AS id FROM s.v11;`;

const DATA_MAP = dataMapOf({
  's.*.*': 'none',
  's.t1.a': 'ssn',
  's.t1.b': 'name',
  's.t2.c': 'phone',
});

/** What stands in the values of each class. */
const CANARIES = { ssn: 'SECRET-SSN', name: 'SECRET-NAME', phone: 'SECRET-PHONE' } as const;

for (const version of ['debian', 'embedded'] as const) {
  describe(`the catalog of a ${version} server`, () => {
    let server: PrivatePostgres;

    const read = async (known?: Catalog): Promise<Catalog> => {
      const { host, port, superuser: user } = server;
      const upstream = await connectUpstream(
        {
          host,
          port,
          user,
          database: 'postgres',
          parameters: new Map(),
          tls: { mode: 'disable' },
          loginTimeoutMs: 10_000,
        },
        new AbortController().signal,
      );
      try {
        return await readCatalog(upstream, known);
      } finally {
        upstream.socket.destroy();
      }
    };

    before(async () => {
      server = await startPrivatePostgres({ version });
      await server.execute(TYPES);
      await server.execute(VIEWS);
    });

    after(() => server.stop());

    it('is read where the checks of one table make megabytes of one row', async () => {
      // JSON writes six characters for each of these.
      const long = '\u0001'.repeat(58);
      const columns = Array.from({ length: 1_500 }, (_, at) => `"${long}${at}"`);
      const checks = Array.from({ length: 10 }, () => `CHECK ((${columns.join()}) IS NOT NULL)`);
      const defined = [...columns.map((name) => `${name} int`), ...checks];
      await server.execute(`CREATE TABLE app.long (${defined.join()})`);
      const catalog = await read();
      const [checked] = catalog.findRelation('app', 'long')?.checks ?? [];
      assert.equal(checked?.length, columns.length);
      await server.execute('DROP TABLE app.long');
    });

    it('is the one that is known as long as nothing has changed', async () => {
      const known = await read();
      assert.equal(await read(known), known);
      await server.execute('CREATE TABLE app.later (id int)');
      const changed = await read(known);
      assert.notEqual(changed.version, known.version);
      assert(changed.findRelation('app', 'later') !== undefined);
    });

    it('leads to the passwords of roles through pg_shadow, but not through pg_user, which shows none', async () => {
      await server.execute(`
        CREATE VIEW app.roles AS SELECT usename FROM pg_user;
        CREATE VIEW app.hashes AS SELECT passwd FROM pg_shadow;`);
      const catalog = await read();
      const beneath = (schema: string, name: string): readonly string[] => {
        const relation = catalog.findRelation(schema, name);
        assert(relation !== undefined);
        return closureOf(catalog, relation, true).names;
      };
      assert.deepEqual(beneath('pg_catalog', 'pg_user'), ['pg_catalog.pg_user']);
      assert.deepEqual(beneath('app', 'roles'), ['app.roles', 'pg_catalog.pg_user']);
      assert.deepEqual(beneath('app', 'hashes'), ['app.hashes', 'pg_catalog.pg_shadow']);
    });

    it('names types so that they mean the same under any search path', async () => {
      const catalog = await read();
      const typed = catalog.findRelation('app', 'typed');
      assert(typed !== undefined && typed.attributes.length === 37);
      const casts = typed.attributes.map(({ name, typeName }) => `NULL::${typeName} AS "${name}"`);
      await server.execute(`
        CREATE SCHEMA evil;
        CREATE DOMAIN evil.text AS int; CREATE DOMAIN evil."varchar" AS int; CREATE DOMAIN evil.bool AS int;
        CREATE DOMAIN evil.jsonb AS int; CREATE DOMAIN evil.name AS int; CREATE DOMAIN evil."numeric" AS int;
        SET search_path = evil, pg_catalog;
        CREATE VIEW app.same AS SELECT ${casts.join(', ')};`);
      const differences = await server.execute(`
        SELECT a.attname FROM pg_attribute a JOIN pg_attribute b USING (attname)
        WHERE a.attrelid = 'app.typed'::regclass AND b.attrelid = 'app.same'::regclass AND a.attnum > 0
          AND (a.atttypid, a.atttypmod) <> (b.atttypid, b.atttypmod)`);
      assert.equal(differences, '');
    });

    it('tells primary keys from other unique keys', async () => {
      await server.execute(`
        CREATE TABLE app.keys (a int UNIQUE, b int, c int, PRIMARY KEY (c, b));
        CREATE TABLE app.deferred (a int UNIQUE, b int PRIMARY KEY DEFERRABLE);`);
      const catalog = await read();
      const keys = catalog.findRelation('app', 'keys');
      assert.deepEqual(keys?.primaryKey, ['c', 'b']);
      assert.deepEqual(keys.uniqueKeys, [['c', 'b'], ['a']]);
      assert.deepEqual(catalog.findRelation('app', 'deferred')?.primaryKey, []);
    });

    it('tells which columns are looked at together when one is written', async () => {
      await server.execute(`
        CREATE TABLE app.together (a int CHECK (a > 0), b int, c int, d int, e text, f daterange, CHECK (b < c),
          g int GENERATED ALWAYS AS (a * d) STORED, h text GENERATED ALWAYS AS (e || e) STORED,
          i text GENERATED ALWAYS AS (e || a::text) STORED, UNIQUE (c, e) DEFERRABLE, UNIQUE (a, b),
          EXCLUDE USING gist (f WITH &&, int4range(c, d) WITH &&));
        CREATE UNIQUE INDEX ON app.together (a, lower(e)) INCLUDE (c);
        CREATE UNIQUE INDEX ON app.together (b) WHERE d > 0;
        CREATE INDEX ON app.together (b, e);`);
      const together = (await read()).findRelation('app', 'together');
      const sets = together?.checks.map((columns) => columns.join(' ')).toSorted();
      const generated = together?.attributes.flatMap(({ name, generatedFrom }) =>
        generatedFrom === undefined ? [] : [[name, ...generatedFrom]],
      );
      assert.deepEqual(generated, [
        ['g', 'a', 'd'],
        ['h', 'e'],
        ['i', 'a', 'e'],
      ]);
      const included = sets?.filter((columns) => !columns.startsWith('a c e'));
      assert.deepEqual(included, ['a d', 'b c', 'b d', 'c d f', 'c e']);
      // What an index only includes may count, too.
      assert.equal(sets?.length, 6);
    });

    it('tells which columns are computed with together, in indexes and on the way to text', async () => {
      await server.execute(`
        CREATE TABLE app.computed (a int, b int, c date, e text, f text, h text GENERATED ALWAYS AS ((1000 / (a - b))::text) STORED);
        CREATE INDEX ON app.computed ((1000 / (b - length(e)))) WHERE f IS NOT NULL;
        CREATE INDEX ON app.computed ((e || f)) WHERE a > 0 AND c > '2000-01-01';
        CREATE INDEX ON app.computed (f) WHERE c - a > '2000-01-01';`);
      const computed = (await read()).findRelation('app', 'computed');
      const sets = computed?.checks.map((columns) => columns.join(' ')).toSorted();
      assert.deepEqual(sets, ['a b', 'a c', 'a c', 'b e']);
    });

    it('tells by which defaults a new row is compared with others', async () => {
      await server.execute(`
        CREATE TABLE app.defaults (a int, b boolean DEFAULT false, c boolean, d date, e text DEFAULT 'x', f text DEFAULT 'y', g int,
          h timestamptz DEFAULT now(), i int DEFAULT 5, j text GENERATED ALWAYS AS (lower(e)) STORED,
          k int GENERATED ALWAYS AS (g + a) STORED, EXCLUDE USING gist (int4range(a, i) WITH &&));
        CREATE UNIQUE INDEX ON app.defaults (a) WHERE NOT b;
        CREATE UNIQUE INDEX ON app.defaults (a) WHERE c IS NOT TRUE;
        CREATE UNIQUE INDEX ON app.defaults (a) WHERE d IS NULL;
        CREATE UNIQUE INDEX ON app.defaults (a) WHERE g > 3;
        CREATE UNIQUE INDEX ON app.defaults (a, e) INCLUDE (f);
        CREATE UNIQUE INDEX ON app.defaults (a, j, k);
        CREATE UNIQUE INDEX ON app.defaults (f);
        CREATE INDEX ON app.defaults (a, f);`);
      const defaults = (await read()).findRelation('app', 'defaults');
      assert.deepEqual(defaults?.comparedDefaults, ['a', 'b', 'c', 'e', 'i', 'j']);
    });

    it('tells of which columns an index computes though one of them is NULL', async () => {
      await server.execute(`
        CREATE TABLE app.combined (a text, b text, c text, d text, e text[], f text[], g int, h int);
        CREATE UNIQUE INDEX ON app.combined (a) WHERE int4range(g, h) @> 5;
        CREATE UNIQUE INDEX ON app.combined (coalesce(a, b));
        CREATE UNIQUE INDEX ON app.combined ((c || d), coalesce(d, ''));
        CREATE UNIQUE INDEX ON app.combined ((e || f));`);
      const compared = (await read()).findRelation('app', 'combined')?.comparedDefaults;
      assert.deepEqual(compared, ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
      await server.execute(`
        CREATE TABLE app.single (a text, b text, c text, d text);
        CREATE UNIQUE INDEX ON app.single (lower(a), coalesce(b, '')) WHERE c IN ('x', 'y') AND NOT d = 'z';
        CREATE UNIQUE INDEX ON app.single ((c || d));`);
      assert.deepEqual((await read()).findRelation('app', 'single')?.comparedDefaults, []);
    });

    it('says what types are made of, and leaves no type of a column out', async () => {
      const catalog = await read();
      const attributes = catalog.findRelation('app', 'typed')?.attributes ?? [];
      const typeOf = (column: string) =>
        catalog.findType(attributes.find(({ name }) => name === column)?.typeOid ?? 0);
      for (const { name } of attributes) assert(typeOf(name) !== undefined, name);
      assert.deepEqual(typeOf('u')?.labels, ['sad', "it's ok"]);
      assert.deepEqual(
        catalog.findType(typeOf('x')?.innerOid ?? 0)?.fields.map(({ typeName }) => typeName),
        ['pg_catalog.text', 'app."Mood"[]'],
      );
      assert.equal(catalog.findType(typeOf('c')?.innerOid ?? 0)?.name, 'pg_catalog."numeric"');
      assert.equal(attributes.find(({ name }) => name === 'ad')?.collation, 'pg_catalog."C"');
      assert.equal(attributes.find(({ name }) => name === 'ae')?.isGenerated, true);
      assert.equal(attributes.find(({ name }) => name === 'd')?.isNotNull, true);
    });

    it('does not wait for what somebody has locked', async () => {
      const locking = server.execute(`
        BEGIN; LOCK TABLE s.t2; SELECT pg_sleep(3); ROLLBACK;`);
      let isLocked = false;
      while (!isLocked) {
        isLocked =
          (await server.execute(
            `SELECT count(*) FROM pg_locks WHERE relation = 's.t2'::regclass`,
          )) === '1';
      }
      const catalog = await read();
      assert.equal(catalog.findRelation('s', 'v10')?.definition, undefined);
      assert.match(catalog.findRelation('s', 'v1')?.definition ?? '', /FROM s\.t1/);
      assert.equal(catalog.findRelation('s', 't2')?.columns.length, 4);
      await locking;
      const later = (await read()).findRelation('s', 'v10');
      assert.match(later?.definition ?? '', /FROM s\.t2/);
      const { definitionVersion = 'unknown' } = catalog.findRelation('s', 'v10') ?? {};
      assert.match(definitionVersion, /^\d+\/\d+$/);
      assert.equal(later?.definitionVersion, definitionVersion);
      await server.execute('CREATE OR REPLACE VIEW s.v10 AS SELECT c AS d FROM s.t2');
      assert.notEqual(
        (await read()).findRelation('s', 'v10')?.definitionVersion,
        definitionVersion,
      );
    });

    it('shows no classified value in a column of a view that is not of its class', async () => {
      const catalog = await read();
      const classification = createClassifier(await loadParser()).classify(catalog, {
        dataMap: DATA_MAP,
      });
      let found = 0;
      for (let number = 1; number <= 12; number++) {
        const view = catalog.findRelation('s', `v${number}`);
        assert(view !== undefined);
        const columns = classification.find(view.oid)?.columns;
        const values: unknown = JSON.parse(
          await server.execute(
            `SELECT json_build_array(${view.columns
              .map((name) => `string_agg("${name}"::text, ' ')`)
              .join(', ')}) FROM s.${view.name}`,
          ),
        );
        for (const [index, name] of view.columns.entries()) {
          const because = columns?.get(name)?.because ?? '';
          assert.doesNotMatch(because, /not understood/, `${view.name}.${name}`);
          const value = Array.isArray(values) ? String(values[index]) : '';
          for (const [dataClass, canary] of Object.entries(CANARIES)) {
            if (!value.includes(canary)) continue;
            found += 1;
            const classes = columns?.get(name)?.classes ?? [];
            assert(classes.includes(dataClass), `${view.name}.${name} holds ${dataClass}`);
          }
        }
      }
      assert(found >= 20, `only ${found} columns hold anything`);
    });
  });
}
