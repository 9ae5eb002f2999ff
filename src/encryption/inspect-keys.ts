import { randomBytes } from 'node:crypto';
import type { DayKeyFiles } from './day-key-files.ts';
import { EncryptionError } from './encryption-error.ts';
import type { MasterKeyRing } from './master-key-ring.ts';
import { KEY_BYTES } from './wrap-key.ts';

/** What is right and wrong with the keys of a data directory. Nothing in it is secret. */
export interface KeyInspection {
  readonly masterKey: string;
  /** Day keys that were opened. */
  readonly opened: number;
  /** Days whose keys were destroyed. */
  readonly destroyed: number;
  /** For people; empty if all is well. */
  readonly problems: readonly string[];
}

/**
 * Tries the master key, and every day key, or the newest ones.
 *
 * @param daysMax Day keys of each kind that are tried; a service is asked once for each. Default: all.
 */
export async function inspectKeys(
  masterKey: MasterKeyRing,
  dayKeys: readonly DayKeyFiles[],
  daysMax: number = Number.POSITIVE_INFINITY,
): Promise<KeyInspection> {
  const problems: string[] = [];
  let [opened, destroyed] = [0, 0];
  const tryTo = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof EncryptionError)) throw error;
      problems.push(error.message);
    }
  };
  await tryTo(async () => {
    const key = randomBytes(KEY_BYTES);
    const back = await masterKey.current.unwrap(await masterKey.wrap(key, 'check'), 'check');
    if (!back.equals(key)) problems.push(`${masterKey.description} gives back another key`);
  });
  // Each day's key would say the same.
  if (problems.length > 0) return { masterKey: masterKey.description, opened, destroyed, problems };
  for (const keys of dayKeys) {
    destroyed += (await keys.listDestroyed()).length;
    for (const day of (await keys.list()).toReversed().slice(0, daysMax)) {
      await tryTo(async () => {
        if ((await keys.of(day)).state === 'open') opened += 1;
      });
    }
  }
  return { masterKey: masterKey.description, opened, destroyed, problems };
}
