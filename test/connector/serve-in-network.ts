import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ApiServerAccess } from '../kubernetes/environment.ts';

/** Listens at `argv[1]:argv[2]`, and passes on to the Unix socket `argv[3]`. */
const RELAY = `
const { connect, createServer } = require('node:net');
const [host, port, path] = process.argv.slice(1);
createServer({ allowHalfOpen: true }, (one) => {
  const other = connect({ path, allowHalfOpen: true });
  one.pipe(other).pipe(one);
  one.on('error', () => other.destroy());
  other.on('error', () => one.destroy());
}).listen(Number(port), host, () => console.log('ready'));`;

/** Answers requests at `argv[1]:argv[2]` with what they asked for; one for /ticks with a line now and then. */
const SITE = `
const { createServer } = require('node:http');
const [host, port] = process.argv.slice(1);
createServer((request, response) => {
  if (request.url === '/ticks') {
    const timer = setInterval(() => response.write('tick\\n'), 50);
    response.once('close', () => clearInterval(timer));
    return;
  }
  response.end('{"asked":"' + request.url + '","by":"' + (request.headers.authorization ?? '') + '"}');
}).listen(Number(port), host, () => console.log('ready'));`;

const CLUSTER = fileURLToPath(new URL('serve-cluster.ts', import.meta.url));

/** Something that listens in another network. */
export interface ServedInNetwork extends AsyncDisposable {
  readonly pid: number | undefined;
}

/** Lets a Unix socket, which all networks of a machine share, be reached in another network. */
export function relayInNetwork(
  through: readonly string[],
  place: { readonly host: string; readonly port: number; readonly path: string },
): Promise<ServedInNetwork> {
  return serve(through, ['-e', RELAY, place.host, String(place.port), place.path]);
}

/** Serves HTTP in another network. */
export function serveSiteInNetwork(
  through: readonly string[],
  place: { readonly host: string; readonly port: number },
): Promise<ServedInNetwork> {
  return serve(through, ['-e', SITE, place.host, String(place.port)]);
}

/** Stands in for a cluster in another network. @param token Of the only one who may ask it. */
export async function serveClusterInNetwork(
  through: readonly string[],
  { host, token }: { readonly host: string; readonly token: string },
): Promise<ServedInNetwork & { readonly apiServer: ApiServerAccess }> {
  const served = await serve(through, [CLUSTER, host, token]);
  return { ...served, apiServer: JSON.parse(served.said) as ApiServerAccess };
}

/** @param program What Node is to run, with its arguments. It says one line once it is ready. */
async function serve(
  through: readonly string[],
  program: readonly string[],
): Promise<ServedInNetwork & { readonly said: string }> {
  const [command = '', ...rest] = [...through, process.execPath, ...program];
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = (await once(createInterface(child.stdout), 'line')) as [string];
  return {
    ...{ pid: child.pid, said },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
    },
  };
}
