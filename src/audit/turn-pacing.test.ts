import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { TurnPacing } from './turn-pacing.ts';

/** A batch that has only just begun, however slow the machine is. */
const FRESH = { firstAtMs: Number.POSITIVE_INFINITY };

function open(onTurnEnd: () => void = () => {}): TurnPacing {
  return new TurnPacing(() => {}, onTurnEnd);
}

describe('TurnPacing', () => {
  it('puts no sync off before several have waited for one', () => {
    const pacing = open();
    assert.equal(pacing.putsOffSync(FRESH), false);
    pacing.syncs({ waitingCount: 1 });
    assert.equal(pacing.putsOffSync(FRESH), false);
  });

  it('puts the next sync off for a few turns, and tells the end of each', async () => {
    let ends = 0;
    let isPutOff = true;
    const pacing = open(() => {
      ends += 1;
      isPutOff = pacing.putsOffSync(FRESH);
    });
    pacing.syncs({ waitingCount: 2 });
    assert.equal(pacing.putsOffSync(FRESH), true);
    while (isPutOff) await nextTurn();
    assert.equal(ends, 4);
  });

  it('puts no sync off that an entry has waited for too long', () => {
    const pacing = open();
    pacing.syncs({ waitingCount: 16 });
    assert.equal(pacing.putsOffSync({ firstAtMs: performance.now() - 60_000 }), false);
  });

  it('tells the end of a turn once, for entries and syncs together', async () => {
    let ends = 0;
    const pacing = open(() => {
      ends += 1;
    });
    pacing.syncs({ waitingCount: 2 });
    pacing.added();
    pacing.added();
    pacing.putsOffSync(FRESH);
    await nextTurn();
    await nextTurn();
    assert.equal(ends, 1);
  });
});
