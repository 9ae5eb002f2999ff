import { once } from 'node:events';
import { createServer as createPlainServer, type IncomingMessage } from 'node:http';
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { CertificateAndKey } from '../../src/gateway/certificates.ts';

/** What a service of the tests does with a request, whatever version it came in. */
export type UpstreamHandler = (
  request: IncomingMessage | Http2ServerRequest,
  response: UpstreamResponse,
) => void;

/** What both versions' responses have in common, as far as tests need it. */
export type UpstreamResponse = Pick<
  Http2ServerResponse,
  'writeHead' | 'setHeader' | 'end' | 'statusCode' | 'destroy' | 'addTrailers'
> & { write(piece: string | Buffer): boolean };

/** How a service of the tests is spoken to. */
export interface UpstreamOptions {
  readonly handler: UpstreamHandler;
  /** `h2`: HTTP/2 and 1.1 by ALPN. Default: HTTP/1.1 over TLS. */
  readonly speaks?: 'plain' | 'tls' | 'h2';
  /** Called with sockets that a request wants to be upgraded on; HTTP/1.1 alone. */
  readonly upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Asks clients for a certificate of this authority, PEM, and refuses those without one. */
  readonly clientAuthority?: string;
}

/** A service on a free port of 127.0.0.1. */
export interface PrivateUpstream extends AsyncDisposable {
  readonly port: number;
  /** Connections that it took so far. */
  readonly connections: () => number;
}

/** Starts a service with a certificate for `localhost` and `127.0.0.1`. */
export async function startUpstream(
  certificate: CertificateAndKey,
  { handler, speaks = 'tls', upgrade, clientAuthority }: UpstreamOptions,
): Promise<PrivateUpstream> {
  const tls = {
    cert: certificate.certificatePem,
    key: certificate.keyPem,
    ...(clientAuthority !== undefined && { ca: clientAuthority, requestCert: true }),
  };
  // The two kinds of responses differ in what these tests do not use.
  const listener = handler as (request: unknown, response: unknown) => void;
  const server: Server = {
    plain: () => createPlainServer(listener),
    tls: () => createTlsServer(tls, listener),
    h2: () => createSecureServer({ ...tls, allowHTTP1: true }, listener),
  }[speaks]();
  if (upgrade !== undefined) server.on('upgrade', upgrade);
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
