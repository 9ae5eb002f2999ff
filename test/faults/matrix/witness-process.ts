import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../../../src/bin/cli.ts', import.meta.url));

/** A witness as another party would run it. */
export interface WitnessProcess extends AsyncDisposable {
  readonly port: number;
  /** Its verifier key. */
  readonly key: string;
}

/** Starts `sallyport witness` on a directory of its own. */
export async function startWitness(directory: string): Promise<WitnessProcess> {
  await mkdir(directory);
  const child = spawn(
    process.execPath,
    [CLI, 'witness', directory, '--name', 'witness.test/w1', '--listen', '127.0.0.1:0'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const said: { key?: string | undefined; port?: number } = {};
  for await (const line of createInterface({ input: child.stdout })) {
    said.key ??= /^Witness key: (\S+)/.exec(line)?.[1];
    const port = /^Listening on http:\/\/.*:(\d+)$/.exec(line)?.[1];
    if (port !== undefined) said.port = Number(port);
    if (said.key !== undefined && said.port !== undefined) break;
  }
  const { key, port } = said;
  if (key === undefined || port === undefined) throw new Error('The witness did not start');
  child.stdout.resume();
  return {
    port,
    key,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'close');
    },
  };
}
