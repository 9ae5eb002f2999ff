import type { LinkState } from '../../faults/matrix/faulty-link.ts';
import type { Member } from '../environment.ts';
import { type NemesisWorld, pick } from './nemesis-world.ts';

/** One way in which several gateways are disturbed. */
export interface NemesisFault {
  readonly name: string;
  /** What is done, for the table. */
  readonly how: string;
  /** Milliseconds that it lasts, at least and at most. */
  readonly lastsMs: readonly [min: number, max: number];
  /** Lets it begin. What it resolves with ends it. @param share From 0 to below 1: which gateway it is. */
  inject(world: NemesisWorld, share: number): Promise<() => Promise<unknown>>;
}

const SHORT = [200, 1_500] as const;
/** Longer than a grant of somebody is believed without the store asking, shorter than sessions are let wait. */
const LONG = [1_500, 5_000] as const;

export const NEMESIS_FAULTS: readonly NemesisFault[] = [
  {
    name: 'kill -9',
    how: 'one gateway is killed, and started again',
    lastsMs: SHORT,
    async inject({ members }, share) {
      return killed([pick(members, share)]);
    },
  },
  {
    name: 'kill -9 of two',
    how: 'all gateways but one are killed, and started again',
    lastsMs: SHORT,
    async inject({ members }, share) {
      const spared = pick(members, share);
      return killed(members.filter((member) => member !== spared));
    },
  },
  {
    name: 'pause',
    how: 'one gateway is stopped by SIGSTOP, and goes on',
    lastsMs: LONG,
    async inject({ members }, share) {
      const { pid } = pick(members, share).process;
      process.kill(pid, 'SIGSTOP');
      return async () => process.kill(pid, 'SIGCONT');
    },
  },
  {
    name: 'rolling restart',
    how: 'one gateway drains for 2 s, and is started again',
    lastsMs: SHORT,
    async inject({ members }, share) {
      const member = pick(members, share);
      const ended = member.process.drain();
      return async () => {
        await ended;
        await member.start();
      };
    },
  },
  {
    name: 'store connections terminated',
    how: 'pg_terminate_backend for every connection of every gateway',
    lastsMs: SHORT,
    async inject(world) {
      await world.terminateStoreConnections();
      return () => world.terminateStoreConnections();
    },
  },
  ofOneLink('store away from one', 'one gateway is cut off from the store', { kind: 'down' }),
  ofOneLink('store silent to one', 'what one gateway and the store send each other is lost', {
    kind: 'silent',
  }),
  ofOneLink('store far from one', 'every packet between one gateway and the store takes 200 ms', {
    kind: 'slow',
    delayMs: 200,
  }),
  {
    name: 'store away from all',
    how: 'all gateways are cut off from the store',
    lastsMs: LONG,
    async inject({ storeLinks }) {
      for (const link of storeLinks) link.set({ kind: 'down' });
      return async () => {
        for (const link of storeLinks) link.set({ kind: 'up' });
      };
    },
  },
];

async function killed(members: readonly Member[]): Promise<() => Promise<void>> {
  await Promise.all(members.map(({ process: own }) => own.kill()));
  return async () => {
    for (const member of members) await member.start();
  };
}

function ofOneLink(name: string, how: string, state: LinkState): NemesisFault {
  return {
    ...{ name, how },
    lastsMs: LONG,
    async inject({ storeLinks }, share) {
      const link = pick(storeLinks, share);
      link.set(state);
      return async () => {
        // What hung is cut: nobody waits for what was lost.
        link.set({ kind: 'down' });
        link.set({ kind: 'up' });
      };
    },
  };
}
