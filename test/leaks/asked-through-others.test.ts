import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startPrivatePostgres } from '../e2e/private-postgres.ts';
import { WireClient } from './leak-client.ts';
import { type MaskingGateway, startMaskingGateway } from './start-masking-gateway.ts';
import { LEAKS_DATABASE } from './start-worlds.ts';

/** Tables whose hidden values could be asked for by way of views, parents and indexes. */
const SCHEMA = `
CREATE TABLE tags (
  id int,
  ward text,
  raw text,
  tag text GENERATED ALWAYS AS (coalesce(ward, '') || coalesce(raw, '')) STORED
);
CREATE VIEW wards AS SELECT id, ward AS place FROM tags;
INSERT INTO tags (id, ward, raw) VALUES (1, 'east', 'Ambert'), (2, 'west', 'bert');
CREATE TABLE keys (id int, note text, raw text, key text GENERATED ALWAYS AS (note || raw) STORED UNIQUE);
CREATE VIEW notes AS SELECT id, note FROM keys;
INSERT INTO keys (id, note, raw) VALUES (1, 'x', 'Ambert'), (2, 'y', 'bert');
CREATE TABLE places (id int, ward text);
CREATE TABLE rooms (raw text, tag text GENERATED ALWAYS AS (ward || raw) STORED) INHERITS (places);
INSERT INTO rooms (id, ward, raw) VALUES (1, 'east', 'Ambert'), (2, 'west', 'bert');
CREATE TABLE lists (id int, ward text, raw text, key text GENERATED ALWAYS AS (lower(raw)) STORED UNIQUE);
CREATE VIEW plain AS SELECT id, ward AS place FROM lists;
CREATE TABLE codes (code text PRIMARY KEY);
INSERT INTO codes VALUES ('Ambert');
CREATE TABLE coded (id int, code text REFERENCES codes);
CREATE VIEW signs AS SELECT id, code AS sign FROM coded;
CREATE TABLE stays (id int, room int, since int, until int,
  EXCLUDE USING gist (int4range(room, room, '[]') WITH &&, int4range(since, until) WITH &&));
INSERT INTO stays VALUES (1, 5, 10, 4711);
CREATE TABLE names (id int, ward text, raw text);
CREATE UNIQUE INDEX ON names ((coalesce(ward, raw)));
INSERT INTO names VALUES (1, NULL, 'Ambert');
CREATE TABLE charts (id int PRIMARY KEY, ward text, raw text);
INSERT INTO charts VALUES (1, 'east', 'Zwickelbert');
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  SELECT raw INTO NEW.raw FROM charts WHERE id = NEW.id;
  RETURN NEW;
END $$;
CREATE TRIGGER keep BEFORE INSERT ON charts FOR EACH ROW EXECUTE FUNCTION keep();
CREATE TABLE gone (id int, ward text, note text, raw text, UNIQUE (ward, raw));
CREATE UNIQUE INDEX ON gone (lower(ward), coalesce(raw, ''));
CREATE UNIQUE INDEX ON gone ((note || raw));
CREATE TABLE ended (id int, ward text, raw text);
INSERT INTO ended VALUES (1, 'east', 'Zwickelbert');
CREATE VIEW current AS SELECT id, ward FROM ended;
CREATE RULE ends AS ON DELETE TO current DO INSTEAD
  UPDATE ended SET ward = 'none' WHERE id = OLD.id RETURNING ended.id, ended.raw;
CREATE VIEW above AS SELECT ward AS place, id FROM current;
CREATE TABLE offers (id int, ward text);
CREATE VIEW beside AS SELECT o.id, o.ward, c.raw FROM offers o JOIN charts c ON c.id = o.id;
CREATE VIEW below AS SELECT id FROM beside WHERE ward < raw;
CREATE TABLE chosen (id int, ward text, raw text);
INSERT INTO chosen VALUES (1, 'east', 'Zwickelbert');
CREATE VIEW told AS SELECT id, CASE WHEN ward < raw THEN 'x' END AS raw FROM chosen;
CREATE TABLE kept (id int, ward text, raw text);
CREATE VIEW shown AS SELECT id, CASE WHEN ward = 'east' THEN raw END AS raw FROM kept;
CREATE TABLE bids (id int, ward text);
CREATE VIEW counted AS SELECT count(b.ward = k.raw OR NULL) AS id FROM bids b, kept k;
CREATE TABLE asks (id int, ward text);
CREATE VIEW filtered AS SELECT max(a.id) FILTER (WHERE a.ward < k.raw) AS id FROM asks a, kept k;
CREATE TABLE lots (id int, ward text, raw text);
CREATE TABLE lots_new () INHERITS (lots);
ALTER TABLE lots_new ALTER raw SET DEFAULT 'Zwickelbert';
CREATE VIEW lots_below AS SELECT id FROM lots WHERE ward < raw;
CREATE RULE starts AS ON INSERT TO above DO INSTEAD INSERT INTO ended (id, ward) VALUES (NEW.id, NEW.place);
`;

