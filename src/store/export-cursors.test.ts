import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openPrivateStore, type PrivateStore } from './private-store.fixture.ts';

const SEGMENT = '0000000000163840.segment';

describe('PostgresExportCursors', () => {
  let opened: PrivateStore;
  before(async () => {
    opened = await openPrivateStore();
  });
  after(() => opened[Symbol.asyncDispose]());

  it('keeps the last place of each sink in each log, for every process', async () => {
    const { store, other } = opened;
    const place = (seq: number) => ({ seq, segment: SEGMENT, offset: 2 ** 33 + seq });
    await store.exportCursors.save('siem', { log: 'gw.0', place: place(1) }, 0);
    await store.exportCursors.save('siem', { log: 'gw.0', place: place(250) }, 1);
    await store.exportCursors.save('siem', { log: 'gw.1', place: place(7) }, 1);
    await store.exportCursors.save('archive', { log: 'gw.0', place: place(3) }, 1);
    assert.deepEqual(await other.exportCursors.list('siem'), [
      { log: 'gw.0', place: place(250) },
      { log: 'gw.1', place: place(7) },
    ]);
  });

  it('goes back when it is told to', async () => {
    const { exportCursors } = opened.store;
    await exportCursors.forget('archive', 'gw.0');
    assert.deepEqual(await exportCursors.list('archive'), []);
    await exportCursors.forget('archive', 'gw.0');
  });

  it('counts what waits for people', async () => {
    assert.deepEqual(await opened.store.countWaiting(), { reviews: 0, openAlerts: 0 });
  });
});
