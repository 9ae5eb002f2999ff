import { globSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';

/** The wall clock of processes, which jumps when told to. Their timers stay right. */
export interface WallClock {
  /** What a process takes from its environment to have this clock. */
  readonly environment: Readonly<Record<string, string>> & { readonly LD_PRELOAD: string };
  /** Moves it, in seconds from what it would be. */
  set(offsetSeconds: number): Promise<void>;
}

/** Debian's package `libfaketime`. */
const LIBRARY = '/usr/lib/*/faketime/libfaketime.so.1';

/**
 * Opens a clock that is right at first.
 *
 * @param file Says how far it is moved.
 * @throws {Error} If the library is not there: nothing would jump.
 */
export async function openWallClock(file: string): Promise<WallClock> {
  const [library] = globSync(LIBRARY);
  if (library === undefined) throw new Error(`Cannot move clocks: there is no ${LIBRARY}`);
  const set = (seconds: number): Promise<void> =>
    writeFile(file, `${seconds < 0 ? '' : '+'}${seconds}`);
  await set(0);
  return {
    environment: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      FAKETIME_NO_CACHE: '1',
    },
    set,
  };
}
