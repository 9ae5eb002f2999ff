import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ask } from '../../src/protocols/http/upstream/upstream.fixture.ts';
import type { WebTarget } from '../../src/targets/target.ts';
import { HttpTargets } from '../../src/upstream/http/http-targets.ts';
import { openWays } from '../../src/upstream/open-ways.ts';
import { serveSiteInNetwork } from './serve-in-network.ts';
import { CUT, openThreeNetworks, type ThreeNetworks } from './three-networks.ts';

const PORT = 8080;
const opened = new AsyncDisposableStack();
let networks: ThreeNetworks;
let sites: HttpTargets;

before(async () => {
  networks = opened.use(await openThreeNetworks());
  const { inConnector: through, connectorAddress: host } = networks;
  opened.use(await serveSiteInNetwork(through, { host, port: PORT }));
  const resolveSecret = (): never => assert.fail('there is no secret');
  const nowMs = (): number => Date.now();
  sites = new HttpTargets({
    ways: openWays({ resolveSecret, nowMs }),
    resolveSecret,
    nowMs,
    signIdentity: () => assert.fail('nobody is named'),
    connectTimeoutMs: 2_000,
    onUnexpectedError(error) {
      throw error;
    },
  });
  opened.defer(() => sites.close());
});
after(() => opened.disposeAsync());

function target(): WebTarget {
  return {
    ...{ name: 'site', kind: 'http', host: networks.connectorAddress, port: PORT, basePath: '' },
    ...{ tls: { mode: 'disable' }, credential: { kind: 'none' }, connectors: [] },
    httpVersion: 'auto',
  } as unknown as WebTarget;
}

describe('a request on a connection that was kept, to a target whose packets vanish', () => {
  it('is told within seconds, and the next one goes by another connection', async () => {
    const site = sites.openOwn(target());
    const pool = { send: (_: string, ...rest: Parameters<typeof site.send>) => site.send(...rest) };
    assert.equal((await ask(pool, { path: '/one' })).status, 200);
    await networks.change('gateway', CUT);
    const { error } = await ask(pool, { path: '/two' });
    assert.match(String(error), /cannot be reached any more/);
    await networks.change('gateway');
    assert.equal((await ask(pool, { path: '/three' })).status, 200);
  });
});
