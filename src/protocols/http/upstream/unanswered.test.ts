import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { Unanswered } from './unanswered.ts';

const SECOND_MS = 1_000;

/** Has time go by; looks are over before it goes on. */
async function goOn(context: TestContext, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= SECOND_MS) {
    context.mock.timers.tick(SECOND_MS);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** For a target that takes connections; counts the looks. */
function openReachable(): { readonly unanswered: Unanswered; readonly looks: { count: number } } {
  const looks = { count: 0 };
  const unanswered = new Unanswered(async () => {
    looks.count += 1;
    return true;
  });
  return { unanswered, looks };
}

/** For a target that no connection can be made to: whether it can is said when the looks are answered. */
function openLooked() {
  const cutOff: string[] = [];
  const looks: ((isReachable: boolean) => void)[] = [];
  const unanswered = new Unanswered(() => new Promise((resolve) => looks.push(resolve)));
  /** Waits as a request of this name. */
  const wait = (name: string): object => {
    const request = {};
    unanswered.add(request, () => cutOff.push(name));
    return request;
  };
  return { unanswered, wait, looks, cutOff };
}

function fail(): void {
  assert.fail('it is there');
}

describe('Unanswered', () => {
  it('looks for a target only while requests wait for long, once for all of them', async (context) => {
    context.mock.timers.enable({ apis: ['setInterval'] });
    const { unanswered, looks } = openReachable();
    const answered = {};
    unanswered.add(answered, fail);
    await goOn(context, 4 * SECOND_MS);
    unanswered.answer(answered);
    await goOn(context, 20 * SECOND_MS);
    assert.equal(looks.count, 0);
    unanswered.add({}, fail);
    unanswered.add({}, fail);
    await goOn(context, 10 * SECOND_MS);
    assert.equal(looks.count, 1);
  });

  it('fills no short queue of a target that does one thing after another, and takes its time', async (context) => {
    context.mock.timers.enable({ apis: ['setInterval'] });
    const { unanswered, looks } = openReachable();
    unanswered.add({}, fail);
    await goOn(context, 120 * SECOND_MS);
    assert.equal(looks.count, 4);
  });

  it('looks as often as at first once something was answered', async (context) => {
    context.mock.timers.enable({ apis: ['setInterval'] });
    const { unanswered, looks } = openReachable();
    const report = {};
    unanswered.add(report, fail);
    unanswered.add({}, fail);
    await goOn(context, 100 * SECOND_MS);
    const before = looks.count;
    unanswered.answer(report);
    await goOn(context, 5 * SECOND_MS);
    assert.equal(looks.count, before + 1);
  });

  it('gives up those that wait since before a look that found nobody', async (context) => {
    context.mock.timers.enable({ apis: ['setInterval'] });
    const { unanswered, wait, looks, cutOff } = openLooked();
    wait('silent');
    const givenUp = wait('given up');
    const stale = wait('stale');
    await goOn(context, 10 * SECOND_MS);
    assert.equal(looks.length, 1);
    wait('later');
    unanswered.delete(givenUp);
    unanswered.delete(stale);
    unanswered.add(stale, () => cutOff.push('sent again'));
    looks[0]?.(false);
    await goOn(context, SECOND_MS);
    assert.deepEqual(cutOff, ['silent']);
  });

  it('gives up nobody where others were answered meanwhile, as by a target whose queue is full', async (context) => {
    context.mock.timers.enable({ apis: ['setInterval'] });
    const { unanswered, wait, looks, cutOff } = openLooked();
    wait('report');
    await goOn(context, 10 * SECOND_MS);
    unanswered.answer(wait('other'));
    looks[0]?.(false);
    await goOn(context, SECOND_MS);
    assert.deepEqual(cutOff, []);
    await goOn(context, 5 * SECOND_MS);
    looks[1]?.(false);
    await goOn(context, SECOND_MS);
    assert.deepEqual(cutOff, ['report']);
  });
});
