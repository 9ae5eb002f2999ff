import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startPrivatePostgres } from '../e2e/private-postgres.ts';
import { WireClient } from './leak-client.ts';
import { startMaskingGateway } from './start-masking-gateway.ts';
import { LEAKS_DATABASE } from './start-worlds.ts';

/** `?&` is called like an operator of an extension, `====` made of one: both are somebody's own. */
const SCHEMA = `
CREATE SCHEMA ext;
CREATE EXTENSION citext;
CREATE EXTENSION hstore;
CREATE EXTENSION ltree SCHEMA ext;
CREATE EXTENSION pg_trgm SCHEMA ext;
CREATE EXTENSION intarray SCHEMA ext;
CREATE EXTENSION isn SCHEMA ext;
CREATE EXTENSION cube SCHEMA ext;
CREATE EXTENSION seg SCHEMA ext;
CREATE EXTENSION earthdistance CASCADE;
CREATE EXTENSION btree_gist SCHEMA ext;
CREATE TABLE patients (id int PRIMARY KEY, name citext, tags hstore, ward citext);
INSERT INTO patients VALUES (1, 'Zwickelbert', 'k=>Zwickelbert', 'East');
CREATE FUNCTION tell(citext, citext) RETURNS boolean LANGUAGE sql AS 'SELECT max(name) = $1 FROM patients';
CREATE OPERATOR === (LEFTARG = citext, RIGHTARG = citext, FUNCTION = tell);
CREATE OPERATOR ?& (LEFTARG = citext, RIGHTARG = citext, FUNCTION = tell);
CREATE OPERATOR ==== (LEFTARG = citext, RIGHTARG = citext, FUNCTION = citext_eq);
`;

const DATA_MAP = {
  columns: {
    'public.patients.id': 'none',
    'public.patients.ward': 'none',
    'public.patients.name': 'name',
  },
};

describe('operators of extensions', () => {
  let client: WireClient;
  const started = new AsyncDisposableStack();
  before(async () => {
    const server = started.use(await startPrivatePostgres({ version: 'debian' }));
    await server.execute(`CREATE DATABASE ${LEAKS_DATABASE}`);
    await server.execute(SCHEMA, LEAKS_DATABASE);
    const servers = { a: server, b: server };
    const gateway = started.use(
      await startMaskingGateway({ servers }, { dataMap: DATA_MAP, reveals: false }),
    );
    client = await WireClient.connect(gateway.sides.a);
    started.defer(() => client.close());
  });
  after(() => started.disposeAsync());

  async function say(text: string): Promise<string> {
    const answers = await client.exchange(text, 'simple');
    return answers.map(({ body }) => body.toString('latin1')).join('\n');
  }

  it('run where they come with PostgreSQL', async () => {
    for (const text of [
      `SELECT name FROM patients WHERE id = 1 AND ward = 'east'`,
      `SELECT tags -> 'k' FROM patients WHERE id BETWEEN 1 AND 2 AND id <> 7`,
      `SELECT id + 1 FROM patients WHERE ward LIKE 'e%' AND tags ? 'k' IS NULL`,
      `UPDATE patients SET ward = 'west' WHERE ward >= 'a' RETURNING *`,
    ]) {
      const said = await say(text);
      assert.doesNotMatch(said, /42501|Zwickelbert/u, text);
      assert.match(said, /(?:SELECT|UPDATE) 1\0/u, text);
    }
  });

  it('find values that are text, if hidden', async () => {
    const text = `SELECT name, count(*) FROM patients WHERE name IN ('[REDACTED]', 'zwickelbert') GROUP BY name`;
    assert.match(await say(text), /\[redacted\][^]*SELECT 1\0/u);
  });

  it('are refused where they are somebody’s own, or written with a schema', async () => {
    for (const text of [
      `SELECT id FROM patients WHERE ward === 'east'`,
      `SELECT id FROM patients WHERE ward ?& 'east'`,
      `SELECT id FROM patients WHERE ward ==== 'east'`,
      `SELECT id FROM patients WHERE tags OPERATOR(public.->) 'k' IS NULL`,
    ])
      assert.match(await say(text), /42501[^]*may be one that is not PostgreSQL's own/u, text);
  });
});
