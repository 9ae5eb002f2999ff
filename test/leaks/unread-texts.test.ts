import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startPrivatePostgres } from '../e2e/private-postgres.ts';
import { query, signIn } from '../e2e/raw-connection.ts';
import { type Form, WireClient } from './leak-client.ts';
import { type MaskingGateway, startMaskingGateway } from './start-masking-gateway.ts';
import { LEAKS_DATABASE } from './start-worlds.ts';

const NAME = 'Zwickelbert';

const SCHEMA = `
CREATE TABLE patients (id int, name text);
INSERT INTO patients VALUES (1, '${NAME}');
CREATE TABLE "пациенты" (id int, name text);
INSERT INTO "пациенты" VALUES (1, '${NAME}');
CREATE TABLE notes (id int, name text);
CREATE SCHEMA "bücher";
CREATE TABLE "bücher".notes AS SELECT 1 AS id, '${NAME}'::text AS name;
`;

const DATA_MAP = {
  columns: {
    'public.patients.id': 'none',
    'public.patients.name': 'name',
    'public."пациенты".id': 'none',
    'public."пациенты".name': 'name',
    'public.notes.*': 'none',
    '"bücher".notes.id': 'none',
    '"bücher".notes.name': 'name',
  },
};

/** The policies permit `sql.set-lexing` and `sql.unknown`, as they permit everything. */
describe('texts that the server reads otherwise than the gateway', () => {
  const started = new AsyncDisposableStack();
  let sides: MaskingGateway['sides'];
  before(async () => {
    const server = started.use(await startPrivatePostgres({ version: 'debian' }));
    await server.execute(`CREATE DATABASE ${LEAKS_DATABASE}`);
    await server.execute(SCHEMA, LEAKS_DATABASE);
    const servers = { a: server, b: server };
    const gateway = await startMaskingGateway({ servers }, { dataMap: DATA_MAP, reveals: false });
    started.use(gateway);
    ({ sides } = gateway);
  });
  after(() => started.disposeAsync());

  async function connect(startup: Readonly<Record<string, string>>): Promise<WireClient> {
    const client = await WireClient.connect(sides.a, startup);
    started.defer(() => client.close());
    return client;
  }

  async function say(client: WireClient, text: string, form: Form = 'simple'): Promise<string> {
    const answers = await client.exchange(text, form);
    return answers.map(({ type, body }) => `${type}${body.toString('latin1')}`).join('\n');
  }

  const settings = [
    {
      what: 'standard_conforming_strings is off',
      startup: { options: '-c standard_conforming_strings=off' },
      text: `SELECT 'a\\'', upper(name) FROM patients --'`,
    },
    {
      what: 'a byte of a character of the client is a backslash',
      startup: { client_encoding: 'SJIS' },
      text: `SELECT E'\u0095\\', upper(name) FROM patients --'`,
    },
  ];
  for (const { what, startup, text } of settings) {
    it(`are refused to who does not see everything, where ${what}`, async () => {
      const client = await connect(startup);
      for (const form of ['simple', 'extended-text', 'extended-binary'] as const) {
        const answer = await say(client, text, form);
        assert.doesNotMatch(answer, /ZWICKELBERT/u, form);
        assert.match(answer, /\0C42501\0MRefused: Cannot mask the statement/iu, form);
      }
      assert.match(await say(client, 'SELECT upper(name) FROM patients'), /\[REDACTED\]/u);
    });
  }

  it('are refused where names in them are others in the encoding of the client', async () => {
    const client = await connect({ client_encoding: 'UTF8' });
    const table = '"пациенты"';
    const other = Buffer.from(table).toString('latin1');
    assert.match(await say(client, `CREATE TEMP TABLE ${other} (name text)`), /CREATE TABLE/u);
    assert.match(await say(client, 'SET client_encoding TO SQL_ASCII'), /SET/u);
    for (const text of [
      `SELECT upper(name) FROM ${table}`,
      `SELECT upper(name) FROM пациенты`,
      `WITH ${table} AS (SELECT 1 AS name) SELECT upper(name) FROM public.${table}`,
    ]) {
      const answer = await say(client, text);
      assert.doesNotMatch(answer, /ZWICKELBERT/u, text);
      assert.match(
        answer,
        /\0C42501\0[^]*a name beyond ASCII[^]*client_encoding is SQL_ASCII/u,
        text,
      );
    }
    assert.match(await say(client, `SELECT 'é', 1 AS one`), /SELECT 1/u);
  });

  it('are read in the schemas that the server names in the encoding of the client', async () => {
    for (const client_encoding of ['UTF8', 'LATIN1', 'WIN1252', 'SJIS', 'GB18030']) {
      const client = await connect({ client_encoding });
      await say(client, 'SET search_path TO U&"b\\00fccher", public');
      const said = await say(client, 'SELECT upper(name) FROM notes');
      assert.ok(!said.includes(NAME.toUpperCase()), `${client_encoding}: ${said}`);
      if (client_encoding === 'UTF8') assert.match(said, /\[REDACTED\]/u);
    }
  });

  it('are refused where what is in flight decides how they are read', async () => {
    const connection = await signIn(sides.a);
    started.defer(() => connection[Symbol.dispose]());
    const set = 'SET standard_conforming_strings = off';
    connection.send(query(set), query(`SELECT 'a\\'', upper(name) FROM patients --'`));
    const said: string[] = [];
    for (let ready = 0; ready < 2; ) {
      const { type, body } = await connection.message();
      if (type === 'Z') ready += 1;
      said.push(body.toString('latin1'));
    }
    assert.match(said.join(''), /\0C42501\0M/u);
    assert.doesNotMatch(said.join(''), /ZWICKELBERT/u);
  });
});
