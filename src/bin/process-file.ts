import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProcessStart } from '../store/running-process.ts';

/** Says, in the data directory, which process is the gateway's. */
const FILE = 'gateway.pid';

/** Writes which process this is until it is disposed of; whoever is killed leaves a file that names nobody. */
export async function writeProcessFile(dataDirectory: string): Promise<AsyncDisposable> {
  const file = join(dataDirectory, FILE);
  const text = describeProcess(process.pid);
  await writeFile(file, text, { mode: 0o600 });
  return {
    async [Symbol.asyncDispose]() {
      // The next gateway may have begun already.
      if ((await readIfThere(file)) === text) await rm(file, { force: true });
    },
  };
}

/** Sends a signal to the gateway that runs on a data directory. False if none does. */
export async function signalGateway(
  dataDirectory: string,
  signal: 'SIGHUP' | 'SIGUSR2',
): Promise<boolean> {
  const text = await readIfThere(join(dataDirectory, FILE));
  const pid = Number.parseInt(text ?? '', 10);
  // A process id is used again; with the time of its start it names a process for good.
  if (!Number.isSafeInteger(pid) || pid <= 0 || describeProcess(pid) !== text) return false;
  process.kill(pid, signal);
  return true;
}

function describeProcess(pid: number): string {
  return `${pid} ${findProcessStart(pid) ?? 'gone'}\n`;
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
