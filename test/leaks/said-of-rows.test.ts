import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startPrivatePostgres } from '../e2e/private-postgres.ts';
import { errorFields } from '../e2e/raw-connection.ts';
import { WireClient } from './leak-client.ts';
import { type MaskingGateway, startMaskingGateway } from './start-masking-gateway.ts';
import { LEAKS_DATABASE } from './start-worlds.ts';

const NAME = 'Zwickelbert';
const MRN = 'Qx-Alpha';

/** Hidden values sit where the server speaks of them by itself, beside and beneath relations that hide nothing. */
const SCHEMA = `
CREATE TABLE wards (id int PRIMARY KEY, label text);
INSERT INTO wards VALUES (1, 'east'), (2, 'west');
CREATE DOMAIN family_name AS text;
CREATE TYPE person AS (nick varchar(20));
CREATE TABLE patients (
  id int PRIMARY KEY,
  mrn text,
  last_name family_name,
  ward_id int NOT NULL REFERENCES wards ON DELETE SET NULL,
  seq int UNIQUE DEFERRABLE INITIALLY DEFERRED
);
INSERT INTO patients VALUES (1, '${MRN}', '${NAME}', 1, 1), (2, 'Qx-Beta', '${NAME}', 2, 2);
CREATE VIEW patient_wards AS SELECT id, ward_id FROM patients;
CREATE TABLE members OF person;
INSERT INTO members VALUES ('${NAME}');
CREATE TABLE persons (id int, ward text NOT NULL);
CREATE TABLE celebrities (real_name text) INHERITS (persons);
INSERT INTO celebrities VALUES (1, 'east', '${NAME}');

CREATE FUNCTION tell_of_patient() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE NOTICE 'changed %', NEW.last_name;
  IF NEW.seq = 77 THEN RAISE EXCEPTION 'not 77 for %', NEW.last_name USING DETAIL = NEW.mrn, HINT = NEW.mrn; END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER tell_of_patient AFTER UPDATE ON patients DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION tell_of_patient();

CREATE TABLE orders (id int PRIMARY KEY, patient_id int, amount int);
CREATE FUNCTION check_order() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE who text := (SELECT last_name FROM patients WHERE id = NEW.patient_id);
BEGIN
  RAISE NOTICE 'ordered for %', who;
  IF NEW.amount > 100 THEN RAISE EXCEPTION 'too much for %', who USING DETAIL = who; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER check_order BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION check_order();
`;

const DATA_MAP = {
  columns: {
    'public.patients.*': 'none',
    'public.patients.mrn': 'mrn',
    'public.patients.last_name': 'name',
    'public.celebrities.*': 'none',
    'public.celebrities.real_name': 'name',
    'public.members.nick': 'name',
  },
};

