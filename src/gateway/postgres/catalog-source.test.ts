import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { startCatalogServer } from '../../protocols/postgres/catalog-server.fixture.ts';
import { CatalogSource } from './catalog-source.ts';

interface Opened {
  readonly server: ReturnType<typeof startCatalogServer>;
  readonly source: CatalogSource;
  readonly read: () => Promise<readonly string[]>;
  readonly at: (nowMs: number) => void;
  /** Which connections are open, in the order of their logins. */
  readonly openOnes: () => readonly boolean[];
}

function open(): Opened {
  const server = startCatalogServer();
  let nowMs = 0;
  const source = new CatalogSource({ connect: server.connect, nowMs: () => nowMs });
  return {
    server,
    source,
    async read() {
      const catalog = await source.read(undefined);
      return Array.from(catalog.listRelations(), ({ name }) => name).toSorted();
    },
    at(now) {
      nowMs = now;
    },
    openOnes: () => server.connections.map(({ socket }) => !socket.destroyed),
  };
}

describe('CatalogSource', () => {
  it('logs in once for readings that follow each other', async () => {
    const { server, source, read, openOnes } = open();
    for (let reading = 1; reading <= 5; reading++) {
      server.relations.set(16_384, `table ${reading}`);
      assert.deepEqual(await read(), ['pg_class', `table ${reading}`]);
    }
    assert.deepEqual(openOnes(), [true]);
    source.close();
  });

  it('keeps the connection for two seconds after a reading', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      const { read, openOnes } = open();
      await read();
      mock.timers.tick(1_999);
      await read();
      mock.timers.tick(1_999);
      assert.deepEqual(openOnes(), [true]);
      mock.timers.tick(1);
      assert.deepEqual(openOnes(), [false]);
      await read();
      assert.deepEqual(openOnes(), [false, true]);
      mock.timers.tick(2_000);
      assert.deepEqual(openOnes(), [false, false]);
    } finally {
      mock.timers.reset();
    }
  });

  it('logs in anew after half a minute, as with a secret that was changed', async () => {
    const { source, read, at, openOnes } = open();
    await read();
    at(29_999);
    await read();
    assert.deepEqual(openOnes(), [true]);
    at(30_000);
    await read();
    assert.deepEqual(openOnes(), [false, true]);
    source.close();
  });

  it('closes the connection, and keeps none any more, once it is closed', async () => {
    const { source, read, openOnes } = open();
    await read();
    const reading = read();
    source.close();
    await reading;
    assert.deepEqual(openOnes(), [false]);
    await read();
    assert.deepEqual(openOnes(), [false, false]);
  });

  it('replaces a connection that has ended, and fails with nothing', async () => {
    const { server, source, read, openOnes } = open();
    await read();
    server.connections[0]?.socket.destroy();
    await read();
    // The server hung up, and nobody was there to hear of it.
    server.connections[1]?.socket.push(null);
    assert.deepEqual(await read(), ['mine', 'pg_class']);
    assert.deepEqual(openOnes(), [false, false, true]);
    source.close();
  });

  it('replaces a connection behind which there is another process now', async () => {
    const { server, source, read, openOnes } = open();
    await read();
    await read();
    server.statements.clear();
    assert.deepEqual(await read(), ['mine', 'pg_class']);
    assert.deepEqual(openOnes(), [false, true]);
    source.close();
  });

  it('replaces a connection on which the server began to say something else', async () => {
    const { server, source, read, openOnes } = open();
    server.isTalking = true;
    await read();
    server.isTalking = false;
    assert.deepEqual(await read(), ['mine', 'pg_class']);
    assert.deepEqual(openOnes(), [false, true]);
    source.close();
  });

  it('does not try again what fails over a new connection', async () => {
    const { server, source } = open();
    server.refuses = true;
    await assert.rejects(source.read(undefined), /its catalog cannot be read/);
    assert.equal(server.connections.length, 1);
    assert.equal(server.connections[0]?.socket.destroyed, true);
  });
});
