import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { buildCatalog } from '../../sql/postgres/build-catalog.ts';
import type { Catalog } from '../../sql/postgres/catalog.ts';
import { CatalogCache } from './catalog-cache.ts';

const AGE_MAX_MS = 1_000;

/** A catalog whose content, hence version, is the number of functions in it. */
function catalogOf(count: number): Catalog {
  const userFunctions = Array.from({ length: count }, (_, index) => ({
    schema: 'public',
    name: `f${index}`,
  }));
  return buildCatalog({ serverVersion: 150_000, relations: [], userFunctions });
}

interface Opened {
  readonly cache: CatalogCache;
  /** Readings that were begun, in order; each is to be answered. */
  readonly readings: readonly PromiseWithResolvers<Catalog>[];
  readonly errors: readonly unknown[];
  readonly at: (nowMs: number) => void;
  readonly answer: (number: number, catalog: Catalog | Error) => Promise<void>;
}

function open(): Opened {
  const readings: PromiseWithResolvers<Catalog>[] = [];
  const errors: unknown[] = [];
  let nowMs = 0;
  const cache = new CatalogCache({
    read() {
      const reading = Promise.withResolvers<Catalog>();
      readings.push(reading);
      return reading.promise;
    },
    onError: (error) => errors.push(error),
    nowMs: () => nowMs,
    ageMaxMs: AGE_MAX_MS,
  });
  return {
    cache,
    readings,
    errors,
    at(now) {
      nowMs = now;
    },
    async answer(number, catalog) {
      const reading = readings[number - 1];
      assert(reading, `reading ${number} was not begun`);
      if (catalog instanceof Error) reading.reject(catalog);
      else reading.resolve(catalog);
      await new Promise(setImmediate);
    },
  };
}

