import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startPrivatePostgres } from '../e2e/private-postgres.ts';
import type { RawMessage } from '../e2e/raw-connection.ts';
import { type Form, WireClient } from './leak-client.ts';
import { type MaskingGateway, startMaskingGateway } from './start-masking-gateway.ts';
import { LEAKS_DATABASE } from './start-worlds.ts';

const NAME = 'Zwickelbert';

/** What is found behind a letter, with other dashes, in wide digits, and behind a letter with a backslash in it. */
const SCHEMA = `
CREATE TABLE notes (id int, body text, doc jsonb, list text[]);
INSERT INTO notes VALUES
  (1, 'é 219–09–4321 é', '{"a": "é", "q": "${NAME}"}', '{é,219–09–4321}'),
  (2, 'ソレコード219-09-4321', '{"a": "ソ", "q": "${NAME}"}', '{ソ,レコード219-09-4321}'),
  (3, '２１９－０９－４３２１', NULL, '{ソ,２１９－０９－４３２１}'),
  (4, 'é', '{"a": "é"}', '{é,x}'),
  (5, '表ソ', '{"a": "表ソ"}', '{表ソ,x}');
CREATE TABLE open_notes AS SELECT id, body, list FROM notes;
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE '%', NEW.body; RETURN NEW; END $$;
CREATE TRIGGER tell BEFORE UPDATE ON open_notes FOR EACH ROW EXECUTE FUNCTION tell();
`;

const DATA_MAP = {
  columns: {
    'public.notes.id': 'none',
    'public.notes.body': 'free-text',
    'public.notes.doc': { class: 'json', paths: { q: 'name' } },
    'public.notes.list': 'free-text',
  },
  unmappedRelations: 'inspect',
};

const HIDDEN = [NAME, '219–09–4321', '219-09-4321', '２１９－０９－４３２１'];

/** Those of a client, which rows can be written in them, and what is to be seen of one in which nothing is found. */
const ENCODINGS = [
  { name: 'UTF8', label: 'utf-8', ids: [1, 2, 3, 5], clean: '表ソ' },
  { name: 'LATIN1', label: 'windows-1252', ids: [4], clean: 'é' },
  { name: 'WIN1252', label: 'windows-1252', ids: [1, 4], clean: 'é' },
  { name: 'SJIS', label: 'shift_jis', ids: [2, 3, 5], clean: '表ソ' },
  { name: 'EUC_JP', label: 'euc-jp', ids: [2, 3, 5], clean: '表ソ' },
  { name: 'GB18030', label: 'gb18030', ids: [1, 2, 3, 5], clean: '表ソ' },
  { name: 'EUC_JIS_2004', label: 'euc-jp', ids: [2, 3, 5], clean: undefined },
] as const;

const FORMS: readonly Form[] = ['simple', 'extended-text', 'extended-binary'];

describe('what a client reads in an encoding of its own', () => {
  const started = new AsyncDisposableStack();
  let sides: MaskingGateway['sides'];
  before(async () => {
    const server = await startPrivatePostgres({ version: 'debian' });
    started.use(server);
    await server.execute(`CREATE DATABASE ${LEAKS_DATABASE}`);
    await server.execute(SCHEMA, LEAKS_DATABASE);
    const servers = { a: server, b: server };
    const gateway = await startMaskingGateway({ servers }, { dataMap: DATA_MAP, reveals: false });
    started.use(gateway);
    sides = gateway.sides;
  });
  after(() => started.disposeAsync());

  function read(messages: readonly RawMessage[], label: string): string {
    const decoder = new TextDecoder(label);
    return messages.map(({ type, body }) => `${type} ${decoder.decode(body)}`).join('\n');
  }

  function expectHidden(said: string, question: string): void {
    for (const value of HIDDEN) assert.ok(!said.includes(value), `${question}\n${said}`);
  }

  for (const { name, label, ids, clean } of ENCODINGS) {
    const rows = `WHERE id IN (${ids.join(', ')}) ORDER BY id`;

    it(`is looked through: rows in ${name}`, async () => {
      const client = await WireClient.connect(sides.a, { client_encoding: name });
      for (const from of ['doc FROM public.notes', 'list FROM public.open_notes']) {
        for (const form of FORMS) {
          const question = `SELECT id, body, ${from} ${rows}`;
          const said = read(await client.exchange(question, form), label);
          expectHidden(said, question);
          assert.match(said, new RegExp(`SELECT ${ids.length}`, 'u'), said);
          if (clean !== undefined) assert.ok(said.includes(clean), said);
        }
      }
      client.close();
    });

    it(`is looked through: rows of a COPY in ${name}, asked for by it or by the session`, async () => {
      for (const isOwn of [true, false]) {
        const startup = { client_encoding: isOwn ? 'UTF8' : name };
        const client = await WireClient.connect(sides.a, startup);
        for (const format of ['text', 'csv', 'binary']) {
          const encoding = isOwn ? `, ENCODING '${name}'` : '';
          const question = `COPY (SELECT id, body, list FROM public.open_notes ${rows}) TO STDOUT (FORMAT ${format}${encoding})`;
          const said = read(await client.exchange(question, 'simple'), label);
          expectHidden(said, question);
          assert.match(said, /COPY \d/u, said);
        }
        client.close();
      }
    });

    it(`is looked through: notices and notifications in ${name}`, async () => {
      const client = await WireClient.connect(sides.a, { client_encoding: name });
      for (const id of ids) {
        const update = `UPDATE public.open_notes SET id = id WHERE id = ${id}`;
        expectHidden(read(await client.exchange(update, 'simple'), label), update);
      }
      client.close();
    });
  }

  it('is not shown where the encoding changes before the server says so', async () => {
    const client = await WireClient.connect(sides.a, { client_encoding: 'UTF8' });
    const question = `SET client_encoding = 'SJIS'; SELECT id, body, doc, list FROM public.notes WHERE id IN (2, 3, 5)`;
    const said = read(await client.exchange(question, 'simple'), 'shift_jis');
    expectHidden(said, question);
    assert.match(said, /SELECT 3/u);
    client.close();
  });
});
