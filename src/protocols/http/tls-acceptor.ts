import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls';

/** What a listener shows its clients, and whose certificates it takes from them. */
export type ListenerTlsOptions = Pick<
  TlsOptions,
  'cert' | 'key' | 'ca' | 'minVersion' | 'secureOptions'
>;

/** How clients of a listener are let in. */
export interface TlsAcceptorParts {
  /** Asked for each connection, so that a renewed certificate is used at once: the same object for the same. */
  readonly tlsOptions: () => ListenerTlsOptions;
  /** Whether clients are asked for a certificate, of the authorities in `ca`. */
  readonly clientAuthorities: boolean;
}

/** Milliseconds that the handshake may take. */
const HANDSHAKE_MS_MAX = 10_000;

/**
 * Begins TLS with clients. A server of Node's does it, which listens nowhere: nobody else says whether a client's
 * certificate passed.
 */
export class TlsAcceptor {
  readonly #parts: TlsAcceptorParts;
  readonly #servers = new WeakMap<ListenerTlsOptions, Server>();
  /** By where the client is. */
  readonly #waiting = new Map<string, PromiseWithResolvers<TLSSocket>>();

  constructor(parts: TlsAcceptorParts) {
    this.#parts = parts;
  }

  /** Rejects where the client gave up, or has no TLS in common with the gateway. */
  async accept(socket: Socket): Promise<TLSSocket> {
    const key = nameClient(socket);
    const secured = Promise.withResolvers<TLSSocket>();
    this.#waiting.set(key, secured);
    // A client that is gone has no address any more, by which the server's own word could find whom it is for.
    const leave = (): void => secured.reject(new Error('Cannot begin TLS: the client left'));
    socket.once('close', leave);
    const timer = setTimeout(leave, HANDSHAKE_MS_MAX).unref();
    // Until TLS is there, a client that ends its side has no more to say; afterwards it may wait for its answer.
    const { allowHalfOpen } = socket;
    socket.allowHalfOpen = false;
    try {
      this.#findServer().emit('connection', socket);
      const stream = await secured.promise;
      stream.allowHalfOpen = allowHalfOpen;
      return stream;
    } finally {
      clearTimeout(timer);
      socket.off('close', leave);
      if (this.#waiting.get(key) === secured) this.#waiting.delete(key);
    }
  }

  #findServer(): Server {
    const options = this.#parts.tlsOptions();
    const known = this.#servers.get(options);
    if (known !== undefined) return known;
    const server = createServer({
      ...options,
      ALPNProtocols: ['h2', 'http/1.1'],
      handshakeTimeout: HANDSHAKE_MS_MAX,
      requestCert: this.#parts.clientAuthorities,
      // Who has none, or one of somebody else, may still have a token.
      rejectUnauthorized: false,
    });
    server.on('secureConnection', (stream) =>
      this.#waiting.get(nameClient(stream))?.resolve(stream),
    );
    server.on('tlsClientError', (error, stream) => {
      this.#waiting.get(nameClient(stream))?.reject(error);
    });
    this.#servers.set(options, server);
    return server;
  }
}

function nameClient({ remoteAddress = '', remotePort = 0 }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
