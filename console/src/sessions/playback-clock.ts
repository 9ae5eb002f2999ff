/** How a recording is played. */
export interface PlaybackPace {
  /** Times the original speed. */
  readonly speed: number;
  /** Longest pause in milliseconds of the recording; infinity for as it was. */
  readonly idleMaxMs: number;
}

/**
 * Where the player is after some time.
 *
 * @param times Of all events, in order; milliseconds since the session's start.
 * @param elapsedMs Of the watcher's time.
 */
export function advancePlayback(
  times: readonly number[],
  atMs: number,
  elapsedMs: number,
  { speed, idleMaxMs }: PlaybackPace,
): number {
  const thenMs = atMs + elapsedMs * speed;
  const next = findFirstAfter(times, atMs);
  const nextMs = times[next];
  if (nextMs === undefined) return times.at(-1) ?? 0;
  const lastMs = times[next - 1] ?? 0;
  const isIdle = thenMs < nextMs && thenMs - lastMs >= idleMaxMs;
  return isIdle ? nextMs : Math.min(thenMs, times.at(-1) ?? 0);
}

/** Index of the first time after `atMs`: how many there are up to then. */
export function findFirstAfter(times: readonly number[], atMs: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? 0) <= atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** As clocks show it: `1:20`, `1:02:03`. */
export function formatPlace(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes}:${two(seconds % 60)}`
    : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
}
