import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { CatalogSource } from '../../src/gateway/postgres/catalog-source.ts';
import { CatalogConnection } from '../../src/protocols/postgres/catalog-connection.ts';
import { readCatalog } from '../../src/protocols/postgres/catalog-reader.ts';
import { connectUpstream, type UpstreamConnection } from '../../src/protocols/postgres/upstream.ts';
import type { Catalog, CatalogRelation } from '../../src/sql/postgres/catalog.ts';
import { type PrivatePostgres, startPrivatePostgres } from './private-postgres.ts';

/** Histories that are played on each server. */
const HISTORIES = 10;
const DEFINITIONS_MAX = 8;

/** So that not all that follows fails. */
const FIRST = `
  CREATE TABLE s.a (id int PRIMARY KEY, a varchar(7)); CREATE TABLE s.b (id int REFERENCES s.a, a text);
  CREATE VIEW s."C d" AS SELECT * FROM s.b; CREATE TYPE s.m AS ENUM ('sad', 'ok'); CREATE TABLE s.e (m s.m[]);
  CREATE FUNCTION s.f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'`;

/** Definitions of users: `$1` and `$2` may be there, `$3` is new. Behind a bar stands what is tried where the first fails. */
const OF_USERS: readonly string[] = [
  'CREATE TABLE s.$3 (id int PRIMARY KEY, a varchar(7), b numeric(8,2)[])',
  'CREATE TABLE s.$3 (id serial UNIQUE, "k e" text COLLATE "C", j jsonb DEFAULT \'{}\', CHECK (id < 9))',
  'CREATE TABLE s.$3 (LIKE s.$2 INCLUDING ALL)',
  'CREATE TABLE s.$3 () INHERITS (s.$1)',
  'CREATE TABLE s.$3 (f int REFERENCES s.$1 (id), g timestamp(3), h pg_catalog.pg_class, i information_schema.yes_or_no)',
  'CREATE VIEW s.$3 AS SELECT * FROM s.$2',
  'CREATE OR REPLACE VIEW s.$3 AS SELECT 1 AS one, p.name, p.setting FROM pg_settings p, s.$2',
  'CREATE MATERIALIZED VIEW s.$3 AS SELECT * FROM s.$2',
  'DROP TABLE s.$1 CASCADE | CREATE TABLE s.$1 (id int PRIMARY KEY, a text)',
  'DROP VIEW s.$2 CASCADE | CREATE VIEW s.$2 AS SELECT * FROM s.$1',
  "ALTER TABLE s.$1 ADD COLUMN $3 bit(3) DEFAULT B'101'",
  'ALTER TABLE s.$1 DROP COLUMN a CASCADE | ALTER TABLE s.$1 ADD COLUMN a text',
  'ALTER TABLE s.$1 RENAME COLUMN id TO "Id" | ALTER TABLE s.$1 RENAME COLUMN "Id" TO id',
  'ALTER TABLE s.$1 RENAME TO "O" | ALTER TABLE s."O" RENAME TO $1',
  'ALTER TABLE s.$1 ENABLE ROW LEVEL SECURITY',
  'ALTER TABLE s.$1 SET SCHEMA pg_catalog | ALTER TABLE pg_catalog.$1 SET SCHEMA s',
  'CREATE UNIQUE INDEX $3 ON s.$1 (id) WHERE id > 1',
  'ALTER TABLE s.$1 DROP CONSTRAINT $1_pkey CASCADE | ALTER TABLE s.$1 ADD PRIMARY KEY (id)',
  `CREATE TRIGGER t BEFORE INSERT ON s.$1 FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()
    | DROP TRIGGER t ON s.$1`,
  'CREATE RULE r AS ON INSERT TO s.$1 DO ALSO NOTHING | DROP RULE r ON s.$1',
  'CREATE TABLE s.$3 (id int, m s.m[])',
  "ALTER TYPE s.m RENAME VALUE 'sad' TO 'bad' | ALTER TYPE s.m RENAME VALUE 'bad' TO 'sad'",
  'ALTER TYPE s.m RENAME TO "n.m" | ALTER TYPE s."n.m" RENAME TO m',
  "DROP TYPE s.m CASCADE | CREATE TYPE s.m AS ENUM ('sad', 'ok')",
  'CREATE DOMAIN s.$3 AS varchar(9) CHECK (length(VALUE) > s.f(1)); ALTER TABLE s.$1 ADD COLUMN $3 s.$3',
  "DROP FUNCTION s.f(int) CASCADE | CREATE FUNCTION s.f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
  'ALTER TABLE s.$1 ADD COLUMN $3 int DEFAULT s.f(1)',
  `CREATE FUNCTION s.$3(int) RETURNS s.m LANGUAGE sql AS 'SELECT NULL::s.m'; CREATE CAST (int AS s.m) WITH FUNCTION s.$3(int)
    | DROP CAST (int AS s.m)`,
  'CREATE SEQUENCE s.$3 OWNED BY s.$1.id',
  'ALTER SCHEMA s RENAME TO $3; CREATE SCHEMA s',
  'BEGIN; CREATE TABLE s.$3 (undone int); ROLLBACK',
  'BEGIN; DROP TABLE s.$1 CASCADE; CREATE TABLE s.$1 (id int, a int); COMMIT',
  'BEGIN; SAVEPOINT a; CREATE TABLE s.$3 (gone int); ROLLBACK TO a; CREATE TABLE s.$3 (id int); COMMIT',
  'VACUUM FREEZE pg_class, pg_attribute, pg_proc',
  'VACUUM FULL pg_rewrite',
  'ANALYZE',
];

