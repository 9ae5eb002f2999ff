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

describe('Unanswered', () => {
  it('looks for a target only while requests wait for long, once for all of them', async (context) => {
    context.mock.timers.enable({ apis: ['setInterval'] });
    let looks = 0;
    const unanswered = new Unanswered<string>(
      async () => {
        looks += 1;
        return true;
      },
      () => assert.fail('it is there'),
    );
    unanswered.add('answered');
    await goOn(context, 4 * SECOND_MS);
    unanswered.delete('answered');
    await goOn(context, 20 * SECOND_MS);
    assert.equal(looks, 0);
    for (const request of ['one', 'other']) unanswered.add(request);
    await goOn(context, 10 * SECOND_MS);
    assert.equal(looks, 1);
  });

  it('gives up those that wait since before a look that found nobody', async (context) => {
    context.mock.timers.enable({ apis: ['setInterval'] });
    const cutOff: string[] = [];
    const looks: ((isReachable: boolean) => void)[] = [];
    const unanswered = new Unanswered<string>(
      () => new Promise((resolve) => looks.push(resolve)),
      (request) => cutOff.push(request),
    );
    for (const request of ['silent', 'answered', 'sent again']) unanswered.add(request);
    await goOn(context, 10 * SECOND_MS);
    assert.equal(looks.length, 1);
    unanswered.add('later');
    unanswered.delete('answered');
    unanswered.delete('sent again');
    unanswered.add('sent again');
    looks[0]?.(false);
    await goOn(context, SECOND_MS);
    assert.deepEqual(cutOff, ['silent']);
  });
});
