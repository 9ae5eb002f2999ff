import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { Day } from '../encryption/day-keys.ts';

/**
 * Removes what was recorded in sessions that began on a day: without its key nobody can read it, but for raw
 * tracks, whose keys are others'.
 *
 * @param directory `<data>/recordings`.
 */
export async function removeRecordings(directory: string, day: Day): Promise<void> {
  await rm(path.join(directory, path.basename(day)), { recursive: true, force: true });
}
