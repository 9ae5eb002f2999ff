import {
  constants,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type ServerOptions,
} from 'node:http2';
import type { Duplex } from 'node:stream';
import { HEAD_BYTES_MAX } from '../../../wire/http/head-end.ts';
import { HttpMessageError } from '../../../wire/http/http-message-error.ts';
import { decodeHttp2Request, encodeHttp2Response } from '../../../wire/http/http2-fields.ts';
import type { ClientConnection, ClientConnectionOwner } from '../client-connection.ts';
import { Http2Exchange } from './http2-exchange.ts';

/** Requests of one connection at a time, as nginx has it. */
const STREAMS_MAX = 128;
/** Bytes that a client may send of one body before it is read, and of all bodies of a connection. */
const STREAM_WINDOW_BYTES: number = 256 * 1024;
const CONNECTION_WINDOW_BYTES: number = 1024 * 1024;
/** Milliseconds without anything from the client and without a request at hand. */
const IDLE_MS_MAX = 120_000;
/** The same before the first request: whoever holds connections without using them gets no more of them. */
const UNUSED_MS_MAX = 20_000;

/**
 * Streams that are opened only to be reset, settings and pings that nobody needs: node:http2 counts them, and ends
 * connections that go beyond (CVE-2023-44487, CVE-2019-9512, CVE-2019-9515); heads that never end (CVE-2024-27983) end at
 * `maxHeaderListSize`, of which nghttp2 takes no more than eight frames.
 */
const OPTIONS: ServerOptions = {
  settings: {
    enablePush: false,
    maxConcurrentStreams: STREAMS_MAX,
    initialWindowSize: STREAM_WINDOW_BYTES,
    maxHeaderListSize: HEAD_BYTES_MAX,
    headerTableSize: 4096,
    enableConnectProtocol: false,
  },
  maxHeaderListPairs: 128,
  maxOutstandingPings: 4,
  maxSettings: 16,
  maxSessionInvalidFrames: 64,
  maxSessionRejectedStreams: 64,
  maxSessionMemory: 16,
  unknownProtocolTimeout: 1,
};

/** One connection of a client that speaks HTTP/2: its streams are exchanges, independent of each other. */
export class Http2Connection implements ClientConnection {
  readonly #session: ServerHttp2Session;
  readonly #owner: ClientConnectionOwner;
  #exchangeCount = 0;
  #isStopping = false;

  constructor(socket: Duplex, owner: ClientConnectionOwner) {
    this.#owner = owner;
    // A client of HTTP/2 that has ended its side is gone.
    socket.allowHalfOpen = false;
    this.#session = performServerHandshake(socket, OPTIONS);
  }

  start(): void {
    const session = this.#session;
    session.on('stream', (stream, _headers, _flags, raw) => this.#serve(stream, raw));
    session.on('error', ignore);
    session.on('close', () => this.#owner.onClose());
    session.on('connect', () => session.setLocalWindowSize(CONNECTION_WINDOW_BYTES));
    session.setTimeout(UNUSED_MS_MAX, () => {
      if (this.#exchangeCount === 0) session.close();
    });
  }

  /** GOAWAY names the last request that is served: later ones were not, and their client sends them elsewhere. */
  drain(): void {
    this.stop();
  }

  stop(): void {
    this.#isStopping = true;
    this.#session.close();
  }

  destroy(): void {
    this.#session.destroy();
  }

  #serve(stream: ServerHttp2Stream, raw: readonly string[]): void {
    stream.on('error', ignore);
    this.#session.setTimeout(IDLE_MS_MAX);
    if (this.#isStopping) return stream.close(constants.NGHTTP2_REFUSED_STREAM);
    try {
      const exchange = new Http2Exchange(stream, decodeHttp2Request(raw), () => {
        this.#exchangeCount -= 1;
      });
      this.#exchangeCount += 1;
      exchange.start();
      this.#owner.onExchange(exchange);
    } catch (error) {
      if (!(error instanceof HttpMessageError)) {
        stream.close(constants.NGHTTP2_INTERNAL_ERROR);
        this.#owner.onFailure(error);
        return;
      }
      this.#refuse(stream, error);
    }
  }

  /** The frames were right: only this request cannot be understood. */
  #refuse(stream: ServerHttp2Stream, error: HttpMessageError): void {
    this.#owner.onMessageError(error);
    const { status, fields, body } = this.#owner.describeMessageError(error);
    stream.respond(encodeHttp2Response(status, fields));
    stream.end(body);
    stream.resume();
  }
}

function ignore(): void {}
