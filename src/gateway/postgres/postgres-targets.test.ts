import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startCatalogServer } from '../../protocols/postgres/catalog-server.fixture.ts';
import type { PostgresTarget } from '../../targets/target.ts';
import { SILENT_LOG } from '../../telemetry/log.ts';
import type { Ways } from '../../upstream/ways.ts';
import { PostgresTargets } from './postgres-targets.ts';

const TARGET: PostgresTarget = { name: 'db' } as PostgresTarget;

interface Opened {
  readonly targets: PostgresTargets;
  readonly stop: AbortController;
  readonly openOnes: () => readonly boolean[];
}

function open(): Opened {
  const server = startCatalogServer();
  const ways = { connectPostgres: () => server.connect() } as Partial<Ways> as Ways;
  const stop = new AbortController();
  return {
    targets: new PostgresTargets(ways, SILENT_LOG, stop.signal),
    stop,
    openOnes: () => server.connections.map(({ socket }) => !socket.destroyed),
  };
}

describe('PostgresTargets', () => {
  it('keeps one connection for the catalog of each database', async () => {
    const { targets, stop, openOnes } = open();
    for (const database of ['one', 'two', 'one', 'two']) {
      await targets.findCatalogs(TARGET, database).refresh();
    }
    assert.deepEqual(openOnes(), [true, true]);
    stop.abort();
  });

  it('keeps no connection from before the configuration changed', async () => {
    const { targets, stop, openOnes } = open();
    const before = targets.findCatalogs(TARGET, 'one');
    await before.refresh();
    targets.forgetCatalogs();
    assert.deepEqual(openOnes(), [false]);
    // A session that runs has its catalog read as it was configured then.
    await before.refresh();
    assert.deepEqual(openOnes(), [false, false]);
    await targets.findCatalogs(TARGET, 'one').refresh();
    assert.deepEqual(openOnes(), [false, false, true]);
    stop.abort();
  });

  it('keeps no connection once the gateway stops', async () => {
    const { targets, stop, openOnes } = open();
    await targets.findCatalogs(TARGET, 'one').refresh();
    stop.abort();
    assert.deepEqual(openOnes(), [false]);
  });
});
