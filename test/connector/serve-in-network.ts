import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

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

/** Answers requests at `argv[1]:argv[2]` with what they asked for. */
const SITE = `
const { createServer } = require('node:http');
const [host, port] = process.argv.slice(1);
createServer((request, response) => {
  response.end('{"asked":"' + request.url + '","by":"' + (request.headers.authorization ?? '') + '"}');
}).listen(Number(port), host, () => console.log('ready'));`;

/** Something that listens in another network. */
export interface ServedInNetwork extends AsyncDisposable {
  readonly pid: number | undefined;
}

/** Lets a Unix socket, which all networks of a machine share, be reached in another network. */
export function relayInNetwork(
  through: readonly string[],
  place: { readonly host: string; readonly port: number; readonly path: string },
): Promise<ServedInNetwork> {
  return serve(through, RELAY, [place.host, String(place.port), place.path]);
}

/** Serves HTTP in another network. */
export function serveSiteInNetwork(
  through: readonly string[],
  place: { readonly host: string; readonly port: number },
): Promise<ServedInNetwork> {
  return serve(through, SITE, [place.host, String(place.port)]);
}

async function serve(
  through: readonly string[],
  script: string,
  words: readonly string[],
): Promise<ServedInNetwork> {
  const [program = '', ...rest] = [...through, process.execPath, '-e', script, ...words];
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(createInterface(child.stdout), 'line');
  return {
    pid: child.pid,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
    },
  };
}
