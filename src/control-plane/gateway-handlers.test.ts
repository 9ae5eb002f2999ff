import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { callControlPlane } from '../../test/control-plane/call-control-plane.ts';
import { useFakeControlPlane } from '../../test/control-plane/use-fake-control-plane.ts';
import type { GatewayList } from '../api/gateway-process.ts';
import type { KnownProcess } from '../gateway/process-beat.ts';
import { listGateways } from './gateway-handlers.ts';

const NOW_MS = Date.UTC(2026, 10, 22, 6, 5, 11);
const AT = new Date(NOW_MS).toISOString();
const WELL: KnownProcess = {
  ...{ log: 'gw-1.0', gateway: 'gw-1', version: '0.9.0', sessions: 3, isSilent: false },
  ...{ startedAtMs: NOW_MS, beatAtMs: NOW_MS, drainingAtMs: undefined },
};

async function list(...known: readonly KnownProcess[]): Promise<GatewayList['processes']> {
  const answer = await listGateways({ processes: { list: async () => known } });
  assert(answer.kind === 'json');
  return (answer.body as GatewayList).processes;
}

describe('gateways in the control plane', () => {
  const fake = useFakeControlPlane();

  it('are shown with what they carry, and no problem where there is none', async () => {
    const [shown] = await list(WELL);
    assert.deepEqual(shown, {
      ...{ log: 'gw-1.0', gateway: 'gw-1', version: '0.9.0', sessions: 3 },
      ...{ since: AT, seenAt: AT, state: 'serving', problems: [] },
    });
  });

  it('say since when they end', async () => {
    const [shown] = await list({ ...WELL, drainingAtMs: NOW_MS });
    assert.deepEqual([shown?.state, shown?.drainingSince, shown?.problems], ['draining', AT, []]);
  });

  it('are missed when they fell silent, draining or not, with the sessions that nobody ended', async () => {
    const silent = { ...WELL, isSilent: true, drainingAtMs: NOW_MS };
    const [shown, idle] = await list(silent, { ...silent, sessions: 0 });
    assert.equal(shown?.state, 'silent');
    assert.deepEqual(shown.problems, [
      'silent since 2026-11-22 06:05:11 UTC: it died, or does not reach the store',
      'its sessions are shown as running (3) until it is started again',
    ]);
    assert.equal(idle?.problems.length, 1);
  });

  it('wait for an upgrade where another that is there runs a newer version', async () => {
    const newer = { ...WELL, log: 'gw-2.0', version: '0.10.0' };
    const gone = { ...WELL, log: 'gw-3.0', version: '0.11.0', isSilent: true };
    const [older, newest] = await list(WELL, newer, gone);
    assert.deepEqual(older?.problems, [
      'upgrade pending: it runs 0.9.0, and another gateway 0.10.0',
    ]);
    assert.deepEqual(newest?.problems, []);
  });

  it('are shown to whoever may read the overview, without an address', async () => {
    const authorization = ['Bearer officer-token'];
    const { status, text } = await callControlPlane(fake, 'GET', '/v1/gateways', { authorization });
    assert.equal(status, 200);
    assert.doesNotMatch(text, /host|port|address|key/i);
    assert.deepEqual(
      fake.services.questions.map(({ action }) => action),
      ['overview.read'],
    );
  });
});
