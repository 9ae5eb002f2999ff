import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { type PrivatePostgres, startPrivatePostgres } from '../e2e/private-postgres.ts';
import { WireClient } from './leak-client.ts';
import { type MaskingGateway, startMaskingGateway } from './start-masking-gateway.ts';
import { LEAKS_DATABASE } from './start-worlds.ts';

/** Tables whose rows refer to others, or lie in partitions, by hidden values. */
const SCHEMA = `
CREATE TABLE holders (id int PRIMARY KEY, ssn text UNIQUE, name text);
INSERT INTO holders SELECT n, 's' || n FROM generate_series(1, 5) n;
CREATE TABLE insurance (id int PRIMARY KEY, ssn text REFERENCES holders (ssn), ward text);
INSERT INTO insurance VALUES (1, 's3', 'east');
INSERT INTO insurance VALUES (2, 's5', 'east');
INSERT INTO insurance VALUES (3, 's3', 'east');
CREATE VIEW insured AS SELECT i.id, i.ward FROM insurance i JOIN holders h USING (ssn);
CREATE TABLE mrns (mrn text PRIMARY KEY, ward text);
INSERT INTO mrns VALUES ('m1', 'east'), ('m2', 'west');
CREATE TABLE visits (id int, mrn text REFERENCES mrns);
CREATE TABLE codes (ward text, code text, label text, PRIMARY KEY (ward, code));
INSERT INTO codes VALUES ('east', 'c1'), ('east', 'c2'), ('west', 'c1');
CREATE TABLE coded (id int, ward text, key text, FOREIGN KEY (ward, key) REFERENCES codes);
INSERT INTO coded VALUES (1, 'east', 'c1'), (2, 'east', 'c2');
CREATE TABLE stays (id int, ward text, note text, ssn text REFERENCES holders (ssn)) PARTITION BY LIST (ward);
CREATE TABLE stays_east PARTITION OF stays FOR VALUES IN ('east', 'north');
CREATE TABLE stays_west PARTITION OF stays FOR VALUES IN ('west');
CREATE VIEW same_ward AS SELECT i.id, s.note FROM insurance i JOIN stays s ON i.ward = s.ward;
CREATE VIEW beds AS SELECT id, ward AS place FROM stays;
INSERT INTO stays (id, ward, ssn) VALUES (1, 'east', 's2');
CREATE TABLE parts (id int, ward text, note text, name text) PARTITION BY RANGE (ward, (lower(name)));
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (MINVALUE, MINVALUE) TO ('m', 'm');
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM ('m', 'm') TO (MAXVALUE, MAXVALUE);
INSERT INTO parts (id, ward, name) VALUES (1, 'east', 'Ambert'), (2, 'east', 'Zwickelbert');
CREATE TABLE days (id int, ward text, day date) PARTITION BY RANGE (day);
CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM ('2020-01-01') TO ('2030-01-01');
INSERT INTO days VALUES (1, 'east', '2021-02-03');
CREATE TABLE floors (id int, ward text, name text) PARTITION BY LIST (ward);
CREATE TABLE floors_east PARTITION OF floors FOR VALUES IN ('east');
CREATE TABLE floors_west PARTITION OF floors FOR VALUES IN ('west') PARTITION BY RANGE (name);
CREATE TABLE floors_west_1 PARTITION OF floors_west FOR VALUES FROM (MINVALUE) TO ('m');
INSERT INTO floors VALUES (1, 'east', 'Zwickelbert');
CREATE TABLE checked (id int, ward text, note text, name text, CHECK (length(name) > 3)) PARTITION BY LIST (ward);
CREATE TABLE checked_east PARTITION OF checked FOR VALUES IN ('east');
CREATE TABLE checked_west PARTITION OF checked (CHECK (name < 'M')) FOR VALUES IN ('west');
INSERT INTO checked VALUES (1, 'east', 'x', 'Zwickelbert');
CREATE TABLE uniques (id int, ward text, name text) PARTITION BY LIST (ward);
CREATE TABLE uniques_east PARTITION OF uniques FOR VALUES IN ('east');
CREATE TABLE uniques_west PARTITION OF uniques FOR VALUES IN ('west');
CREATE UNIQUE INDEX ON uniques_west (name);
INSERT INTO uniques VALUES (1, 'east', 'Zwickelbert'), (2, 'west', 'Zwickelbert');
CREATE TABLE alike (id int, ward text, name text, CHECK (length(name) > 3), UNIQUE (id, ward)) PARTITION BY LIST (ward);
CREATE INDEX ON alike ((name || 'x')) WHERE length(name) > 5;
CREATE TABLE alike_east PARTITION OF alike FOR VALUES IN ('east');
CREATE TABLE alike_west PARTITION OF alike FOR VALUES IN ('west');
INSERT INTO alike VALUES (1, 'east', 'Zwickelbert');
`;

