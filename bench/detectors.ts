import { parseArgs } from 'node:util';
import { compileDetectors, type Detectors } from '../src/masking/detectors/detectors.ts';
import { type DetectorWorkload, detectorWorkloads } from './detector-workloads.ts';

/** Time spent on each row of the table, in slices, after a warm-up as long as two of them. */
const SLICE_MS = 150;
const SLICES = 8;

/** Looked through between two looks at the clock, at least: asking for the time takes time too. */
const ROUND_BYTES_MIN = 1_000_000;

/** Time on a processor: what others do on the machine counts for less than in time on the clock. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** Bytes per second of one core, in millions, in the fastest slice: the others were disturbed more. */
function measure(detectors: Detectors, { texts }: DetectorWorkload): number {
  const textBytes = texts.reduce((sum, text) => sum + text.length, 0);
  const rounds = Math.ceil(ROUND_BYTES_MIN / textBytes);
  const run = (durationMs: number): number => {
    const start = cpuMs();
    let bytes = 0;
    while (cpuMs() - start < durationMs) {
      for (let round = 0; round < rounds; round++) {
        for (const text of texts) detectors.redact(text, 0, text.length);
      }
      bytes += rounds * textBytes;
    }
    return bytes / 1_000 / (cpuMs() - start);
  };
  run(2 * SLICE_MS);
  return Math.max(...Array.from({ length: SLICES }, () => run(SLICE_MS)));
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });
  const detectors = compileDetectors();
  for (const workload of detectorWorkloads().filter(({ name }) => name.includes(values.only))) {
    const megabytesPerSecond = measure(detectors, workload).toFixed(1);
    process.stdout.write(`${workload.name.padEnd(40)} ${megabytesPerSecond.padStart(8)} MB/s\n`);
  }
}
