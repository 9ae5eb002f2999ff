import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type CallAnswer, callControlPlane } from '../../test/control-plane/call-control-plane.ts';
import { createFakeServices } from '../../test/control-plane/fake-services.ts';
import { MemoryHolds } from '../../test/control-plane/memory-holds.ts';
import { useFakeControlPlane } from '../../test/control-plane/use-fake-control-plane.ts';
import type { HoldList, HoldView } from '../api/hold.ts';
import { LedgerError } from '../audit/ledger-error.ts';

describe('holds', () => {
  let retention: MemoryHolds;

  const fake = useFakeControlPlane(() => {
    retention = new MemoryHolds();
    return createFakeServices({ retention });
  });

  function call(method: string, path: string, json?: unknown): Promise<CallAnswer> {
    const authorization = ['Bearer officer-token'];
    return callControlPlane(fake, method, path, {
      authorization,
      ...(json !== undefined && { json: JSON.stringify(json) }),
    });
  }

  it('are begun, listed and ended by who may, with a reason', async () => {
    const days = { from: '2026-01-01', until: '2026-01-31' };
    const started = await call('POST', '/v1/ledger/holds', { ...days, reason: 'case 7' });
    assert.equal(started.status, 200, started.text);
    const { id } = JSON.parse(started.text) as HoldView;
    const { holds } = JSON.parse((await call('GET', '/v1/ledger/holds')).text) as HoldList;
    assert.deepEqual(holds, [{ id, since: '2026-11-21T12:00:00.000Z', ...days }]);
    const ended = await call('POST', `/v1/ledger/holds/${id}/end`, { reason: 'closed' });
    assert.deepEqual(JSON.parse(ended.text), { holds: [] });
    assert.deepEqual(
      retention.actors.map(({ principal, reason }) => [principal, reason]),
      [
        ['idp:officer', 'case 7'],
        ['idp:officer', 'closed'],
      ],
    );
  });

  it('end once, and only those that there are', async () => {
    const path = '/v1/ledger/holds/hold_000000000009/end';
    assert.equal((await call('POST', path, { reason: 'x' })).status, 404);
  });

  it('are not listed or ended while entries are damaged, and the answer says what to do', async () => {
    retention.failure = new LedgerError('ERR_LEDGER_CORRUPT', 'Cannot read /data/ledger/gw.0');
    const end = '/v1/ledger/holds/hold_000000000009/end';
    for (const answer of [
      await call('GET', '/v1/ledger/holds'),
      await call('POST', end, { reason: 'x' }),
    ]) {
      assert.equal(answer.status, 503, answer.text);
      assert.match(answer.text, /entries of the ledger are missing or damaged/);
      assert.match(answer.text, /no hold ends and nothing expires/);
      assert(!answer.text.includes('/data'), 'what failed inside is for the log');
    }
  });

  it('take days, in order, and a reason', async () => {
    for (const body of [
      { from: '2026-02-01', until: '2026-01-31', reason: 'x' },
      { from: '2026-02-30', until: '2026-03-31', reason: 'x' },
      { from: '2026-02-01T00:00:00Z', until: '2026-03-31', reason: 'x' },
      { from: '2026-02-01', until: '2026-03-31', reason: ' ' },
      { from: '2026-02-01', until: '2026-03-31' },
    ]) {
      assert.equal((await call('POST', '/v1/ledger/holds', body)).status, 400);
    }
    assert.deepEqual(retention.actors, []);
    const body = { from: '2026-02-01', until: '2026-01-31', reason: 'x' };
    const { text } = await call('POST', '/v1/ledger/holds', body);
    assert.match(text, /field not accepted: \\"until\\" must not be before from/);
  });
});
