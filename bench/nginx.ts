import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** A running nginx with one worker, as the gateway has. */
export interface Nginx extends AsyncDisposable {
  readonly port: number;
  /** Of the process that serves. */
  readonly pid: number;
}

const START_MS_MAX = 10_000;

/**
 * Starts Debian's nginx.
 *
 * @param server Directives of its only server, `listen` excepted.
 * @param options `tls`: PEM files; `upstream`: directives beside the server.
 */
export async function startNginx(
  server: string,
  options: {
    readonly tls?: { readonly certificate: string; readonly key: string };
    readonly upstream?: string;
  } = {},
): Promise<Nginx> {
  await using started = new AsyncDisposableStack();
  const directory = await mkdtemp(path.join(tmpdir(), 'sallyport-nginx-'));
  started.defer(() => rm(directory, { recursive: true, force: true }));
  const port = await findFreePort();
  const configuration = path.join(directory, 'nginx.conf');
  await writeFile(configuration, describe(directory, port, server, options));
  const child = spawn(
    '/usr/sbin/nginx',
    ['-c', configuration, '-e', path.join(directory, 'error')],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  started.defer(async () => {
    if (child.exitCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  });
  await untilListening(port);
  const cleanUp = started.move();
  return { port, pid: child.pid ?? 0, [Symbol.asyncDispose]: () => cleanUp.disposeAsync() };
}

function describe(
  directory: string,
  port: number,
  server: string,
  { tls, upstream = '' }: NonNullable<Parameters<typeof startNginx>[1]>,
): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${directory}/${name};`)
    .join(' ');
  const secured =
    tls === undefined ? '' : `ssl_certificate ${tls.certificate}; ssl_certificate_key ${tls.key};`;
  return `
daemon off;
master_process off;
pid ${directory}/pid;
error_log ${directory}/error;
events { worker_connections 2048; }
http {
  access_log off;
  keepalive_requests 10000000;
  sendfile on;
  types { application/json json; }
  ${temporary}
  ${upstream}
  server {
    listen 127.0.0.1:${port}${tls === undefined ? '' : ' ssl http2'};
    ${secured}
    ${server}
  }
}
`;
}

async function findFreePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

async function untilListening(port: number): Promise<void> {
  const untilMs = performance.now() + START_MS_MAX;
  while (!(await answers(port))) {
    if (performance.now() > untilMs) throw new Error('Cannot start nginx: it does not listen');
    await wait(20);
  }
}

async function answers(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
