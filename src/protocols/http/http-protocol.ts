import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { clientAddressOf } from '../../identity/client-address.ts';
import { FieldList } from '../../wire/http/field-list.ts';
import type { HttpMessageError } from '../../wire/http/http-message-error.ts';
import type { Door, Protocol, SessionEnd } from '../protocol.ts';
import type { ClientConnection, ClientConnectionOwner } from './client-connection.ts';
import { describeMessageError } from './describe-failure.ts';
import { formatProblem } from './encode-problem.ts';
import type { ExchangeOrigin, ExchangeServices } from './exchange-context.ts';
import type { FindService } from './http-service.ts';
import { Http1Connection } from './http1/http1-connection.ts';
import { Http2Connection } from './http2/http2-connection.ts';
import { serveExchange } from './serve-exchange.ts';
import { TlsAcceptor, type TlsAcceptorParts } from './tls-acceptor.ts';

/** Milliseconds for the requests at hand to come to their end once the gateway stops. */
const STOP_MS_MAX = 5_000;

/** What listeners of a process share, and what the protocol cannot do by itself. */
export interface HttpProtocolParts extends TlsAcceptorParts {
  /** `disabled` is for loopback only; the configuration sees to that. */
  readonly tlsMode: 'required' | 'disabled';
  readonly findService: FindService;
  readonly services: ExchangeServices;
  /** Aborts when clients had better connect elsewhere, although their requests are served. */
  readonly draining: AbortSignal;
  /** A client did what nobody does who speaks HTTP or TLS. */
  readonly onProtocolError: (error: Error, clientAddress: string) => void;
}

/** HTTP/1.1 and HTTP/2, on the clients' side. */
export class HttpProtocol implements Protocol {
  readonly kind = 'http';
  readonly #parts: HttpProtocolParts;
  readonly #acceptor: TlsAcceptor;

  constructor(parts: HttpProtocolParts) {
    this.#parts = parts;
    this.#acceptor = new TlsAcceptor(parts);
  }

  /** Serves one client connection; the sessions of its requests outlive it. */
  async serve(socket: Socket, door: Door, signal: AbortSignal): Promise<SessionEnd | undefined> {
    // Between two owners nobody listens, and an error without a listener would end the process.
    socket.on('error', ignoreError);
    const clientAddress = clientAddressOf(socket);
    const { tlsMode } = this.#parts;
    const stream = tlsMode === 'disabled' ? socket : await this.#encrypt(socket, clientAddress);
    if (stream === undefined) return undefined;
    await this.#serveStream(stream, { door, clientAddress, signal });
    return undefined;
  }

  #serveStream(
    stream: Socket,
    { door, clientAddress, signal }: Pick<ExchangeOrigin, 'door' | 'clientAddress' | 'signal'>,
  ): Promise<void> {
    const over = new AbortController();
    const { findService, services, draining } = this.#parts;
    const isEncrypted = stream instanceof TLSSocket;
    const certificateChain = isEncrypted ? findChain(stream) : undefined;
    const origin: ExchangeOrigin = {
      ...{ door, findService, clientAddress, isEncrypted, certificateChain },
      memory: { last: undefined },
      signal: over.signal,
    };
    return new Promise((resolve) => {
      const owner: ClientConnectionOwner = {
        onExchange: (exchange) => serveExchange(exchange, origin, services),
        onMessageError: (error) => this.#parts.onProtocolError(error, clientAddress),
        describeMessageError: (error) => encodeMessageError(error),
        onFailure: (error) => services.onFailure(error),
        onClose() {
          signal.removeEventListener('abort', stop);
          draining.removeEventListener('abort', drain);
          over.abort();
          resolve();
        },
      };
      const connection = openConnection(stream, owner);
      const stop = (): void => {
        connection.stop();
        setTimeout(() => connection.destroy(), STOP_MS_MAX).unref();
      };
      signal.addEventListener('abort', stop, { once: true });
      const drain = (): void => connection.drain();
      draining.addEventListener('abort', drain, { once: true });
      connection.start();
      if (draining.aborted) drain();
      if (signal.aborted) stop();
    });
  }

  /** Undefined where the client gave up, or has no TLS in common with the gateway. */
  async #encrypt(socket: Socket, clientAddress: string): Promise<TLSSocket | undefined> {
    try {
      const stream = await this.#acceptor.accept(socket);
      stream.on('error', ignoreError);
      return stream;
    } catch (error) {
      socket.destroy();
      this.#parts.onProtocolError(error as Error, clientAddress);
      return undefined;
    }
  }
}

function openConnection(stream: Socket, owner: ClientConnectionOwner): ClientConnection {
  if (!(stream instanceof TLSSocket)) return new Http1Connection(stream, 'http', owner);
  return stream.alpnProtocol === 'h2'
    ? new Http2Connection(stream, owner)
    : new Http1Connection(stream, 'https', owner);
}

/** Certificates of the client's, its own first. */
function findChain(stream: TLSSocket): readonly Buffer[] | undefined {
  if (!stream.authorized) return undefined;
  const chain: Buffer[] = [];
  let certificate = stream.getPeerCertificate(true);
  while (certificate?.raw !== undefined && !chain.some((known) => known.equals(certificate.raw))) {
    chain.push(certificate.raw);
    certificate = certificate.issuerCertificate;
  }
  return chain.length === 0 ? undefined : chain;
}

function encodeMessageError(
  error: HttpMessageError,
): ReturnType<ClientConnectionOwner['describeMessageError']> {
  const problem = describeMessageError(error);
  const fields = FieldList.of([['content-type', 'application/problem+json']]);
  return { status: problem.status, fields, body: Buffer.from(formatProblem(problem)) };
}

/** An error without a listener would end the process; `close` follows and is what counts. */
function ignoreError(): void {}
