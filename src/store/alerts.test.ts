import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { Alert, AlertStore, LearnedState } from '../signals/alert-store.ts';
import { EMPTY_HISTORY } from '../signals/principal-history.ts';
import { openPrivateStore, type PrivateStore } from './private-store.fixture.ts';

const T0 = Date.parse('2026-01-02T03:04:05Z');
const NOTHING: LearnedState = { places: new Map(), sessions: new Map(), histories: new Map() };

let opened: PrivateStore;
let alerts: AlertStore;

describe('PostgresAlerts', () => {
  before(async () => {
    opened = await openPrivateStore();
    alerts = opened.store.alerts;
  });
  beforeEach(async () => {
    await opened.query('delete from sallyport.alerts');
  });
  after(() => opened[Symbol.asyncDispose]());

  it('keeps an alert once, and what people made of it', async () => {
    await alerts.save('gw-1', [alert('a')], NOTHING);
    assert.deepEqual(await alerts.find('a'), alert('a'));
    const closing = { by: 'okta:omar', reason: 'a planned export', atMs: T0 + 1 };
    assert.equal((await alerts.close('a', 'dismissed', closing))?.state, 'dismissed');
    assert.equal(await alerts.close('a', 'confirmed', closing), undefined, 'it is closed');
    await alerts.save('gw-1', [alert('a')], NOTHING);
    const kept: Alert = { ...alert('a'), state: 'dismissed', closing };
    assert.deepEqual(await alerts.find('a'), kept);
    assert.deepEqual(await alerts.count(), [{ rule: 'rows', state: 'dismissed', count: 1 }]);
  });

  it('lists page by page, newest first', async () => {
    const all = ['a', 'b', 'c', 'd'].map((id, index) => alert(id, { atMs: T0 + index }));
    await alerts.save('gw-1', all, NOTHING);
    const first = await alerts.list({ limit: 3 });
    assert.deepEqual(idsOf(first.alerts), ['d', 'c', 'b']);
    const second = await alerts.list({ limit: 3, cursor: first.nextCursor });
    assert.deepEqual([idsOf(second.alerts), second.nextCursor], [['a'], undefined]);
    assert.deepEqual((await alerts.list({ limit: 9, state: 'dismissed' })).alerts, []);
    assert.deepEqual((await alerts.list({ limit: 9, principalId: 'nobody' })).alerts, []);
  });

  it('gives back what a gateway learned, and nothing of another', async () => {
    const learned: LearnedState = {
      places: new Map([['gw-1.0', { seq: 7, segment: '0000000000000000.segment', offset: 99 }]]),
      sessions: new Map([
        ['s1', { log: 'gw-1.0', principalId: 'okta:ana', target: 'hospital' }],
        ['s2', { log: 'gw-1.0', principalId: 'okta:ana', target: 'hospital' }],
      ]),
      histories: new Map([['okta:ana', { ...EMPTY_HISTORY, rowsToday: 7 }]]),
    };
    await alerts.save('gw-1', [], learned);
    assert.deepEqual(await alerts.load('gw-1'), learned);
    const later: LearnedState = {
      places: new Map([['gw-1.0', { seq: 8, segment: '0000000000000000.segment', offset: 111 }]]),
      sessions: new Map([...learned.sessions].slice(1)),
      histories: new Map(),
    };
    await alerts.save('gw-1', [], later);
    assert.deepEqual(await alerts.load('gw-1'), { ...later, histories: learned.histories });
    assert.deepEqual(await alerts.load('gw-2'), NOTHING);
  });

  it('keeps a message about each alert for the channels that want one, once', async () => {
    for (const each of ['first', 'again']) {
      await alerts.save('gw-1', [alert('a')], NOTHING, ['chat', 'mail']);
      const waiting = await opened.query('select channel, alert_id from sallyport.deliveries');
      assert.equal(waiting.length, 2, each);
    }
  });

  it('tells whose rows were shown on a day', async () => {
    const history = {
      ...EMPTY_HISTORY,
      day: '2026-01-02',
      patientsToday: ['hospital k:a', 'billing k:a', 'hospital k:b'],
      patientsEstimated: 3,
    };
    await alerts.save('gw-3', [], { ...NOTHING, histories: new Map([['okta:ana', history]]) });
    const { shown, last } = await alerts.listPatients('2026-01-02');
    assert.deepEqual(shown, [
      { gateway: 'gw-3', principalId: 'okta:ana', patients: ['k:a', 'k:b'], estimated: 3 },
    ]);
    assert.deepEqual((await alerts.listPatients('2026-01-03')).shown, []);
    assert.deepEqual(await alerts.listPatients('2026-01-02', last), { shown: [], last });

    const more = { ...history, patientsToday: [...history.patientsToday, 'hospital k:c'] };
    const histories = new Map([
      ['okta:ana', more],
      ['okta:olga', history],
    ]);
    await alerts.save('gw-3', [], { ...NOTHING, histories });
    const next = await alerts.listPatients('2026-01-02', last);
    assert.deepEqual(
      next.shown.map(({ principalId, patients }) => [principalId, patients.length]),
      [
        ['okta:ana', 3],
        ['okta:olga', 2],
      ],
    );
    assert.equal((await alerts.listPatients('2026-01-02')).shown.length, 2);

    await alerts.save('gw-4', [], { ...NOTHING, histories: new Map([['okta:ana', history]]) });
    const elsewhere = await alerts.listPatients('2026-01-02', next.last);
    assert.deepEqual(
      elsewhere.shown.map(({ gateway }) => gateway),
      ['gw-4'],
    );
  });
});

function alert(id: string, fields: Partial<Alert> = {}): Alert {
  return {
    id,
    rule: 'rows',
    principalId: 'okta:ana',
    target: 'hospital',
    atMs: T0,
    summary: 'okta:ana was shown 2000 rows today, usually 20',
    entries: [{ log: 'gw-1.0', seq: 4 }],
    state: 'open',
    ...fields,
  };
}

function idsOf(list: readonly Alert[]): readonly string[] {
  return list.map(({ id }) => id);
}
