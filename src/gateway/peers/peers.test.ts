import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SILENT_LOG } from '../../telemetry/log.ts';
import { Peers } from './peers.ts';

/** Opens the peers of a gateway. */
function open(beat: () => Promise<void>, leave: () => Promise<void>): Promise<Peers> {
  return Peers.open({
    own: { name: 'gw', host: '127.0.0.1', port: 7443, version: '1.2.3', keys: '' },
    store: { beat, leave, listAlive: async () => [] },
    identity: () => assert.fail('nobody is asked'),
    onPlaces: () => undefined,
    log: SILENT_LOG,
  });
}

describe('Peers', () => {
  it('are told that the gateway leaves', async () => {
    let hasLeft = false;
    const peers = await open(
      async () => undefined,
      async () => {
        hasLeft = true;
      },
    );
    await peers[Symbol.asyncDispose]();
    assert.equal(hasLeft, true);
  });

  it('end without a word to a store that does not hear them any more', async () => {
    const lost = Promise.withResolvers<void>();
    let beats = 0;
    await using _ = await open(
      async () => {
        beats += 1;
        if (beats === 1) return;
        lost.resolve();
        throw new Error('it is away');
      },
      () => assert.fail('it is away'),
    );
    await lost.promise;
  });
});
