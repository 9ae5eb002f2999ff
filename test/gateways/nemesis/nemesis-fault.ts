import { setTimeout as delay } from 'node:timers/promises';
import type { FaultyLink, LinkState } from '../../faults/matrix/faulty-link.ts';
import type { NemesisWorld } from './nemesis-world.ts';

/** One way in which gateways, connectors and what is between them are disturbed. */
export interface NemesisFault {
  readonly name: string;
  /** What is disturbed: no two faults of the same are let begin together. */
  readonly part: 'gateway' | 'store' | 'connector' | 'link' | 'clock';
  /** What is done, for the table. */
  readonly how: string;
  /** Milliseconds that it lasts, at least and at most. */
  readonly lastsMs: readonly [min: number, max: number];
  /** Lets it begin. What it resolves with ends it. @param share From 0 to below 1: which of them it is. */
  inject(world: NemesisWorld, share: number): Promise<() => Promise<unknown>>;
}

export const SHORT = [200, 1_500] as const;
/** Longer than a grant of somebody is believed without the store asking, shorter than sessions are let wait. */
export const LONG = [1_500, 5_000] as const;

/** Milliseconds between attempts to start a process, as of a supervisor. */
const RESTART_MS = 200;
const STARTS_MAX = 50;

/** Sets links so. @returns What has them work again. */
export function disturb(links: readonly FaultyLink[], state: LinkState): () => Promise<void> {
  for (const link of links) link.set(state);
  return async () => {
    for (const link of links) {
      // What hung is cut: nobody waits for what was lost.
      link.set({ kind: 'down' });
      link.set({ kind: 'up' });
    }
  };
}

/** Starts a process again and again until it runs: what it needs may be away, too. */
export async function supervise(start: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await start();
      return;
    } catch (error) {
      if (attempt === STARTS_MAX) throw error;
      await delay(RESTART_MS);
    }
  }
}
