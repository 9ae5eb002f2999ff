import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createFakeServices, T0 } from '../../test/control-plane/fake-services.ts';
import { type CliOutcome, runForOutcome } from './cli-outcome.fixture.ts';
import { useRememberedGateway } from './use-remembered-gateway.fixture.ts';

const AT = new Date(T0).toISOString();

describe('sallyport gateways and connectors', () => {
  const gateway = useRememberedGateway();

  function run(...args: readonly string[]): Promise<CliOutcome> {
    const environment = { HOME: gateway.home, SALLYPORT_TOKEN: 'officer-token' };
    return runForOutcome(args, { environment });
  }

  it('lists processes of gateways, and says below what is wrong', async () => {
    const { code, out, err } = await run('gateways', 'list');
    assert.deepEqual([code, err], [0, '']);
    assert.match(out, /^gateway +process +state +version +since +last seen +sessions$/m);
    assert.match(out, new RegExp(`^gw +gw\\.0 +serving +1\\.2\\.3 +${AT} +${AT} +2$`, 'm'));
    const { processes } = gateway.plane.services;
    const silent = (await processes.list()).map((known) => ({ ...known, isSilent: true }));
    gateway.plane.services = createFakeServices({ processes: { list: async () => silent } });
    const missed = await run('gateways', 'list');
    assert.match(missed.out, /^gw +gw\.0 +silent/m);
    assert.match(missed.err, /^gw\.0: silent since 2026-01-02 03:04:05 UTC: /m);
  });

  it('prints them for programs', async () => {
    const { out, code } = await run('gateways', 'list', '--json');
    const { processes } = JSON.parse(out) as { processes: readonly { log: string }[] };
    assert.deepEqual([code, processes.map(({ log }) => log)], [0, ['gw.0']]);
  });

  it('says of connectors what is wrong, too', async () => {
    const record = {
      ...{ id: 'c', name: 'ward-3', createdAtMs: T0, createdBy: 'idp:officer' },
      ...{ workload: undefined, tokenExpiresAtMs: undefined, seenAtMs: T0 },
      certificateExpiresAtMs: T0 + 1,
    };
    const { connectors } = gateway.plane.services;
    const store = { ...connectors.store, list: async () => [record], find: async () => record };
    const services = createFakeServices({ connectors: { ...connectors, store } });
    gateway.plane.services = services;
    for (const args of [['list'], ['show', 'ward-3']]) {
      const { code, out, err } = await run('connectors', ...args);
      assert.equal(code, 0);
      assert.match(out, /^ward-3:? +silent/m);
      assert.match(err, /^ward-3: silent since 2026-01-02 03:04:05 UTC: it is attached to no/m);
      assert.match(err, /^ward-3: identity expires in less than an hour, at 2026-01-02/m);
    }
  });

  it('is refused to whom policy does not let read the overview', async () => {
    gateway.plane.services.allow = () => false;
    const { code, out } = await run('gateways', 'list');
    assert.equal(code, 4);
    assert.equal(out, '');
  });
});
