import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { type DoorKind, type LeakReport, runLeakHarness } from './leak-harness.ts';

/** A little of what `npm run leaks` does; the schema is one beside this file, if it is not that of the canaries. */
async function run(door: DoorKind, attacks: number, schema?: string): Promise<LeakReport> {
  const read = (end: string): Promise<string> =>
    readFile(new URL(`${schema}-${end}`, import.meta.url), 'utf8');
  return runLeakHarness({
    door,
    version: 'debian',
    seed: 1,
    attacks,
    sqlsmith: 0,
    withPseudonyms: false,
    ...(schema !== undefined && {
      schema: await read('schema.sql'),
      dataMap: await read('data-map.yaml'),
    }),
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

  for (const schema of ['contrib', 'ruled', 'called']) {
    it(`finds none in what else there may be in a schema: ${schema}`, async () => {
      const { leaked, withRows } = await run('rewrite', 24, schema);
      assert(withRows > 0, 'nothing was answered with rows');
      assert.deepEqual(leaked, []);
    });
  }
});
