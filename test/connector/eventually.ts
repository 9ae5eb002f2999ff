import { setTimeout as sleep } from 'node:timers/promises';

/** Looks before a test fails, and the milliseconds between them. */
const LOOKS_MAX = 600;
const LOOK_INTERVAL_MS = 50;

/** Looks until something is there. */
export async function eventually<Found>(
  what: string,
  look: () => Promise<Found | undefined>,
): Promise<Found> {
  for (let looks = 0; looks < LOOKS_MAX; looks++) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(LOOK_INTERVAL_MS);
  }
  throw new Error(`Cannot find ${what}`);
}