const DATA_MAP = {
  columns: {
    'public.*.id': 'none',
    'public.*.ward': 'none',
    'public.*.note': 'none',
    'public.*.raw': 'name',
    'public.*.tag': { class: 'mrn', mask: 'pseudonym' },
    'public.*.key': 'name',
    'public.codes.code': 'name',
    'public.coded.code': 'none',
    'public.stays.room': 'none',
    'public.stays.since': 'none',
    'public.stays.until': { class: 'mrn', mask: 'redact' },
  },
};

describe('what is asked of hidden values through views, parents and indexes', () => {
  let gateway: MaskingGateway;
  let client: WireClient;
  const started = new AsyncDisposableStack();
  before(async () => {
    const server = started.use(await startPrivatePostgres({ version: 'debian' }));
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

  it('tells by no view over another how what somebody chose stands to a value of another row', async () => {
    await refuses(
      /42501[^]*the view public\.below compares what it writes with a masked column/u,
      `INSERT INTO offers VALUES (1, 'M')`,
      'COPY offers FROM STDIN',
    );
    await runs('INSERT INTO offers (id) VALUES (1)', 'SELECT * FROM below');
  });

  it('tells by no CASE of a view, as the server writes it, how what is written compares', async () => {
    await refuses(
      /42501[^]*the view public\.told compares what it writes with a masked column/u,
      `UPDATE chosen SET ward = 'M'`,
    );
    await runs(`INSERT INTO chosen VALUES (2, 'M', 'N')`, `UPDATE kept SET ward = 'M'`);
  });

  it('tells by no NULL that OR or FILTER leaves how what is written compares', async () => {
    await refuses(
      /42501[^]*the view public\.counted compares what it writes with a masked column/u,
      `INSERT INTO bids VALUES (1, 'Zwickelbert')`,
    );
    await refuses(
      /42501[^]*the view public\.filtered compares what it writes with a masked column/u,
      `INSERT INTO asks VALUES (1, 'M')`,
    );
    await runs('INSERT INTO asks (id) VALUES (1)', 'SELECT * FROM counted, filtered');
  });

  it('tells by no view over a parent how the hidden default of a child compares', async () => {
    await refuses(
      /42501[^]*the view public\.lots_below compares what it writes with a masked column/u,
      `INSERT INTO lots_new (id, ward) VALUES (1, 'M')`,
    );
    await runs(
      `INSERT INTO lots_new VALUES (1, 'M', 'N')`,
      `INSERT INTO lots (id, ward) VALUES (1, 'M')`,
    );
  });

  it('tells nothing by what is generated from what is written through a view', async () => {
    await refuses(
      /42501[^]*writes public\.tags\.tag, which is shown by a stand-in[^]*HWrite to public\.tags itself/u,
      `UPDATE wards SET place = '' WHERE id = 1`,
      `INSERT INTO wards (id, place) VALUES (3, 'Ambert')`,
    );
    await refuses(
      /42501[^]*writes public\.keys\.key, which is masked and may have to be unique/u,
      `UPDATE notes SET note = 'xAm' WHERE id = 2`,
    );
    await refuses(
      /42501[^]*writes public\.rooms\.tag, which is shown by a stand-in/u,
      `UPDATE places SET ward = 'eastAm' WHERE id = 2`,
    );
    await runs(
      `DELETE FROM wards WHERE id = 9`,
      `INSERT INTO places (id, ward) VALUES (3, 'east')`,
      `UPDATE plain SET place = 'west'`,
    );
  });

  it('tells through no view to what hidden values a column may refer', async () => {
    await refuses(
      /42501[^]*writes public\.coded\.code, which refers to a masked column/u,
      `INSERT INTO signs (id, sign) VALUES (5, 'Other')`,
      `UPDATE signs SET sign = 'Other'`,
    );
  });

  it('shows nothing that a trigger gives a new row', async () => {
    const insert = `INSERT INTO charts VALUES (1, 'x', 'y') ON CONFLICT (id) DO UPDATE SET`;
    await refuses(
      /42501[^]*gives a masked column of public\.charts in a new row/u,
      `${insert} ward = excluded.raw RETURNING ward`,
      `${insert} ward = 'z' WHERE excluded.raw < 'M'`,
    );
    await runs(`${insert} ward = excluded.ward, raw = excluded.raw`);
  });

  it('shows nothing that a rule puts in the place of what RETURNING names', async () => {
    const rule = /42501[^]*a rule of public\.current says what RETURNING shows/u;
    await refuses(
      rule,
      'DELETE FROM current WHERE id = 1 RETURNING *',
      'DELETE FROM current c RETURNING c.ward',
      'DELETE FROM above RETURNING place',
      'WITH gone AS (DELETE FROM current RETURNING ward) SELECT length(ward) FROM gone',
    );
    await runs(`INSERT INTO above VALUES ('west', 2)`, 'DELETE FROM current WHERE id = 1');
  });

  it('tells nothing by what an index computes from a value and from none', async () => {
    await refuses(
      /42501[^]*would compare the new row with others of public\.(?:stays by until|names by raw)/u,
      'INSERT INTO stays (id, room, since) VALUES (2, 5, 4711)',
      `INSERT INTO names (id, ward) VALUES (2, 'Ambert')`,
    );
    await runs(`INSERT INTO gone (id, ward, note) VALUES (1, 'east', 'x')`);
  });
});
