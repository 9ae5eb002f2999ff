import { parseArgs } from 'node:util';
import { compileDetectors, type Detectors } from '../src/masking/detectors/detectors.ts';
import { type DetectorWorkload, detectorWorkloads } from './detector-workloads.ts';
import { measureFastestSlice } from './fastest-slice.ts';

/** Looked through between two looks at the clock, at least: asking for the time takes time too. */
const ROUND_BYTES_MIN = 1_000_000;

function measure(detectors: Detectors, { texts }: DetectorWorkload): number {
  const textBytes = texts.reduce((sum, text) => sum + text.length, 0);
  const rounds = Math.ceil(ROUND_BYTES_MIN / textBytes);
  return measureFastestSlice(() => {
    for (let round = 0; round < rounds; round++) {
      for (const text of texts) detectors.redact(text, 0, text.length);
    }
    return rounds * textBytes;
  });
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });
  const detectors = compileDetectors();
  for (const workload of detectorWorkloads().filter(({ name }) => name.includes(values.only))) {
    const megabytesPerSecond = measure(detectors, workload).toFixed(1);
    process.stdout.write(`${workload.name.padEnd(40)} ${megabytesPerSecond.padStart(8)} MB/s\n`);
  }
}
