import assert from 'node:assert/strict';
import type { Settings } from 'node:http2';
import { describe, it } from 'node:test';
import { fitWindow } from './fit-window.ts';

function settingsAfter(pings: readonly number[]): readonly Settings[] {
  const asked: Settings[] = [];
  const note = fitWindow({ settings: (settings) => void asked.push(settings) });
  for (const ms of pings) note(ms);
  return asked;
}

describe('fitWindow', () => {
  it('leaves a near tunnel as it is, though a PING may wait', () => {
    assert.deepEqual(settingsAfter([40, 0.2, 30, 50, 60]), []);
  });

  it('widens a far one once, by its shortest PING', () => {
    assert.deepEqual(settingsAfter([9, 5, 7, 3, 3]), [{ initialWindowSize: 500_000 }]);
  });

  it('never widens beyond a megabyte', () => {
    assert.deepEqual(settingsAfter([200, 200, 200]), [{ initialWindowSize: 1_048_576 }]);
  });
});
