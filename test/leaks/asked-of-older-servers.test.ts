import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { majorOf, startPrivatePostgres } from '../e2e/private-postgres.ts';
import { WireClient } from './leak-client.ts';
import { type MaskingGateway, startMaskingGateway } from './start-masking-gateway.ts';
import { LEAKS_DATABASE } from './start-worlds.ts';

/** Functions that somebody named as SQL/JSON does, before the server had it, and a column named like a later word. */
const SCHEMA = `
CREATE TABLE patients (id int PRIMARY KEY, name text, system_user text);
INSERT INTO patients VALUES (1, 'Zwickelbert', 'Zwickelbert');
CREATE FUNCTION json_value(text, text) RETURNS text LANGUAGE sql AS 'SELECT max(name) FROM public.patients';
CREATE FUNCTION json_query(text, text) RETURNS text LANGUAGE sql AS 'SELECT max(name) FROM public.patients';
CREATE FUNCTION json_exists(text, text) RETURNS boolean LANGUAGE sql AS $$SELECT max(name) > 'M' FROM public.patients$$;
CREATE FUNCTION json_scalar(int) RETURNS text LANGUAGE sql AS 'SELECT max(name) FROM public.patients';
CREATE FUNCTION json_serialize(text) RETURNS text LANGUAGE sql AS 'SELECT max(name) FROM public.patients';
CREATE FUNCTION json_object(text, int) RETURNS text LANGUAGE sql AS 'SELECT max(name) FROM public.patients';
CREATE FUNCTION json_array(int, int) RETURNS text LANGUAGE sql AS 'SELECT max(name) FROM public.patients';
CREATE FUNCTION merge_action() RETURNS text LANGUAGE sql AS 'SELECT max(name) FROM public.patients';
`;

const DATA_MAP = {
  columns: {
    'public.*.id': 'none',
    'public.*.name': { class: 'name', mask: 'redact' },
    'public.*.system_user': { class: 'name', mask: 'redact' },
  },
};

describe('what older servers read where the grammar has newer words', {
  skip: majorOf('debian') >= 16 && 'this server has the words itself',
}, () => {
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

  for (const call of [
    `json_value('a', 'b')`,
    `json_query('a', 'b')`,
    `json_exists('a', 'b')`,
    `json_scalar(1)`,
    `json_serialize('a')`,
    `json_object('a', 1)`,
    `json_array(1, 2)`,
    `merge_action()`,
  ]) {
    it(`calls no function that is not vouched for: ${call}`, async () => {
      const name = call.slice(0, call.indexOf('('));
      const refused = new RegExp(`42501[^]*the function public\\.${name} may read data`, 'u');
      assert.match(await say(`SELECT ${call}`), refused);
      assert.match(await say(`SELECT id FROM patients WHERE ${call} IS NOT NULL`), refused);
      assert.match(await say(`CREATE TABLE made (x text DEFAULT ${call})`), refused);
    });
  }

  it('shows no column that has the name of a word', async () => {
    const refused = /42501[^]*system_user is the name of a column to this server/u;
    assert.match(await say(`UPDATE patients SET id = id RETURNING system_user || ''`), refused);
    assert.match(await say(`UPDATE patients SET id = id WHERE system_user > 'M'`), refused);
    const shown = await say(`UPDATE patients SET id = id RETURNING "system_user" || ''`);
    assert.match(shown, /redacted/u);
    assert.doesNotMatch(shown, /Zwickelbert/u);
  });
});
