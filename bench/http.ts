import path from 'node:path';
import { CHECKOUT } from '../tools/source-file.ts';
import { describeMachine } from './describe-machine.ts';
import { type HttpEffort, measureHttp } from './measure-http.ts';
import { writeReport } from './write-report.ts';

const REPORT = path.join(CHECKOUT, 'docs', 'http-performance.md');
const COMMAND = 'npm run bench -- --http --write';

/** About ten minutes. */
const FULL: HttpEffort = {
  rounds: 5,
  requests: 100_000,
  latencies: 3000,
  downloadBytes: 2e9,
  bundleBytes: 200e6,
};
/** One, to see whether something is badly off. */
const QUICK: HttpEffort = {
  rounds: 1,
  requests: 10_000,
  latencies: 500,
  downloadBytes: 500e6,
  bundleBytes: 50e6,
};

/** `npm run bench -- --http`: compares HTTPS to a service through nginx, and through the gateway. */
export async function benchHttp(
  options: { readonly isQuick: boolean; readonly isWritten: boolean },
  say: (line: string) => void,
): Promise<void> {
  const effort = options.isQuick ? QUICK : FULL;
  const table = await measureHttp(effort, say);
  const text = [
    table,
    '',
    ...describeMachine().map((line) => `- ${line}`),
    `- ${effort.rounds} rounds of ${effort.requests} requests in each version and ${effort.latencies} one after the other, a download of ` +
      `${effort.downloadBytes / 1e6} MB and a bundle of ${effort.bundleBytes / 1e6} MB; median of the rounds (lowest–highest) ` +
      'and ratio within a round to the first column that has the figure',
  ].join('\n');
  console.log(text);
  if (options.isWritten) await writeReport(REPORT, text, COMMAND);
}
