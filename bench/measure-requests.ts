import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { Agent, type RequestOptions, request } from 'node:https';
import { promisify } from 'node:util';
import { TARGET_HOST } from '../test/http/environment.ts';
import type { HttpContestant } from './http-contestants.ts';

const run = promisify(execFile);

/** Clients of `h2load` at a time. */
const CLIENTS = 16;
/** Streams of each over HTTP/2. */
const STREAMS = 8;
const OUTPUT_BYTES_MAX = 1024 * 1024;

/** Requests that were answered in a second, on connections that are kept. */
export async function measureRequests(
  { port, fields }: HttpContestant,
  path: string,
  requests: number,
  version: '1.1' | '2',
): Promise<number> {
  const { stdout } = await run(
    'h2load',
    [
      ...['-n', String(requests), '-c', String(CLIENTS)],
      ...(version === '2' ? ['-m', String(STREAMS)] : ['--h1']),
      ...fields.flatMap((field) => ['-H', field]),
      `--connect-to=127.0.0.1:${port}`,
      `https://${TARGET_HOST}:${port}${path}`,
    ],
    { maxBuffer: OUTPUT_BYTES_MAX },
  );
  const succeeded = Number(/(\d+) 2xx/.exec(stdout)?.[1]);
  if (succeeded !== requests)
    throw new Error(`Cannot measure requests: ${succeeded} were answered`);
  return Number(/([\d.]+) req\/s/.exec(stdout)?.[1]);
}

/** Megabytes in a second of one response. */
export async function measureDownload(
  { port, fields, authorityFile }: HttpContestant,
  path: string,
): Promise<{ readonly megabytesPerSecond: number; readonly bytes: number }> {
  const { stdout } = await run('curl', [
    ...['--silent', '--show-error', '--fail', '--http1.1', '--output', '/dev/null'],
    ...['--cacert', authorityFile, '--write-out', '%{size_download} %{time_total}'],
    ...fields.flatMap((field) => ['--header', field]),
    ...['--connect-to', `${TARGET_HOST}:${port}:127.0.0.1:${port}`],
    `https://${TARGET_HOST}:${port}${path}`,
  ]);
  const [bytes = 0, seconds = 0] = stdout.split(' ').map(Number);
  return { megabytesPerSecond: bytes / 1e6 / seconds, bytes };
}

/** Microseconds of one request after the other on one connection, ascending. */
export async function measureLatencies(
  { port, fields, authorityFile }: HttpContestant,
  path: string,
  requests: number,
): Promise<Float64Array> {
  const ca = await readFile(authorityFile);
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca, servername: TARGET_HOST });
  const headers: Record<string, string> = { host: TARGET_HOST };
  for (const field of fields) {
    const [name = '', value = ''] = field.split(': ');
    headers[name] = value;
  }
  const times: number[] = [];
  try {
    for (let count = 0; count < requests; count += 1) {
      const startedAtMs = performance.now();
      await ask({ agent, headers, host: '127.0.0.1', port, path });
      times.push((performance.now() - startedAtMs) * 1000);
    }
  } finally {
    agent.destroy();
  }
  return Float64Array.from(times).sort();
}

function ask(options: RequestOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request(options, (response) => {
      response.on('error', reject);
      response.on('end', resolve);
      response.resume();
      if (response.statusCode !== 200) reject(new Error(`Cannot measure: ${response.statusCode}`));
    });
    asked.on('error', reject);
    asked.end();
  });
}
