import assert from 'node:assert/strict';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { eventually } from './eventually.ts';
import {
  type EchoTarget,
  type GatewaySide,
  openConnector,
  openEchoWorld,
  REQUEST,
  type TunnelWorld,
} from './tunnel-world.ts';

const SIGNAL = AbortSignal.timeout(120_000);

describe('records of what a connector carried', () => {
  let world: TunnelWorld;
  let gateway: GatewaySide;
  let echo: EchoTarget;
  const opened = new AsyncDisposableStack();
  before(async () => {
    ({ world, gateway, echo } = await openEchoWorld(opened));
  });
  after(() => opened.disposeAsync());

  it('wait for a store that is away, while sessions go on', async () => {
    const { store } = world;
    const findEntered = store.findEntered.bind(store);
    let failures = 0;
    store.findEntered = async () => {
      failures += 1;
      throw new Error('the store is away');
    };
    opened.use(
      await openConnector(world, {
        ports: [gateway.listener.port],
        targets: { 'ward-db': echo.port },
      }),
    );
    const { stream } = await gateway.connectors.openStream(['ward-3'], REQUEST, SIGNAL);
    stream.write('before, ');
    await eventually('records that cannot be entered', async () => failures > 0 || undefined);
    store.findEntered = findEntered;
    stream.end('and after');
    assert.equal((await buffer(stream)).toString(), 'before, and after');
    const carried = await eventually('the records', async () => {
      const entries = world.entries.filter(({ kind }) => kind === 'connector.carried');
      return entries.length > 0 ? entries : undefined;
    });
    assert(carried.every((entry) => (entry as { follows?: boolean }).follows === true));
    assert(!world.entries.some(({ kind }) => kind === 'connector.detach'), 'one tunnel was enough');
  });
});
