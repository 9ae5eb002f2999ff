import { once } from 'node:events';
import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import type { CancelRequest } from '../../wire/postgres/cancel-request.ts';
import { type ErrorFields, encodeErrorResponse } from '../../wire/postgres/error-response.ts';
import {
  FrontendType,
  frameLength,
  MESSAGE_HEADER_BYTES,
  startupFrameLength,
} from '../../wire/postgres/message-framing.ts';
import type { StartupMessage } from '../../wire/postgres/startup-message.ts';
import { decodeStartupPacket, type StartupPacket } from '../../wire/postgres/startup-packet.ts';
import { ProtocolError } from '../../wire/protocol-error.ts';

/** First byte of a TLS record that carries a handshake. */
const TLS_HANDSHAKE = 0x16;
/** Application protocol of direct TLS connections, as PostgreSQL registered it. */
const ALPN = 'postgresql';
/**
 * Bytes of a TLS record to a client: what PostgreSQL writes at once (PQ_SEND_BUFFER_SIZE). libpq keeps room for
 * that much. Of a larger record a part can stay inside its TLS library, where a client that waits for its socket by itself (psycopg)
 * does not see it, and waits for ever.
 */
const TLS_FRAGMENT_BYTES_MAX = 8_192;
/** A client may ask for encryption twice (GSSAPI, then TLS) before its startup message. */
const STARTUP_PACKETS_MAX = 3;
/** Bytes of one message while signing in: a token, with room for what libraries put around it. */
const SIGN_IN_BYTES_MAX = 64 * 1024;

/** What may end the wait for bytes. A half-open socket ends without being closed. */
const WAKING_EVENTS = ['readable', 'end', 'close', 'error'] as const;

export interface DownstreamOptions {
  /** `disabled` and `optional` are for loopback only; the configuration sees to that. */
  readonly tlsMode: 'required' | 'optional' | 'disabled';
  /** Asked for each connection, so that a renewed certificate is used at once. */
  readonly secureContext: () => SecureContext;
}

/** How a connection began. */
export type Opening =
  | { readonly kind: 'startup'; readonly downstream: Downstream; readonly startup: StartupMessage }
  | { readonly kind: 'cancel'; readonly request: CancelRequest }
  | { readonly kind: 'refused' };

/**
 * Accepts one connection up to its startup message: encryption first, as the mode demands.
 *
 * The caller's `signal` is the deadline; the socket is destroyed by whoever owns it.
 *
 * @throws {ProtocolError} If the client breaks the protocol, or goes away.
 * @see https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL
 */
export async function acceptDownstream(
  socket: Socket,
  options: DownstreamOptions,
  signal: AbortSignal,
): Promise<Opening> {
  let downstream = new Downstream(socket, signal);
  if ((await downstream.peekByte()) === TLS_HANDSHAKE && options.tlsMode !== 'disabled') {
    downstream = await downstream.encrypt(options, 'direct');
  }
  for (let count = 0; count < STARTUP_PACKETS_MAX; count++) {
    const packet = decodeOrRefuse(downstream, await downstream.readStartupPacket());
    switch (packet.type) {
      case 'CancelRequest':
        return { kind: 'cancel', request: packet };
      case 'GSSENCRequest':
        downstream.refuseEncryption();
        break;
      case 'SSLRequest':
        if (options.tlsMode === 'disabled' || downstream.isEncrypted) downstream.refuseEncryption();
        else downstream = await downstream.encrypt(options, 'requested');
        break;
      case 'UnsupportedVersion':
        downstream.refuse({
          severity: 'FATAL',
          sqlState: '0A000',
          message: `unsupported frontend protocol ${packet.majorVersion}: the gateway supports 3.0 to 3.2`,
        });
        return { kind: 'refused' };
      case 'StartupMessage':
        if (!downstream.isEncrypted && options.tlsMode === 'required') {
          downstream.refuse({
            severity: 'FATAL',
            sqlState: '28000',
            message: 'the gateway accepts encrypted connections only',
            hint: 'Connect with sslmode=verify-full.',
          });
          return { kind: 'refused' };
        }
        return { kind: 'startup', downstream, startup: packet };
    }
  }
  throw new ProtocolError('startup packet', 'too many requests before the startup message');
}

