import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type CallAnswer,
  type CallOptions,
  callControlPlane,
} from '../../test/control-plane/call-control-plane.ts';
import { createFakeServices, createPrincipal } from '../../test/control-plane/fake-services.ts';
import { MemoryAlerts } from '../../test/control-plane/memory-alerts.ts';
import { useFakeControlPlane } from '../../test/control-plane/use-fake-control-plane.ts';
import type { KnownPerson } from '../access/person.ts';
import type { AlertList, RaisedAlert } from '../api/alert.ts';
import type { Alert } from '../signals/alert-store.ts';

const ABOUT_ALICE = 'alert_000000000000000000000001';
const ABOUT_OFFICER = 'alert_000000000000000000000002';
const ABOUT_TWIN = 'alert_000000000000000000000003';

const OFFICER = { ...createPrincipal('officer'), person: 'officer@hospital.example' };
/** The same human, as another provider names them. */
const TWIN: KnownPerson = {
  ...{
    id: 'ldap:officer',
    isVouched: true,
    person: OFFICER.person,
    kind: 'person',
    name: 'Officer',
    groups: [],
  },
  ...{ firstSeenAtMs: 0, lastSeenAtMs: 0 },
};

describe('alerts', () => {
  const fake = useFakeControlPlane(() =>
    createFakeServices({
      alerts: new MemoryAlerts([
        alert(ABOUT_ALICE, 'idp:alice'),
        alert(ABOUT_OFFICER, 'idp:officer'),
        alert(ABOUT_TWIN, TWIN.id),
      ]),
      authenticator: { authenticate: async () => ({ kind: 'authenticated', principal: OFFICER }) },
      findPerson: async (id) => (id === TWIN.id ? TWIN : undefined),
    }),
  );

  function call(method: string, path: string, options: CallOptions = {}): Promise<CallAnswer> {
    return callControlPlane(fake, method, path, {
      authorization: ['Bearer officer-token'],
      ...options,
    });
  }

  function close(id: string, body: unknown): Promise<CallAnswer> {
    return call('POST', `/v1/alerts/${id}/close`, { json: JSON.stringify(body) });
  }

  it('are dismissed with a reason, which is in the ledger before, and stay counted', async () => {
    const closed = await close(ABOUT_ALICE, { state: 'dismissed', reason: 'a planned export' });
    assert.equal(closed.status, 200);
    const view = JSON.parse(closed.text) as RaisedAlert;
    assert.deepEqual(
      [view.state, view.closedBy, view.reason],
      ['dismissed', 'idp:officer', 'a planned export'],
    );
    const [entry] = fake.services.entries.filter(({ kind }) => kind === 'alert.close');
    assert.deepEqual(
      [entry?.['alert'], entry?.['state'], entry?.content],
      [ABOUT_ALICE, 'dismissed', { reason: 'a planned export' }],
    );
    const { counts } = JSON.parse((await call('GET', '/v1/alerts')).text) as AlertList;
    assert.deepEqual(counts, [
      { rule: 'rows', state: 'dismissed', count: 1 },
      { rule: 'rows', state: 'open', count: 1 },
      { rule: 'rows', state: 'open', count: 1 },
    ]);
  });

  it('are closed once', async () => {
    await close(ABOUT_ALICE, { state: 'confirmed', reason: 'looked into' });
    const again = await close(ABOUT_ALICE, { state: 'dismissed', reason: 'no' });
    assert.equal(again.status, 409);
    assert.match(again.text, /confirmed by idp:officer/);
  });

  it('about oneself are for others to close', async () => {
    const own = await close(ABOUT_OFFICER, { state: 'dismissed', reason: 'it was me' });
    assert.equal(own.status, 403);
    assert.deepEqual(fake.services.entries, []);
  });

  it('about another identity of oneself are for others to close', async () => {
    const own = await close(ABOUT_TWIN, { state: 'dismissed', reason: 'it was me' });
    assert.equal(own.status, 403);
    assert.deepEqual(fake.services.entries, []);
  });

  it('are not closed without a reason, and not while the ledger fails', async () => {
    assert.equal((await close(ABOUT_ALICE, { state: 'dismissed', reason: ' ' })).status, 400);
    fake.services.ledgerWorks = false;
    assert.equal((await close(ABOUT_ALICE, { state: 'dismissed', reason: 'x' })).status, 503);
    fake.services.ledgerWorks = true;
    const { alerts } = JSON.parse((await call('GET', '/v1/alerts')).text) as AlertList;
    assert.ok(alerts.every(({ state }) => state === 'open'));
  });
});

function alert(id: string, principalId: string): Alert {
  return {
    id,
    rule: 'rows',
    principalId,
    target: 'hospital',
    atMs: Date.parse('2026-01-02T03:04:05Z'),
    summary: `${principalId} was shown 2000 rows today, usually 20`,
    entries: [{ log: 'gw-1.0', seq: 4 }],
    state: 'open',
  };
}