/** Definitions of superusers, about what came with the server. */
const OF_BUILT_INS: readonly string[] = [
  `CREATE OR REPLACE VIEW information_schema.information_schema_catalog_name AS
    SELECT catalog_name FROM (SELECT current_database()::information_schema.sql_identifier AS catalog_name) x`,
  `CREATE OR REPLACE VIEW information_schema.information_schema_catalog_name AS
    SELECT a::information_schema.sql_identifier AS catalog_name FROM s.$1`,
  'ALTER VIEW information_schema.attributes RENAME TO others | ALTER VIEW information_schema.others RENAME TO attributes',
  `ALTER VIEW information_schema.columns RENAME COLUMN is_nullable TO "may be"
    | ALTER VIEW information_schema.columns RENAME COLUMN "may be" TO is_nullable`,
  'DROP VIEW information_schema.role_udt_grants CASCADE',
  'ALTER TABLE information_schema.sql_features ADD COLUMN $3 numeric(5,2)',
  'ALTER TABLE information_schema.sql_features ADD COLUMN m s.m | ALTER TABLE information_schema.sql_features DROP COLUMN m',
  'CREATE UNIQUE INDEX i ON information_schema.sql_sizing (sizing_id) | DROP INDEX information_schema.i',
  'ALTER TABLE information_schema.sql_sizing ADD CONSTRAINT c CHECK (sizing_id > s.f(0)) NOT VALID',
  'ALTER TABLE information_schema.sql_sizing DROP CONSTRAINT c',
  `CREATE TRIGGER t BEFORE INSERT ON information_schema.sql_parts FOR EACH ROW
    EXECUTE FUNCTION suppress_redundant_updates_trigger() | DROP TRIGGER t ON information_schema.sql_parts`,
  'CREATE TABLE s.$3 () INHERITS (information_schema.sql_parts)',
  'ALTER DOMAIN information_schema.cardinal_number ADD CONSTRAINT c CHECK (VALUE > s.f(-1)) NOT VALID',
  'ALTER DOMAIN information_schema.cardinal_number DROP CONSTRAINT c',
  `ALTER FUNCTION pg_catalog.pg_show_all_settings() RENAME TO show_settings
    | ALTER FUNCTION pg_catalog.show_settings() RENAME TO pg_show_all_settings`,
  `ALTER FUNCTION pg_catalog.pg_lock_status() SET SCHEMA s
    | ALTER FUNCTION s.pg_lock_status() SET SCHEMA pg_catalog`,
  "CREATE FUNCTION pg_catalog.pg_cursor(int DEFAULT 1) RETURNS int LANGUAGE sql AS 'SELECT 1' | DROP FUNCTION pg_catalog.pg_cursor(int)",
  `ALTER DOMAIN information_schema.yes_or_no RENAME TO no_or_yes
    | ALTER DOMAIN information_schema.no_or_yes RENAME TO yes_or_no`,
  `ALTER SCHEMA information_schema RENAME TO schema_of_information
    | ALTER SCHEMA schema_of_information RENAME TO information_schema`,
];

const definition = fc
  .record({
    text: fc.oneof(fc.constantFrom(...OF_USERS), fc.constantFrom(...OF_BUILT_INS)),
    table: fc.constantFrom('a', 'b'),
    view: fc.constantFrom('a', '"C d"'),
    name: fc.stringMatching(/^[n-z][a-z0-9]{5}$/),
  })
  .map(({ text, table, view, name }) =>
    text.replaceAll('$1', table).replaceAll('$2', view).replaceAll('$3', name),
  );