describe('CatalogCache', () => {
  it('knows nothing before it has read', async () => {
    const { cache, answer } = open();
    assert.equal(cache.current, undefined);
    const catalog = catalogOf(1);
    const asked = cache.refresh();
    await answer(1, catalog);
    assert.equal(await asked, catalog);
    assert.equal(cache.current, catalog);
  });

  it('gives the next reading to all who ask while one is running, and reads once for them', async () => {
    const { cache, readings, answer } = open();
    const first = cache.refresh();
    const later = [cache.refresh(), cache.refresh()];
    cache.invalidate();
    assert.equal(readings.length, 1);
    await answer(1, catalogOf(1));
    assert.equal(await first, cache.current);
    assert.equal(readings.length, 2);
    const fresh = catalogOf(2);
    await answer(2, fresh);
    assert.deepEqual(await Promise.all(later), [fresh, fresh]);
    assert.equal(readings.length, 2);
  });

  it('gives who asks during the next reading the one after it', async () => {
    const { cache, readings, answer } = open();
    void cache.refresh();
    void cache.refresh();
    await answer(1, catalogOf(1));
    const third = cache.refresh();
    await answer(2, catalogOf(2));
    assert.equal(readings.length, 3);
    await answer(3, catalogOf(3));
    assert.equal(await third, cache.current);
    assert.equal(cache.current?.userFunctionSchemas('f2').length, 1);
  });

  it('reads for those who wait although the reading before theirs failed', async () => {
    const { cache, answer } = open();
    const first = cache.refresh();
    const second = cache.refresh();
    const failed = assert.rejects(first, /away/);
    await answer(1, new Error('the target is away'));
    await failed;
    await answer(2, catalogOf(1));
    assert.equal(await second, cache.current);
  });

  it('keeps the old catalog when a reading fails', async () => {
    const { cache, errors, at, answer } = open();
    void cache.refresh();
    const old = catalogOf(1);
    await answer(1, old);
    const asked = assert.rejects(cache.refresh(), /away/);
    await answer(2, new Error('the target is away'));
    await asked;
    assert.equal(cache.current, old);
    assert.equal(cache.completed, 1);
    at(AGE_MAX_MS);
    cache.refreshIfOld();
    await answer(3, new Error('still away'));
    assert.equal(cache.current, old);
    assert.equal(errors.length, 1);
  });

  it('keeps the same object while the content is the same', async () => {
    const { cache, answer } = open();
    void cache.refresh();
    const old = catalogOf(1);
    await answer(1, old);
    const asked = cache.refresh();
    await answer(2, catalogOf(1));
    assert.equal(await asked, old);
    assert.equal(cache.current, old);
    assert.equal(cache.completed, 2);
  });

  it('numbers readings so that a change is known to be in them', async () => {
    const { cache, answer } = open();
    assert.equal(cache.nextReading, 1);
    void cache.refresh();
    // The running one may have looked before the change.
    const shownAt = cache.nextReading;
    assert.equal(shownAt, 2);
    void cache.refresh();
    await answer(1, catalogOf(1));
    assert.ok(cache.completed < shownAt);
    await answer(2, catalogOf(2));
    assert.ok(cache.completed >= shownAt);
  });

  it('reaches a reading by its number, and begins another only if that is not running', async () => {
    const { cache, readings, answer } = open();
    const shownAt = cache.nextReading;
    void cache.refresh();
    const reached = cache.reach(shownAt);
    const later = cache.reach(shownAt + 1);
    await answer(1, catalogOf(1));
    assert.equal((await reached).userFunctionSchemas('f0').length, 1);
    await answer(2, catalogOf(2));
    assert.equal((await later).userFunctionSchemas('f1').length, 1);
    assert.equal(readings.length, 2);
    // It failed, maybe: nobody waits for what is not running.
    void cache.reach(shownAt);
    assert.equal(readings.length, 3);
  });

  it('reads once for changes that come in a row, unless somebody asks meanwhile', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      const { cache, readings, answer } = open();
      cache.invalidate();
      cache.invalidate();
      assert.equal(readings.length, 0);
      mock.timers.tick(20);
      assert.equal(readings.length, 1);
      cache.invalidate();
      await answer(1, catalogOf(1));
      void cache.refresh();
      assert.equal(readings.length, 2);
      await answer(2, catalogOf(2));
      mock.timers.tick(20);
      assert.equal(readings.length, 2);
    } finally {
      mock.timers.reset();
    }
  });

  it('leaves the target in peace for longer than the last reading took, but not for long', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      const { cache, readings, at, answer } = open();
      for (const [number, { tookMs, delayMs }] of [
        { tookMs: 40, delayMs: 100 },
        { tookMs: 400, delayMs: 200 },
      ].entries()) {
        at(0);
        void cache.refresh();
        at(tookMs);
        await answer(2 * number + 1, catalogOf(1));
        cache.invalidate();
        mock.timers.tick(delayMs - 1);
        assert.equal(readings.length, 2 * number + 1);
        mock.timers.tick(1);
        assert.equal(readings.length, 2 * number + 2);
        await answer(2 * number + 2, catalogOf(1));
      }
    } finally {
      mock.timers.reset();
    }
  });

  it('reads by itself when it is old, and once', async () => {
    const { cache, readings, at, answer } = open();
    void cache.refresh();
    await answer(1, catalogOf(1));
    at(AGE_MAX_MS - 1);
    cache.refreshIfOld();
    assert.equal(readings.length, 1);
    at(AGE_MAX_MS);
    cache.refreshIfOld();
    cache.refreshIfOld();
    assert.equal(readings.length, 2);
    await answer(2, catalogOf(1));
    cache.refreshIfOld();
    assert.equal(readings.length, 2);
  });

  it('does not ask a target that is away at every statement', async () => {
    const { cache, readings, errors, at, answer } = open();
    cache.refreshIfOld();
    await answer(1, new Error('away'));
    cache.refreshIfOld();
    at(AGE_MAX_MS - 1);
    cache.refreshIfOld();
    assert.equal(readings.length, 1);
    at(AGE_MAX_MS);
    cache.refreshIfOld();
    await answer(2, new Error('away'));
    assert.equal(readings.length, 2);
    assert.equal(errors.length, 2);
  });

  it('is too old only while a reading may still help', async () => {
    const { cache, at, answer } = open();
    void cache.refresh();
    await answer(1, catalogOf(1));
    at(2 * AGE_MAX_MS - 1);
    assert.equal(cache.isTooOld, false);
    at(2 * AGE_MAX_MS);
    assert.equal(cache.isTooOld, true);
    cache.refreshIfOld();
    assert.equal(cache.isTooOld, true);
    await answer(2, new Error('away'));
    assert.equal(cache.isTooOld, false);
    at(3 * AGE_MAX_MS);
    assert.equal(cache.isTooOld, true);
    cache.refreshIfOld();
    await answer(3, catalogOf(1));
    assert.equal(cache.isTooOld, false);
  });

  it('takes the age of a catalog from when its reading began', async () => {
    const { cache, at, answer } = open();
    void cache.refresh();
    at(2 * AGE_MAX_MS);
    await answer(1, catalogOf(1));
    assert.equal(cache.isTooOld, true);
  });
});
