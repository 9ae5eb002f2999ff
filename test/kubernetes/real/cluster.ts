import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ApiServerAccess } from '../environment.ts';

/** A cluster of one node that runs on this machine. */
export interface Cluster extends AsyncDisposable {
  /** For the gateway, whose certificate is for the user `gateway`. */
  readonly apiServer: ApiServerAccess;
  /** For kubectl, as an administrator and past the gateway. */
  readonly kubeconfig: string;
}

/** As `start-cluster.sh` has it. */
const API_SERVER_PORT = 46443;
const READY_TIMEOUT_MS = 180_000;

/** Builds the cluster in a directory that is kept, unless it is there. Only root can. */
export async function buildCluster(directory: string): Promise<void> {
  if (await exists(join(directory, 'built'))) return;
  if (process.getuid?.() !== 0) throw new Error('Cannot build the cluster: it takes root');
  const built = spawn(scriptOf('build-cluster.sh'), [directory], { stdio: ['ignore', 2, 2] });
  const [code] = (await once(built, 'close')) as [number | null];
  if (code !== 0) throw new Error(`Cannot build the cluster: the script ends with ${code}`);
}

/** Runs the cluster that was built. It ends with this process, however that ends. */
export async function startCluster(directory: string): Promise<Cluster> {
  const state = await mkdtemp(join(tmpdir(), 'sallyport-cluster-'));
  const child = spawn(scriptOf('run-cluster.sh'), [directory, state], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  const stop = async (): Promise<void> => {
    child.stdin.end();
    await ended;
    await rm(state, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await isReady(child.stdout, ended);
    const read = (name: string): Promise<string> => readFile(join(state, name), 'utf8');
    return {
      apiServer: {
        port: API_SERVER_PORT,
        authorityPem: await read('ca.crt'),
        clientCertificate: {
          certificate: await read('gateway.crt'),
          key: await read('gateway.key'),
        },
      },
      kubeconfig: join(state, 'admin.conf'),
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function isReady(output: NodeJS.ReadableStream, ended: Promise<unknown>): Promise<void> {
  const ready = (async (): Promise<void> => {
    for await (const line of createInterface({ input: output })) {
      if (line === 'ready') return;
    }
    throw new Error('Cannot start the cluster: it ends');
  })();
  const deadline = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => deadline.reject(new Error('Cannot start the cluster: it takes too long')),
    READY_TIMEOUT_MS,
  );
  try {
    await Promise.race([ready, ended, deadline.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function scriptOf(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