for (const version of ['debian', 'embedded'] as const) {
  describe(`the catalog of a ${version} server, read in parts`, () => {
    let server: PrivatePostgres;
    let logins: UpstreamConnection[];

    const connect = async (): Promise<UpstreamConnection> => {
      const { host, port, superuser: user } = server;
      const upstream = await connectUpstream(
        {
          host,
          port,
          user,
          database: 'tried',
          parameters: new Map([['application_name', 'reader']]),
          tls: { mode: 'disable' },
          loginTimeoutMs: 10_000,
        },
        new AbortController().signal,
      );
      logins.push(upstream);
      return upstream;
    };

    /** What fails in all its ways changes nothing: that is tried, too. */
    const define = async (text: string): Promise<void> => {
      for (const sql of text.split(/\s\| /u)) {
        const isDone = await server.execute(sql, 'tried').then(
          () => true,
          () => false,
        );
        if (isDone) return;
      }
    };

    before(async () => {
      server = await startPrivatePostgres({ version });
    });
    after(() => server.stop());
    beforeEach(async () => {
      logins = [];
      await server.execute('CREATE DATABASE tried');
      await server.execute('CREATE SCHEMA s', 'tried');
    });
    afterEach(async () => {
      for (const { socket } of logins) socket.destroy();
      await server.execute('DROP DATABASE tried');
    });

    it('is what it is when it is read as a whole, whatever was defined in between', async (test) => {
      await server.execute(FIRST, 'tried');
      const kept = new CatalogConnection(await connect());
      const whole = await connect();
      await kept.read();
      let known: Catalog | undefined;
      const play = fc.asyncProperty(
        fc.array(definition, { minLength: 1, maxLength: DEFINITIONS_MAX }),
        async (definitions) => {
          for (const sql of definitions) {
            await define(sql);
            known = await kept.read(known);
            assert.deepEqual(contentOf(known), contentOf(await readCatalog(whole)), sql);
          }
        },
      );
      const run = await fc.check(play, { numRuns: HISTORIES, endOnFailure: true });
      test.diagnostic(`seed ${run.seed}`);
      assert.equal(run.failed, false, fc.defaultReportMessage(run));
    });

    it('is read anew where what came with the server has changed, and else not', async () => {
      const kept = new CatalogConnection(await connect());
      await kept.read();
      const known = await kept.read();
      await server.execute('CREATE TABLE s.a (id int); DROP TABLE s.a', 'tried');
      await server.execute('ANALYZE; VACUUM FREEZE', 'tried');
      assert.equal(await kept.read(known), known);
      const view = (catalog: Catalog) => catalog.findRelation('pg_catalog', 'pg_settings');
      await server.execute('CREATE TABLE s.a (id int)', 'tried');
      const later = await kept.read(known);
      assert(later !== known && view(later) === view(known));
      await server.execute(
        'ALTER FUNCTION pg_catalog.pg_show_all_settings() RENAME TO show_settings',
        'tried',
      );
      assert.match(view(await kept.read(later))?.definition ?? '', /show_settings/u);
    });

    it('costs one login, and another where the server ended the first', async () => {
      const source = new CatalogSource({ connect, nowMs: () => 0 });
      for (let round = 1; round <= 3; round++) {
        for (let reading = 1; reading <= 4; reading++) {
          await server.execute(`CREATE TABLE s.t_${round}_${reading} ()`, 'tried');
          const catalog = await source.read(undefined);
          assert(catalog.findRelation('s', `t_${round}_${reading}`) !== undefined);
        }
        assert.equal(logins.length, round);
        await server.execute(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'reader'",
        );
      }
      source.close();
    });
  });
}

/** All that a catalog tells, in no order of its own. */
function contentOf(catalog: Catalog): unknown {
  const relations = [...catalog.listRelations()].toSorted((one, two) => one.oid - two.oid);
  const types = new Set<number>();
  for (const { attributes } of relations) for (const { typeOid } of attributes) types.add(typeOid);
  const names = namesOf(relations);
  return {
    serverVersion: catalog.serverVersion,
    relations,
    types: [...types].toSorted((one, two) => one - two).map((oid) => catalog.findType(oid)),
    typesByName: names.map((name) => catalog.findTypesByName(name)),
    functions: names.map((name) => catalog.userFunctionSchemas(name).toSorted()),
    builtIns: names.map((name) => catalog.isBuiltInFunction(name)),
    conversions: catalog.conversions,
  };
}

const NAMES = ['f', 'm', 'n.m', 'd', 'to_m', 'lower', 'pg_cursor', 'show_settings'];
const MORE = ['pg_lock_status', 'yes_or_no', 'no_or_yes', 'varchar', '_varchar', 'numeric'];

function namesOf(relations: readonly CatalogRelation[]): readonly string[] {
  return [...NAMES, ...MORE, ...relations.map(({ name }) => name)];
}
