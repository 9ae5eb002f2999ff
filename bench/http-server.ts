import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findFreePort } from '../demo/find-free-port.ts';
import { startNginx } from '../test/http/nginx.ts';

/** A running nginx with one server. */
export interface HttpServer extends AsyncDisposable {
  readonly port: number;
  /** Of the process that serves. */
  readonly pid: number;
}

/**
 * Starts nginx on a port of its own.
 *
 * @param server Directives of its only server, `listen` excepted.
 * @param options `tls`: PEM files; `upstream`: directives beside the server.
 */
export async function startHttpServer(
  server: string,
  {
    tls,
    upstream = '',
  }: {
    readonly tls?: { readonly certificate: string; readonly key: string };
    readonly upstream?: string;
  } = {},
): Promise<HttpServer> {
  await using started = new AsyncDisposableStack();
  const directory = await mkdtemp(path.join(tmpdir(), 'sallyport-nginx-'));
  started.defer(() => rm(directory, { recursive: true, force: true }));
  const port = await findFreePort();
  const secured =
    tls === undefined ? '' : `ssl_certificate ${tls.certificate}; ssl_certificate_key ${tls.key};`;
  const http = `
  keepalive_requests 10000000;
  sendfile on;
  types { application/json json; }
  ${upstream}
  server {
    listen 127.0.0.1:${port}${tls === undefined ? '' : ' ssl http2'};
    ${secured}
    ${server}
  }`;
  const at = { host: '127.0.0.1', port };
  const { pid } = started.use(await startNginx({ directory, http, at }));
  const cleanUp = started.move();
  return { port, pid, [Symbol.asyncDispose]: () => cleanUp.disposeAsync() };
}
