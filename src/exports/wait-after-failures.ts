const FIRST_MS = 500;
const WAIT_MS_MAX = 60_000;

/** Milliseconds until a failed thing is tried again: doubled each time, and spread so that many do not come together. */
export function waitAfterFailures(failures: number, random: () => number): number {
  const whole = Math.min(FIRST_MS * 2 ** Math.min(failures - 1, 20), WAIT_MS_MAX);
  return Math.round(whole / 2 + (whole / 2) * random());
}
