import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SILENT_LOG } from '../telemetry/log.ts';
import type { GatewaySession } from './gateway-session.ts';
import { StopWatch } from './stop-watch.ts';

describe('StopWatch', () => {
  it('ends the sessions of this process that are to end, and goes on when the store fails', async () => {
    const aborted: string[] = [];
    const session = (id: string): GatewaySession =>
      ({ abort: (reason: string) => aborted.push(`${id} ${reason}`) }) as unknown as GatewaySession;
    const sessions = new Map([['s-1', session('s-1')]]);
    const registry = { find: (id: string) => sessions.get(id), isEmpty: false };
    let fails = true;
    const index = {
      listStopRequests: async (gateway: string) => {
        assert.equal(gateway, 'gw.0');
        if (fails) throw new Error('store is down');
        return ['s-1', 's-elsewhere'];
      },
    };
    using watch = new StopWatch(registry, index, 'gw.0', SILENT_LOG);
    await watch.look();
    assert.deepEqual(aborted, []);
    fails = false;
    await watch.look();
    assert.deepEqual(aborted, ['s-1 stopped']);
  });
});
