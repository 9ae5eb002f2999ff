/** Time spent on each measurement, in slices, after a warm-up as long as two of them. */
const SLICE_MS = 150;
const SLICES = 8;

/** Time on a processor: what others do on the machine counts for less than in time on the clock. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/**
 * Megabytes per second of one core in the fastest slice: the others were disturbed more.
 *
 * @param act Done again and again; returns how many bytes it worked on.
 */
export function measureFastestSlice(act: () => number): number {
  const run = (durationMs: number): number => {
    const start = cpuMs();
    let bytes = 0;
    while (cpuMs() - start < durationMs) bytes += act();
    return bytes / 1_000 / (cpuMs() - start);
  };
  run(2 * SLICE_MS);
  return Math.max(...Array.from({ length: SLICES }, () => run(SLICE_MS)));
}
