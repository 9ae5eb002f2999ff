import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { callControlPlane } from '../../test/control-plane/call-control-plane.ts';
import { createFakeServices } from '../../test/control-plane/fake-services.ts';
import { useFakeControlPlane } from '../../test/control-plane/use-fake-control-plane.ts';
import type { ExportList } from '../api/export.ts';
import type { Overview } from '../api/overview.ts';
import type { SinkStatus } from '../exports/sink-export.ts';

const FAILING: SinkStatus = {
  name: 'siem',
  kind: 'syslog',
  state: 'failing',
  problem: 'Cannot export: the connection failed (ECONNREFUSED)',
  failingSinceMs: Date.UTC(2026, 0, 2),
  delivered: 7,
  refused: 0,
  missing: 0,
  lagMs: 1_000.5,
  logs: [{ log: 'gw.0', next: 7 }],
};

describe('exports', () => {
  let replayed: (readonly [string, number])[];
  const fake = useFakeControlPlane(() => {
    replayed = [];
    return createFakeServices({
      exporter: {
        statuses: [FAILING],
        replay: async (name, sinceMs) => {
          replayed.push([name, sinceMs]);
          return FAILING.logs;
        },
      },
    });
  });

  const officer = { authorization: ['Bearer officer-token'] };

  it('are listed with what is wrong', async () => {
    const answer = await callControlPlane(fake, 'GET', '/v1/exports', officer);
    const { exports } = JSON.parse(answer.text) as ExportList;
    const [only] = exports;
    assert.deepEqual(
      [only?.state, only?.failingSince, only?.lagMs, only?.logs],
      ['failing', '2026-01-02T00:00:00.000Z', 1_001, FAILING.logs],
    );
  });

  it('stand on the first page while they fail', async () => {
    const answer = await callControlPlane(fake, 'GET', '/v1/overview', officer);
    const { alerts } = JSON.parse(answer.text) as Overview;
    const [alert] = alerts.filter(({ kind }) => kind === 'export');
    assert.equal(alert?.text, 'The export siem fails; entries wait in the ledger');
  });

  it('are sent again once that is in the ledger', async () => {
    const json = JSON.stringify({ from: '2026-01-01T00:00:00Z' });
    const path = '/v1/exports/siem/replay';
    const answer = await callControlPlane(fake, 'POST', path, { ...officer, json });
    assert.deepEqual(JSON.parse(answer.text), { logs: FAILING.logs });
    const [entry] = fake.services.entries.filter(({ kind }) => kind === 'export.replay');
    assert.deepEqual([entry?.['sink'], entry?.['principal']], ['siem', 'idp:officer']);
    assert.deepEqual(replayed, [['siem', Date.UTC(2026, 0, 1)]]);
    fake.services.ledgerWorks = false;
    const refused = await callControlPlane(fake, 'POST', path, { ...officer, json });
    assert.equal(refused.status, 503);
    assert.equal(replayed.length, 1);
  });

  it('are not sent again under another name', async () => {
    const json = JSON.stringify({ from: '2026-01-01T00:00:00Z' });
    const path = '/v1/exports/other/replay';
    assert.equal((await callControlPlane(fake, 'POST', path, { ...officer, json })).status, 404);
    assert.deepEqual(replayed, []);
  });
});
