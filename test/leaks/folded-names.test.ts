import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { startPrivatePostgres } from '../e2e/private-postgres.ts';
import { WireClient } from './leak-client.ts';
import { startMaskingGateway } from './start-masking-gateway.ts';
import { LEAKS_DATABASE } from './start-worlds.ts';

const LOCALE = 'de_DE.ISO-8859-1';

const SCHEMA = `
SET client_encoding = 'UTF8';
CREATE TABLE Ärzte (id int, name text);
INSERT INTO Ärzte VALUES (1, 'Zwickelbert');
CREATE TABLE "Ärzte" (id int, name text);
INSERT INTO "Ärzte" VALUES (2, 'open');
`;

const DATA_MAP = { columns: { 'public."ärzte".id': 'none', 'public."ärzte".name': 'name' } };

const run = promisify(execFile);

describe('names in a database whose locale folds letters beyond ASCII', () => {
  const started = new AsyncDisposableStack();
  let client: WireClient;
  before(async () => {
    const locales = await mkdtemp(join(tmpdir(), 'locales-'));
    started.defer(() => rm(locales, { recursive: true, force: true }));
    await chmod(locales, 0o755);
    await run('localedef', ['-i', 'de_DE', '-f', 'ISO-8859-1', join(locales, LOCALE)]);
    // The server finds the locale by its environment, which is ours when it starts.
    const before = process.env['LOCPATH'];
    process.env['LOCPATH'] = locales;
    const server = await startPrivatePostgres({ version: 'debian' }).finally(() => {
      if (before === undefined) delete process.env['LOCPATH'];
      else process.env['LOCPATH'] = before;
    });
    started.use(server);
    await server.execute(
      `CREATE DATABASE ${LEAKS_DATABASE} TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE '${LOCALE}'`,
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

  it('are not taken for those of other tables', async () => {
    const texts = [
      'SELECT upper(name) FROM Ärzte',
      `WITH "Ärzte" AS (SELECT 'x' AS name) SELECT upper(name) FROM Ärzte`,
    ];
    for (const text of texts) {
      const answer = await say(text);
      assert.doesNotMatch(answer, /ZWICKELBERT/u, text);
      assert.match(
        answer,
        /\0C42501\0[^]*not in double quotes, and the database is in LATIN1/u,
        text,
      );
    }
  });

  it('are found in lower case and in double quotes', async () => {
    assert.match(await say('SELECT upper(name) FROM ärzte'), /\[REDACTED\]/u);
    assert.match(await say('SELECT upper(name) AS Größe FROM "Ärzte"'), /OPEN/u);
  });
});
