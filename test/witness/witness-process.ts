import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';

const CLI = path.join(import.meta.dirname, '../../src/bin/cli.ts');

/** A `sallyport witness` that runs. */
export interface WitnessProcess extends AsyncDisposable {
  readonly key: string;
  readonly url: string;
  /** Has it cosign a log, by its key. */
  addLog(key: string): Promise<void>;
  /** Ends it at once, as a power failure does. */
  kill(): Promise<void>;
}

/** Starts one on any free port. The same directory, the same witness. */
export async function startWitnessProcess(
  directory: string,
  name: string,
): Promise<WitnessProcess> {
  await mkdir(directory, { recursive: true });
  const args = [CLI, 'witness', directory, '--name', name, '--listen', '127.0.0.1:0'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [key, url] = await readStart(child);
  return {
    key,
    url,
    addLog: (logKey) => appendFile(path.join(directory, 'logs'), `${logKey}\n`),
    kill: () => end(child, 'SIGKILL'),
    [Symbol.asyncDispose]: () => end(child, 'SIGTERM'),
  };
}

async function readStart(child: ChildProcess): Promise<readonly [string, string]> {
  if (child.stdout === null) throw new Error('A witness has no output');
  let key: string | undefined;
  for await (const line of createInterface(child.stdout)) {
    key ??= /^Witness key: (\S+)$/.exec(line)?.[1];
    const url = /^Listening on (\S+)$/.exec(line)?.[1];
    if (key !== undefined && url !== undefined) return [key, url];
  }
  throw new Error('A witness ended before it listened');
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}