describe('what a server says of rows by itself', () => {
  let gateway: MaskingGateway;
  let client: WireClient;
  const started = new AsyncDisposableStack();
  before(async () => {
    const server = await startPrivatePostgres({ version: 'debian' });
    started.use(server);
    await server.execute(`CREATE DATABASE ${LEAKS_DATABASE}`);
    await server.execute(SCHEMA, LEAKS_DATABASE);
    const servers = { a: server, b: server };
    gateway = await startMaskingGateway({ servers }, { dataMap: DATA_MAP, reveals: false });
    started.use(gateway);
    client = await WireClient.connect(gateway.sides.a);
    started.defer(() => client.close());
  });
  after(() => started.disposeAsync());

  /** All that comes back, as text; the server must have raised an error with the code. */
  async function say(sqlState: string, ...texts: readonly string[]): Promise<string> {
    let said = '';
    let codes: readonly (string | undefined)[] = [];
    for (const text of texts) {
      const answers = await client.exchange(text, 'simple');
      said += answers.map(({ body }) => body.toString('latin1')).join('\n');
      codes = answers.filter(({ type }) => type === 'E').map(({ body }) => errorFields(body)['C']);
    }
    await client.exchange('ROLLBACK', 'simple');
    assert.deepEqual(codes, sqlState === '' ? [] : [sqlState], said);
    for (const secret of [NAME, MRN]) assert(!said.includes(secret), said);
    return said;
  }

  it('shows no row where a foreign key changes it', async () => {
    await say('23502', 'DELETE FROM wards WHERE id = 1');
  });

  it('shows no row where a view that hides nothing changes it, or a parent does', async () => {
    await say('23502', 'UPDATE patient_wards SET ward_id = NULL WHERE id = 1');
    await say('23502', 'UPDATE persons SET ward = NULL');
  });

  it('shows no row where it is checked only when the transaction ends', async () => {
    const broken = 'UPDATE patients SET seq = 2 WHERE id = 1';
    assert.doesNotMatch(await say('23505', 'BEGIN', broken, 'COMMIT'), /\(seq\)=/u);
    assert.doesNotMatch(await say('23505', `${broken}; SELECT 1`), /\(seq\)=/u);
  });

  it('shows nothing of what triggers say when the transaction ends', async () => {
    for (const [seq, sqlState] of [
      ['77', 'P0001'],
      ['78', ''],
    ] as const) {
      const update = `UPDATE patients SET seq = ${seq} WHERE id = 1`;
      await say(sqlState, update);
      await say(sqlState, `${update}; SELECT 1`);
      await say(sqlState, 'BEGIN', update, 'COMMIT');
      await say(sqlState, 'BEGIN', update, 'SET CONSTRAINTS ALL IMMEDIATE');
    }
  });

  it('shows nothing of what triggers of a table that hides nothing say', async () => {
    await say('P0001', 'INSERT INTO orders VALUES (1, 1, 101)');
    await say('', 'INSERT INTO orders VALUES (1, 1, 50)');
    await say('', 'WITH o AS (INSERT INTO orders VALUES (2, 1, 50) RETURNING id) SELECT * FROM o');
  });

  it('says what it always said of tables that hide nothing', async () => {
    const said = await say('23505', `INSERT INTO wards VALUES (1, 'north')`);
    assert.match(said, /Key \(id\)=\(1\) already exists\./u);
    const cast = await say('22P02', `INSERT INTO wards VALUES ('one', 'north')`);
    assert.match(cast, /invalid input syntax for type integer: "one"/u);
  });

  it('tests no values by what a type shall hold from now on', async () => {
    for (const definition of [
      `ALTER DOMAIN family_name ADD CHECK (VALUE::int > 0)`,
      `ALTER DOMAIN family_name ADD CONSTRAINT c CHECK (VALUE LIKE 'Z%') NOT VALID`,
      `ALTER DOMAIN family_name VALIDATE CONSTRAINT c`,
      `ALTER TYPE person ALTER ATTRIBUTE nick TYPE varchar(3) CASCADE`,
    ]) {
      await say('42501', definition);
    }
    await say('', `ALTER DOMAIN family_name SET DEFAULT 'x'`);
  });

  it('gives nobody the stand-ins of values that they choose', async () => {
    for (const text of [
      `INSERT INTO patients (id, ward_id, mrn) VALUES (9, 1, '${MRN}') RETURNING mrn`,
      `UPDATE patients SET mrn = 'x' WHERE id = 1 RETURNING mrn`,
      'COPY patients FROM STDIN',
    ]) {
      assert.match(await say('42501', text), /stand-in/u);
    }
    await say('', `INSERT INTO patients (id, ward_id, last_name) VALUES (9, 1, 'Doe')`);
  });

  it('shows no keys of masks in what memory is used for', async () => {
    await client.exchange('PREPARE kept AS SELECT mrn FROM patients', 'simple');
    const said = await say('', 'SELECT * FROM pg_backend_memory_contexts');
    assert.match(said, /CachedPlanSource/u);
    assert.doesNotMatch(said, /sha256/u);
  });
});
