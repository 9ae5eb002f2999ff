import { formatTable } from './format-table.ts';
import {
  BUNDLE_PATH,
  type HttpContestant,
  LARGE_PATH,
  SMALL_PATH,
  startHttpContestants,
} from './http-contestants.ts';
import { measureDownload, measureLatencies, measureRequests } from './measure-requests.ts';
import { readCpuMicroseconds, readResidentBytes } from './process-usage.ts';
import { Results } from './results.ts';
import { percentile } from './spread.ts';

/** In the order of the table, and how many digits mean something. */
const MEASURES = {
  'requests of 1 kB: per second, HTTP/1.1': 0,
  'requests of 1 kB: per second, HTTP/2': 0,
  'one after the other: p50 µs': 0,
  'one after the other: p99 µs': 0,
  'download: MB/s': 0,
  'processor per download: s/GB': 2,
  'FHIR bundle: MB/s': 0,
  'FHIR bundle: MB/s a core': 0,
  'memory afterwards: MB': 0,
} as const;

type HttpMeasure = keyof typeof MEASURES;

/** How much of HTTP to measure. */
export interface HttpEffort {
  readonly rounds: number;
  readonly requests: number;
  readonly latencies: number;
  readonly downloadBytes: number;
  readonly bundleBytes: number;
}

/** Compares ways to the same service over TLS: nginx, and the gateway. Returns a table. */
export async function measureHttp(
  effort: HttpEffort,
  say: (line: string) => void,
): Promise<string> {
  say('Starting a service, nginx and three gateways ...');
  await using started = await startHttpContestants(effort.downloadBytes, effort.bundleBytes);
  const { nginx, gateway, written, masking } = started;
  const contestants = [nginx, gateway, written, masking];
  const results = new Results<HttpMeasure>();
  // What has just started compiles its code first: a round that does not count.
  for (let round = 0; round <= effort.rounds; round++) {
    const counted = round === 0 ? new Results<HttpMeasure>() : results;
    for (const contestant of contestants) {
      say(`HTTP, round ${round} of ${effort.rounds}: ${contestant.name}`);
      if (contestant !== masking) await measureRound(contestant, effort, counted);
      await measureBundle(contestant, started.bundleBytes, counted);
    }
  }
  for (const { name, pid } of contestants) {
    results.add(name, 'memory afterwards: MB', readResidentBytes(pid) / 1e6);
  }
  return formatTable(
    contestants.map(({ name }) => name),
    results,
    MEASURES,
  );
}

async function measureRound(
  contestant: HttpContestant,
  { requests, latencies, downloadBytes }: HttpEffort,
  results: Results<HttpMeasure>,
): Promise<void> {
  const { name, pid } = contestant;
  for (const version of ['1.1', '2'] as const) {
    const rate = await measureRequests(contestant, SMALL_PATH, requests, version);
    results.add(name, `requests of 1 kB: per second, HTTP/${version}`, rate);
  }
  const times = await measureLatencies(contestant, SMALL_PATH, latencies);
  results.add(name, 'one after the other: p50 µs', percentile(times, 0.5));
  results.add(name, 'one after the other: p99 µs', percentile(times, 0.99));
  const cpuBefore = readCpuMicroseconds(pid);
  const download = await measureDownload(contestant, LARGE_PATH);
  if (download.bytes !== downloadBytes) throw new Error('Cannot measure download: it was cut');
  results.add(name, 'download: MB/s', download.megabytesPerSecond);
  const cpuSeconds = (readCpuMicroseconds(pid) - cpuBefore) / 1e6;
  results.add(name, 'processor per download: s/GB', cpuSeconds / (downloadBytes / 1e9));
}

/** Megabytes are those of the bundle as the service sends it. */
async function measureBundle(
  contestant: HttpContestant,
  bundleBytes: number,
  results: Results<HttpMeasure>,
): Promise<void> {
  const { name, pid } = contestant;
  const cpuBefore = readCpuMicroseconds(pid);
  const { megabytesPerSecond, bytes } = await measureDownload(contestant, BUNDLE_PATH);
  const cpuSeconds = (readCpuMicroseconds(pid) - cpuBefore) / 1e6;
  results.add(name, 'FHIR bundle: MB/s', (megabytesPerSecond * bundleBytes) / bytes);
  results.add(name, 'FHIR bundle: MB/s a core', bundleBytes / 1e6 / cpuSeconds);
}
