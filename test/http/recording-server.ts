import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import {
  type AddressInfo,
  connect,
  createServer as createSocketServer,
  type Server,
} from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { endWithUs } from '../../demo/end-with-us.ts';

/** A whole request, as a server understood it. */
export interface SeenRequest {
  readonly method: string;
  readonly target: string;
  /** In latin1. */
  readonly body: string;
  /** Names in lower case and values by turns. */
  readonly fields: readonly string[];
}

/** A server that answers 200 to everything, and keeps what it was asked. */
export interface RecordingServer extends AsyncDisposable {
  readonly name: 'Node' | 'nginx';
  readonly port: number;
  /** What came whole since the last call, in order. */
  take(): readonly SeenRequest[];
}

/** The server of Node.js, with its strict parser. */
export async function startNodeServer(): Promise<RecordingServer> {
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('latin1');
    request.on('data', (piece: string) => (body += piece));
    request.on('error', () => undefined);
    request.on('end', () => {
      const { method = '', url: target = '', rawHeaders } = request;
      const fields = rawHeaders.map((part, at) => (at % 2 === 0 ? part.toLowerCase() : part));
      seen.push({ method, target, body, fields });
      response.end('seen');
    });
  });
  const port = await listen(server);
  return {
    name: 'Node',
    port,
    take: () => seen.splice(0),
    [Symbol.asyncDispose]: () => close(server),
  };
}

/**
 * nginx of Debian, which passes on what it was asked to a server that keeps it. It listens at a socket in its
 * directory, since it cannot say which free port it took.
 */
export async function startNginxServer(): Promise<RecordingServer> {
  await using started = new AsyncDisposableStack();
  const behind = started.use(await startNodeServer());
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-nginx-'));
  started.defer(() => rm(directory, { recursive: true, force: true }));
  const configuration = join(directory, 'nginx.conf');
  await writeFile(configuration, configure(directory, behind.port));
  const child = spawn('/usr/sbin/nginx', ['-c', configuration, '-e', join(directory, 'error')], {
    stdio: 'ignore',
  });
  started.defer(() => end(child));
  const ended = endWithUs(child.pid ?? 0, { signal: 'SIGQUIT', graceSeconds: 5 });
  child.once('exit', ended);
  const socketPath = join(directory, 'socket');
  await untilListening(socketPath);
  const front = createSocketServer({ allowHalfOpen: true }, (socket) => {
    const inner = connect({ path: socketPath, allowHalfOpen: true });
    socket.pipe(inner).pipe(socket);
    socket.on('error', () => inner.destroy()).on('close', () => inner.destroy());
    inner.on('error', () => socket.destroy()).on('close', () => socket.destroySoon());
  });
  const port = await listen(front);
  started.defer(() => close(front));
  const cleanUp = started.move();
  return {
    name: 'nginx',
    port,
    take: () => behind.take(),
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
}

function configure(directory: string, port: number): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${directory}/${name};`)
    .join(' ');
  return `
daemon off;
master_process off;
pid ${directory}/pid;
error_log ${directory}/error;
events { worker_connections 64; }
http {
  access_log off;
  ${temporary}
  server {
    listen unix:${directory}/socket;
    location / {
      proxy_pass http://127.0.0.1:${port};
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
    }
  }
}
`;
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function close(server: Server & { closeAllConnections?(): void }): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections?.();
  await closed;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

async function untilListening(path: string): Promise<void> {
  for (;;) {
    const socket = connect({ path });
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (isOpen) return;
    await wait(20);
  }
}
