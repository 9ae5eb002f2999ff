import { runKillRounds } from '../faults/kill-rounds.ts';

const REPORT_EVERY = 20;

/** Kills a gateway `kills` times in each seal mode; rejects at the first check that fails. */
export async function killRepeatedly(kills: number): Promise<void> {
  for (const seal of ['sealed', 'written'] as const) {
    const report = await runKillRounds({
      seal,
      kills,
      onRound(round, soFar) {
        if (round % REPORT_EVERY === 0) console.log(`${seal}: ${JSON.stringify(soFar)}`);
      },
    });
    console.log(`${seal}: ${JSON.stringify(report)}`);
  }
}