const REDACTED_SSN = { class: 'ssn', mask: 'redact' };
const PSEUDONYM = { class: 'mrn', mask: 'pseudonym' };
const DATA_MAP = {
  columns: {
    'public.*.id': 'none',
    'public.*.ward': 'none',
    'public.*.note': 'none',
    'public.*.name': 'name',
    'public.*.ssn': REDACTED_SSN,
    'public.*.mrn': PSEUDONYM,
    'public.codes.*': 'none',
    'public.coded.key': PSEUDONYM,
    'public.days*.day': 'date',
  },
};

describe('what locks, row versions, partitions and counts tell of hidden values', () => {
  let gateway: MaskingGateway;
  let client: WireClient;
  let server: PrivatePostgres;
  const started = new AsyncDisposableStack();
  before(async () => {
    server = started.use(await startPrivatePostgres({ version: 'debian' }));
    await server.execute(`CREATE DATABASE ${LEAKS_DATABASE}`);
    await server.execute(SCHEMA, LEAKS_DATABASE);
    const servers = { a: server, b: server };
    gateway = await startMaskingGateway({ servers }, { dataMap: DATA_MAP, reveals: false });
    started.use(gateway);
    client = await WireClient.connect(gateway.sides.a);
    started.defer(() => client.close());
  });
  after(() => started.disposeAsync());

  async function say(text: string): Promise<string> {
    const answers = await client.exchange(text, 'simple');
    return answers.map(({ body }) => body.toString('latin1')).join('\n');
  }

  async function refuses(reason: RegExp, ...texts: readonly string[]): Promise<void> {
    for (const text of texts) assert.match(await say(text), reason, text);
  }

  async function runs(...texts: readonly string[]): Promise<void> {
    for (const text of texts) assert.doesNotMatch(await say(text), /\0C[0-9A-Z]{5}\0/u, text);
  }

  it('does not show which row a new one locked that refers to it unseen', async () => {
    await refuses(
      /42501[^]*xmax of public\.holders may tell which of its rows public\.\w+\.ssn refers to/u,
      'SELECT i.id, h.id FROM insurance i JOIN holders h ON h.xmax::text = i.xmin::text',
      'SELECT id FROM holders WHERE xmax <> 0',
      'SELECT (h).xmax FROM holders h',
      'SELECT (h.*).xmax FROM public.holders h',
      'SELECT id FROM holders h ORDER BY (SELECT h.xmax::text)',
      'UPDATE holders SET id = id RETURNING xmax',
      'CREATE VIEW lockers AS SELECT id, xmax AS x FROM holders',
    );
    await refuses(
      /42501[^]*xmax of public\.codes may tell which of its rows public\.coded\.key refers to/u,
      'SELECT label, xmax FROM codes',
    );
    await refuses(/\0C42/u, 'SELECT xmax(holders) FROM holders', 'SELECT xmax(c) FROM codes c');
    await runs(
      'SELECT xmin, ctid FROM holders',
      'SELECT xmax FROM insurance',
      'SELECT xmax FROM mrns',
      'SELECT x.xmax FROM (SELECT id AS xmax FROM holders) x',
    );
  });

  it('locks no rows of tables that a view joins unseen', async () => {
    await refuses(
      /42501[^]*locks rows of the view public\.insured, which joins tables by a masked column/u,
      'SELECT id FROM insured WHERE id = 1 FOR UPDATE',
      'SELECT x.id FROM (SELECT i.id FROM insured i) x FOR SHARE',
      'SELECT h.id FROM holders h JOIN insured i ON i.id = h.id FOR NO KEY UPDATE OF h FOR KEY SHARE OF i',
      'SELECT (SELECT i.id FROM insured i LIMIT 1 FOR UPDATE)',
      'BEGIN; DECLARE c CURSOR FOR SELECT id FROM public.insured FOR UPDATE; ROLLBACK',
    );
    await runs(
      'SELECT id FROM insured',
      'SELECT h.id FROM holders h JOIN insured i ON i.id = h.id FOR UPDATE OF h',
      'SELECT id FROM same_ward FOR UPDATE',
      'SELECT ssn FROM insurance FOR UPDATE SKIP LOCKED',
    );
  });

  it('does not show which rows a serializable transaction read', async () => {
    const { host, port, superuser: user } = server;
    const owner = new pg.Client({ host, port, user, database: LEAKS_DATABASE });
    await owner.connect();
    await owner.query('BEGIN ISOLATION LEVEL SERIALIZABLE');
    await owner.query('SELECT id FROM insured WHERE id = 1');
    const found = `SELECT 'found' FROM pg_locks WHERE mode = 'SIReadLock'`;
    assert.match(await say(`${found} AND relation = 'holders'::regclass`), /found/u);
    assert.doesNotMatch(await say(`${found} AND (page <> -1 OR tuple <> -1)`), /found/u);
    await owner.end();
  });

  it('tells by no conflict which rows a view read that joins tables unseen', async () => {
    const isolation = 'default_transaction_isolation';
    await refuses(
      /42501[^]*conflicts would tell which rows the view public\.insured reads/u,
      'BEGIN ISOLATION LEVEL SERIALIZABLE',
      'START TRANSACTION READ ONLY, ISOLATION LEVEL SERIALIZABLE',
      'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE',
      'SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE',
      `SET ${isolation} = serializable`,
      `SET LOCAL Transaction_Isolation TO 'Serializable'`,
      `SELECT set_config('${isolation}', 'serializable', false)`,
      `SELECT set_config('transaction_isolation', lower('SERIALIZABLE'), true)`,
    );
    await runs(
      'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT id FROM insured; COMMIT',
      `SET ${isolation} = 'read committed'; RESET ${isolation}`,
    );
    const serializable = await WireClient.connect(gateway.sides.a, { [isolation]: 'serializable' });
    const ask = async (text: string): Promise<string> => {
      const answers = await serializable.exchange(text, 'simple');
      return answers.map(({ body }) => body.toString('latin1')).join('\n');
    };
    assert.match(await ask('SELECT id FROM insured'), /42501[^]*the view public\.insured reads/u);
    assert.doesNotMatch(await ask('SELECT id FROM holders'), /42501/u);
    serializable.close();
  });

  it('does not count what a view looks up that joins tables unseen', async () => {
    const select = 'SELECT id FROM insured WHERE id IN (1, 3)';
    await refuses(
      /42501[^]*would count what the view public\.insured looks up/u,
      `EXPLAIN ANALYZE ${select}`,
      `EXPLAIN (ANALYZE true, TIMING off) SELECT EXISTS (${select})`,
      `EXPLAIN ANALYZE CREATE TABLE copied AS ${select}`,
    );
    await runs(
      `EXPLAIN ${select}`,
      'EXPLAIN ANALYZE SELECT id FROM same_ward',
      'EXPLAIN ANALYZE SELECT id FROM insurance WHERE id IN (1, 3)',
    );
    await say(`BEGIN; ${select}`);
    const found = `SELECT 'found' FROM pg_stat_xact_user_tables WHERE relname = 'holders'`;
    assert.match(await say(found), /found/u);
    assert.doesNotMatch(await say(`${found} AND (idx_scan >= 0 OR seq_scan >= 0)`), /found/u);
    await runs('COMMIT');
  });

  it('moves no row to a partition where it would lock what it refers to unseen', async () => {
    await refuses(
      /42501[^]*may move rows of public\.stays to other partitions/u,
      `UPDATE stays SET ward = 'west' WHERE id = 1`,
      `UPDATE beds SET place = 'west' WHERE id = 1`,
      `MERGE INTO stays s USING (VALUES (1)) v (id) ON s.id = v.id WHEN MATCHED THEN UPDATE SET ward = 'west'`,
    );
    await runs(`UPDATE stays SET note = 'x'`, `UPDATE stays_east SET ward = 'north' WHERE id = 1`);
  });

  it('moves no row to a partition where its hidden values are put to a test', async () => {
    const move = (table: string): string => `UPDATE ${table} SET ward = 'west' WHERE id = 1`;
    await refuses(
      /42501[^]*may move rows of public\.floors to other partitions, where the server puts them where their masked name says/u,
      move('floors'),
    );
    await refuses(
      /42501[^]*may move rows of public\.\w+ to other partitions, where the server tests their masked name/u,
      move('checked'),
      move('uniques'),
    );
    await runs(
      move('alike'),
      `UPDATE checked SET note = 'y'`,
      `UPDATE checked SET ward = 'west', name = 'Ambert' WHERE id = 1`,
    );
  });

  it('tells by no partition how a hidden value compares with one that somebody chose', async () => {
    await refuses(
      /42501[^]*the key of the partitions of public\.parts puts what it writes beside a masked column/u,
      `UPDATE parts SET ward = 'm' WHERE id = 1`,
      `UPDATE parts_1 SET ward = 'm' WHERE id = 2`,
    );
    await runs(
      `UPDATE parts SET note = 'x'`,
      `UPDATE parts SET ward = 'm', name = 'Other' WHERE id = 1`,
      `UPDATE days SET ward = 'west'`,
    );
  });

  it('tells by no key of several columns what a stand-in stands for', async () => {
    await refuses(
      /42501[^]*puts what it writes beside a masked column/u,
      `UPDATE coded SET ward = 'west' WHERE id = 1`,
    );
    await refuses(/42501[^]*what public\.coded\.key refers to/u, `DELETE FROM codes`);
    await runs(`DELETE FROM mrns WHERE ward = 'west'`);
  });
});
