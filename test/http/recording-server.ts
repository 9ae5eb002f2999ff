import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import {
  type AddressInfo,
  connect,
  createServer as createSocketServer,
  type Server,
} from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startNginx } from './nginx.ts';

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
  const socketPath = join(directory, 'socket');
  const http = `
  server {
    listen unix:${socketPath};
    location / {
      proxy_pass http://127.0.0.1:${behind.port};
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
    }
  }`;
  started.use(await startNginx({ directory, http, at: { path: socketPath } }));
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
