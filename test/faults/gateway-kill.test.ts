import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runKillRounds } from './kill-rounds.ts';

/** `npm run endurance -- kills 200` does the same for longer. */
const KILLS = 5;

describe('a gateway that is killed at random instants under load', () => {
  for (const seal of ['sealed', 'written'] as const) {
    it(`loses nothing it acknowledged and ran nothing it did not seal (${seal})`, async () => {
      const report = await runKillRounds({ seal, kills: KILLS });
      assert.equal(report.kills, KILLS);
    });
  }
});
