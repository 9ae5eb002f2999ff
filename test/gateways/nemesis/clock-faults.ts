import { type NemesisFault, SHORT } from './nemesis-fault.ts';
import { type NemesisWorld, pick } from './nemesis-world.ts';

const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 86_400;

/** Wall clocks that jump. */
export const CLOCK_FAULTS: readonly NemesisFault[] = [
  jump('gateway: clock forward', 'the wall clock of one gateway is an hour ahead', {
    ...{ of: 'surroundings', seconds: HOUR_SECONDS },
  }),
  jump('gateway: clock back', 'the wall clock of one gateway is an hour behind', {
    ...{ of: 'surroundings', seconds: -HOUR_SECONDS },
  }),
  // Its ledger takes nothing until it has a key of that day.
  jump('gateway: the day before', 'the wall clock of one gateway is a day behind', {
    ...{ of: 'surroundings', seconds: -DAY_SECONDS },
  }),
  jump('connector: clock back', 'the wall clock of one connector is an hour behind', {
    ...{ of: 'connectors', seconds: -HOUR_SECONDS },
  }),
  jump('connector: another day', 'the wall clock of one connector is a day ahead', {
    ...{ of: 'connectors', seconds: DAY_SECONDS },
  }),
];

function jump(
  name: string,
  how: string,
  {
    of,
    seconds,
  }: { readonly of: keyof Pick<NemesisWorld, 'surroundings' | 'connectors'>; seconds: number },
): NemesisFault {
  return {
    ...{ name, how, part: 'clock', lastsMs: SHORT },
    async inject(world, share) {
      const { clock } = pick<NemesisWorld[typeof of][number]>(world[of], share);
      await clock.set(seconds);
      return () => clock.set(0);
    },
  };
}
