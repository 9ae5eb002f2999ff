import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startPrivatePostgres } from '../e2e/private-postgres.ts';
import { WireClient } from './leak-client.ts';
import { startMaskingGateway } from './start-masking-gateway.ts';
import { LEAKS_DATABASE } from './start-worlds.ts';

/** Of 42 bytes in UTF-8, and of the 63 in EUC_JP that a server keeps. */
const KEPT = 'é'.repeat(21);
/** The same to such a server, though it has but 44 bytes in UTF-8. */
const CUT = 'é'.repeat(22);

const SCHEMA = `
SET client_encoding = 'UTF8';
CREATE TABLE "${KEPT}" (id int, name text);
INSERT INTO "${KEPT}" VALUES (1, 'Zwickelbert');
`;

const DATA_MAP = {
  columns: { [`public."${KEPT}".id`]: 'none', [`public."${KEPT}".name`]: 'name' },
};

describe('names in a database whose letters have more bytes than in UTF-8', () => {
  const started = new AsyncDisposableStack();
  let client: WireClient;
  before(async () => {
    const server = await startPrivatePostgres({ version: 'debian' });
    started.use(server);
    await server.execute(
      `CREATE DATABASE ${LEAKS_DATABASE} TEMPLATE template0 ENCODING 'EUC_JP' LC_COLLATE 'C' LC_CTYPE 'C'`,
    );
    await server.execute(SCHEMA, LEAKS_DATABASE);
    const servers = { a: server, b: server };
    const gateway = await startMaskingGateway({ servers }, { dataMap: DATA_MAP, reveals: false });
    started.use(gateway);
    client = await WireClient.connect(gateway.sides.a, { client_encoding: 'UTF8' });
    started.defer(() => client.close());
  });
  after(() => started.disposeAsync());

  async function say(text: string): Promise<string> {
    const answers = await client.exchange(text, 'simple');
    return answers.map(({ body }) => body.toString('utf8')).join('\n');
  }

  it('are not taken for those of temporary tables where the server cuts them', async () => {
    const answers = [
      await say('BEGIN'),
      await say(`CREATE TEMP TABLE "${CUT}" (id int, name text)`),
      await say(`DROP TABLE pg_temp."${KEPT}"`),
      await say(`SELECT upper(name) FROM "${CUT}"`),
      await say('ROLLBACK'),
    ].join('\n');
    assert.doesNotMatch(answers, /ZWICKELBERT/u);
    assert.match(answers, /\0C42501\0[^]*longer than 63 bytes, and the database is in EUC_JP/u);
  });

  it('are read where they are short', async () => {
    assert.match(await say(`SELECT upper(name) FROM public."${KEPT}"`), /\[REDACTED\]/u);
  });
});
