import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { METRICS_CONTENT_TYPE } from './metrics.ts';

export interface HealthServerOptions {
  readonly host: string;
  readonly port: number;
  /** Of a socket that listens already, in place of host and port. */
  readonly descriptor?: number | undefined;
  /** In the text format of Prometheus. */
  readonly metrics: () => Promise<string>;
  /** Why no session can begin, in a few words each; nothing when one can. */
  readonly problems: () => Promise<readonly string[]>;
  readonly onError: (error: unknown) => void;
}

/** What monitoring asks, until it is disposed of. */
export interface HealthServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
}

const CONNECTIONS_MAX = 64;
/** Milliseconds. */
const REQUEST_TIMEOUT_MS = 10_000;
const HEADER_BYTES_MAX = 8 * 1024;

/**
 * Serves `/metrics`, `/healthz` (the process answers) and `/readyz` (sessions can begin). Nobody signs in here, and nothing that is
 * said is about a person, a statement or a patient.
 */
export async function startHealthServer(options: HealthServerOptions): Promise<HealthServer> {
  const { host, port, descriptor, onError } = options;
  const server = createServer(
    { requestTimeout: REQUEST_TIMEOUT_MS, maxHeaderSize: HEADER_BYTES_MAX },
    (request, response) => {
      // Nothing that is asked here has a body.
      request.resume();
      answer(options, request.method, request.url, response).catch((error: unknown) => {
        onError(error);
        response.destroy();
      });
    },
  );
  server.maxConnections = CONNECTIONS_MAX;
  server.listen(descriptor === undefined ? { port, host } : { fd: descriptor });
  await once(server, 'listening');
  const bound = server.address();
  return {
    host,
    port: typeof bound === 'object' && bound !== null ? bound.port : port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function answer(
  { metrics, problems }: HealthServerOptions,
  method: string | undefined,
  url: string | undefined,
  response: ServerResponse,
): Promise<void> {
  if (method !== 'GET' && method !== 'HEAD') return send(response, 405, { status: 'no' });
  const path = url?.split('?')[0];
  if (path === '/metrics') {
    response.writeHead(200, { 'content-type': METRICS_CONTENT_TYPE }).end(await metrics());
    return;
  }
  if (path === '/healthz') return send(response, 200, { status: 'ok' });
  if (path !== '/readyz') return send(response, 404, { status: 'no' });
  const found = await problems();
  if (found.length === 0) return send(response, 200, { status: 'ok' });
  send(response, 503, { status: 'unavailable', problems: found });
}

function send(response: ServerResponse, status: number, document: object): void {
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };
  response.writeHead(status, headers).end(`${JSON.stringify(document)}\n`);
}
