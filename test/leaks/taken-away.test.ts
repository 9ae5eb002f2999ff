import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type PrivatePostgres, startPrivatePostgres } from '../e2e/private-postgres.ts';
import { WireClient } from './leak-client.ts';
import { type MaskingGateway, startMaskingGateway } from './start-masking-gateway.ts';
import { LEAKS_DATABASE } from './start-worlds.ts';

const NAME = 'Zwickelbert';

/** In `public`, what is hidden; in `front`, tables and views of the same name that anybody may read. */
const SCHEMA = `
CREATE TABLE public.patients (id int, last_name text);
INSERT INTO public.patients VALUES (1, '${NAME}');
CREATE TABLE public.guests (id int, last_name text);
INSERT INTO public.guests VALUES (1, '${NAME}');
CREATE SCHEMA front;
CREATE TABLE front.base (id int, last_name text);
CREATE VIEW front.guests AS SELECT * FROM front.base;
`;

const FRONT = `
CREATE TABLE IF NOT EXISTS front.patients (id int, last_name text);
INSERT INTO front.patients VALUES (1, 'nobody');
`;

const SECRET = new RegExp(NAME, 'iu');

/** In a schema that "$user" could mean, what is hidden. */
const BEFORE = `
CREATE ROLE helper SUPERUSER;
CREATE SCHEMA private;
CREATE TABLE private.shelf (id int, last_name text);
INSERT INTO private.shelf VALUES (1, '${NAME}');
CREATE TABLE public.shelf (id int, last_name text);
`;

const DATA_MAP = {
  columns: {
    'public.*.id': 'none',
    'public.*.last_name': 'name',
    'public.shelf.last_name': 'none',
    'private.*.id': 'none',
    'private.*.last_name': 'name',
    'front.*.*': 'none',
  },
};

const WAITING = `SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'`;

describe('a relation that is taken away before the server looks its name up', () => {
  const started = new AsyncDisposableStack();
  let server: PrivatePostgres;
  let reader: WireClient;
  let taker: WireClient;
  let sides: MaskingGateway['sides'];
  before(async () => {
    server = started.use(await startPrivatePostgres({ version: 'debian' }));
    await server.execute(`CREATE DATABASE ${LEAKS_DATABASE}`);
    await server.execute(SCHEMA + FRONT + BEFORE, LEAKS_DATABASE);
    const servers = { a: server, b: server };
    const gateway = await startMaskingGateway({ servers }, { dataMap: DATA_MAP, reveals: false });
    started.use(gateway);
    sides = gateway.sides;
    reader = await WireClient.connect(gateway.sides.a);
    started.defer(() => reader.close());
    taker = await WireClient.connect(gateway.sides.a);
    started.defer(() => taker.close());
    await said(reader, 'SET search_path = front, public');
  });
  after(() => started.disposeAsync());

  async function said(client: WireClient, text: string): Promise<string> {
    const answers = await client.exchange(text, 'simple');
    return answers.map(({ body }) => body.toString('latin1')).join('\n');
  }

  /** What is said of `front.patients` while another session takes it away. */
  async function readWhileTaken(text: string): Promise<string> {
    await server.execute(FRONT, LEAKS_DATABASE);
    await said(taker, 'BEGIN; DROP TABLE front.patients');
    let isOver = false;
    const reading = said(reader, text).finally(() => {
      isOver = true;
    });
    while (!isOver && (await server.execute(WAITING)) === '0')
      await new Promise((resolve) => setTimeout(resolve, 20));
    await said(taker, 'COMMIT');
    return reading;
  }

  it('shows nothing of what stands behind it where another session takes it', async () => {
    const columns = `upper(last_name), last_name || ''`;
    const found = await readWhileTaken(`SELECT ${columns} FROM patients`);
    assert.match(found, /may come to mean public\.patients, which stands behind front\.patients/u);
    const qualified = await readWhileTaken(`SELECT ${columns} FROM front.patients`);
    assert.match(qualified, /relation "front\.patients" does not exist/u);
    for (const one of [found, qualified]) assert.doesNotMatch(one, SECRET);
  });

  it('shows nothing of a schema that comes before it by a role with another name', async () => {
    const named = await WireClient.connect(sides.a);
    started.defer(() => named.close());
    const upper = `SELECT upper(last_name) FROM shelf`;
    assert.match(await said(named, upper), /SELECT 0/u);
    await said(taker, 'SET SESSION AUTHORIZATION helper');
    const { superuser } = server;
    assert.match(await said(taker, `ALTER ROLE ${superuser} RENAME TO private`), /42501/u);
    await said(taker, 'RESET SESSION AUTHORIZATION');
    assert.doesNotMatch(await said(named, upper), SECRET);
  });

  it('shows nothing of what stands behind it where a DROP of something else takes it along', async () => {
    const upper = `SELECT upper(last_name), last_name || '' FROM guests`;
    const together = await said(reader, `DROP TABLE front.base CASCADE; ${upper}`);
    assert.match(together, /42501/u);
    // The same in two texts: what the first took along is known to the second.
    const dropped = await said(reader, 'DROP TABLE front.base CASCADE');
    assert.match(dropped, /DROP TABLE/u);
    const after = await said(reader, upper);
    assert.match(after, /\[REDACTED\]/u);
    for (const one of [together, after]) assert.doesNotMatch(one, SECRET);
  });
});