/** Says what is wrong with a startup packet, as a server does, before the error ends the connection. */
function decodeOrRefuse(downstream: Downstream, body: Buffer): StartupPacket {
  try {
    return decodeStartupPacket(body);
  } catch (error) {
    if (error instanceof ProtocolError) {
      downstream.refuse({ severity: 'FATAL', sqlState: '08P01', message: error.message });
    }
    throw error;
  }
}

/** A client that is signing in: read step by step, until the session's relay takes the socket over. */
export class Downstream {
  readonly socket: Socket;
  readonly isEncrypted: boolean;
  readonly #signal: AbortSignal;

  constructor(socket: Socket, signal: AbortSignal) {
    this.socket = socket;
    this.isEncrypted = socket instanceof TLSSocket;
    this.#signal = signal;
  }

  send(...messages: readonly Buffer[]): void {
    this.socket.write(Buffer.concat(messages));
  }

  /** Sends a fatal error and ends the connection. */
  refuse(error: ErrorFields): void {
    this.socket.end(encodeErrorResponse(error));
  }

  /** Answers SSLRequest or GSSENCRequest with no. */
  refuseEncryption(): void {
    this.socket.write('N');
  }

  async peekByte(): Promise<number> {
    const [byte] = await this.#read(1);
    this.socket.unshift(Buffer.of(byte as number));
    return byte as number;
  }

  async readStartupPacket(): Promise<Buffer> {
    const header = await this.#read(4);
    const size = startupFrameLength(header, 0, 4);
    return this.#read(size - 4);
  }

  /** Reads the body of a PasswordMessage or one of its SASL siblings. */
  async readPasswordMessage(): Promise<Buffer> {
    const header = await this.#read(MESSAGE_HEADER_BYTES);
    if (header[0] !== FrontendType.PasswordMessage) {
      throw new ProtocolError('PasswordMessage', 'another message came in its place');
    }
    const size = frameLength(header, 0, MESSAGE_HEADER_BYTES, SIGN_IN_BYTES_MAX);
    return this.#read(size - MESSAGE_HEADER_BYTES);
  }

  /**
   * @param how `direct`: the client began with TLS, which has to name the protocol by ALPN.
   * @throws {ProtocolError} If anything was sent before the handshake: an attacker in the middle
   *   could have put it there (CVE-2021-23222).
   */
  async encrypt(options: DownstreamOptions, how: 'requested' | 'direct'): Promise<Downstream> {
    if (how === 'requested') {
      if (this.socket.readableLength > 0) {
        throw new ProtocolError('SSLRequest', 'followed by unencrypted bytes');
      }
      this.socket.write('S');
    }
    const encrypted = new TLSSocket(this.socket, {
      isServer: true,
      secureContext: options.secureContext(),
      ALPNProtocols: [ALPN],
    });
    encrypted.setMaxSendFragment(TLS_FRAGMENT_BYTES_MAX);
    try {
      await once(encrypted, 'secure', { signal: this.#signal });
    } catch (cause) {
      throw new ProtocolError('TLS handshake', 'failed', { cause });
    }
    if (how === 'direct' && encrypted.alpnProtocol !== ALPN) {
      throw new ProtocolError('TLS handshake', `direct TLS without ALPN ${ALPN}`);
    }
    return new Downstream(encrypted, this.#signal);
  }

  /** Leaves no listener behind, however small the pieces are that a client sends. */
  #read(size: number): Promise<Buffer> {
    const { socket } = this;
    const signal = this.#signal;
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        for (const event of WAKING_EVENTS) socket.off(event, look);
        signal.removeEventListener('abort', look);
      };
      const look = (): void => {
        const bytes = this.#take(size);
        if (bytes !== undefined) {
          settle();
          resolve(bytes);
        } else if (signal.aborted) {
          settle();
          const cause = signal.reason as unknown;
          reject(new ProtocolError('sign-in', 'not completed in time', { cause }));
        } else if (socket.readableEnded || socket.destroyed) {
          settle();
          reject(new ProtocolError('sign-in', 'the client went away'));
        }
      };
      // Once for the whole wait: a new listener hears at once of bytes that are too few, for ever.
      for (const event of WAKING_EVENTS) socket.on(event, look);
      signal.addEventListener('abort', look);
      look();
    });
  }

  /** Exactly `size` bytes, or undefined while there are fewer. */
  #take(size: number): Buffer | undefined {
    if (size === 0) return Buffer.alloc(0);
    const bytes = this.socket.read(size) as Buffer | null;
    // At its end a stream hands out what it has, however little.
    return bytes?.length === size ? bytes : undefined;
  }
}
