import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ProcessBeat, type ProcessRecord } from './process-beat.ts';
import { turn } from './session.fixture.ts';

describe('ProcessBeat', () => {
  it('says what is true last, and nothing more once the process is gone', async () => {
    const said: string[] = [];
    const answers: (() => void)[] = [];
    const store = {
      beat: ({ drainingAtMs }: ProcessRecord) =>
        new Promise<void>((resolve) => {
          answers.push(() => {
            said.push(drainingAtMs === undefined ? 'serves' : 'drains');
            resolve();
          });
        }),
      leave: async () => void said.push('left'),
    };
    const own = { log: 'gw.0', gateway: 'gw', version: '1.2.3' };
    const beat = new ProcessBeat(store, own, () => 7);
    await turn();
    void beat.drain();
    const gone = beat[Symbol.asyncDispose]();
    // Whichever connection to the store is faster.
    while (!said.includes('left')) {
      await turn();
      answers.pop()?.();
    }
    await gone;
    assert.deepEqual(said, ['serves', 'drains', 'left']);
  });

  it('ends without a word to a store that does not hear it', async () => {
    const store = {
      beat: () => Promise.reject(new Error('it is away')),
      leave: () => assert.fail('it is away'),
    };
    const own = { log: 'gw.0', gateway: 'gw', version: '1.2.3' };
    await using _ = new ProcessBeat(store, own, () => 7);
    await turn();
  });
});
