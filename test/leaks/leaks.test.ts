import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type DoorKind, type LeakReport, runLeakHarness } from './leak-harness.ts';

/** A little of what `npm run leaks` does. */
function run(door: DoorKind, attacks: number): Promise<LeakReport> {
  return runLeakHarness({
    door,
    version: 'debian',
    seed: 1,
    attacks,
    sqlsmith: 0,
    withPseudonyms: false,
  });
}

describe('leak harness', () => {
  it('finds planted values and differing answers where nothing masks', async () => {
    const { leaked, withRows } = await run('direct', 60);
    assert(withRows > 20, `${withRows} steps were answered with rows`);
    assert(leaked.some(({ sightings }) => sightings.length > 0));
    assert(
      leaked.some(
        ({ sightings, difference }) => sightings.length === 0 && difference !== undefined,
      ),
    );
  });

  it('finds none behind a gateway that masks', async () => {
    const { leaked, withRows } = await run('gateway', 100);
    assert(withRows > 20, `${withRows} steps were answered with rows`);
    assert.deepEqual(leaked, []);
  });

  it('finds none behind the first net alone', async () => {
    const { leaked, withRows } = await run('rewrite', 100);
    assert(withRows > 20, `${withRows} steps were answered with rows`);
    assert.deepEqual(leaked, []);
  });
});
