import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Catalog } from '../../sql/postgres/catalog.ts';
import { CatalogConnection } from './catalog-connection.ts';
import { type CatalogServer, startCatalogServer } from './catalog-server.fixture.ts';

async function open(): Promise<{ server: CatalogServer; connection: CatalogConnection }> {
  const server = startCatalogServer();
  return { server, connection: new CatalogConnection(await server.connect()) };
}

function namesIn(catalog: Catalog): readonly string[] {
  return Array.from(catalog.listRelations(), ({ name }) => name).toSorted();
}

describe('CatalogConnection', () => {
  it('reads as a whole what is read once', async () => {
    const { server, connection } = await open();
    assert.deepEqual(namesIn(await connection.read()), ['mine', 'pg_class']);
    assert.deepEqual(server.asked, ['all']);
  });

  it('reads what came with the server once more, and from then on what did not', async () => {
    const { server, connection } = await open();
    for (const name of ['first', 'second', 'third']) {
      server.relations.set(16_385, name);
      assert.deepEqual(namesIn(await connection.read()), [name, 'mine', 'pg_class'].toSorted());
    }
    assert.deepEqual(server.asked, ['all', 'process', 'prepare', 'own', 'built-in', 'own']);
    server.relations.delete(16_385);
    assert.deepEqual(namesIn(await connection.read()), ['mine', 'pg_class']);
  });

  it('returns what is known as long as it is that', async () => {
    const { server, connection } = await open();
    await connection.read();
    const known = await connection.read();
    server.relations.set(1_259, 'hidden from who does not ask');
    assert.equal(await connection.read(known), known);
    server.relations.set(16_385, 'new');
    assert.notEqual((await connection.read(known)).version, known.version);
  });

  it('reads again what came with the server once its version is another', async () => {
    const { server, connection } = await open();
    for (let reading = 1; reading <= 2; reading++) await connection.read();
    server.relations.set(1_259, 'renamed');
    server.builtInVersion = 'second';
    assert.deepEqual(namesIn(await connection.read()), ['mine', 'renamed']);
    assert.deepEqual(server.asked.slice(-2), ['own', 'built-in']);
  });

  it('reads the whole where the version is not known', async () => {
    const { server, connection } = await open();
    server.builtInVersion = null;
    for (let reading = 1; reading <= 2; reading++) {
      assert.deepEqual(namesIn(await connection.read()), ['mine', 'pg_class']);
    }
    assert.deepEqual(server.asked, ['all', 'process', 'prepare', 'own', 'all']);
  });

  it('reads the whole through a pooler, and leaves no statement there', async () => {
    const { server, connection } = await open();
    server.isPooler = true;
    for (let reading = 1; reading <= 3; reading++) await connection.read();
    assert.deepEqual(server.asked, ['all', 'process', 'all', 'all']);
  });

  it('fails where another process answers than the one that has its statement', async () => {
    const { server, connection } = await open();
    for (let reading = 1; reading <= 2; reading++) await connection.read();
    server.statements.clear();
    await assert.rejects(connection.read(), /its catalog cannot be read/);
  });

  it('reads definitions of views that came with the server again while one is not there', async () => {
    const { server, connection } = await open();
    server.kind = 'v';
    for (let reading = 1; reading <= 3; reading++) await connection.read();
    assert.deepEqual(server.asked.slice(3), ['own', 'built-in', 'own', 'built-in']);
  });
});
