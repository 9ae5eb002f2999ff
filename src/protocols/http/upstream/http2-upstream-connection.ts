import assert from 'node:assert/strict';
import { type ClientHttp2Session, connect } from 'node:http2';
import type { Duplex } from 'node:stream';
import { encodeHttp2Request } from '../../../wire/http/http2-fields.ts';
import type { HttpRequest, PendingExchange } from '../exchange.ts';
import { Http2UpstreamExchange } from './http2-upstream-exchange.ts';
import { formatTarget } from './request-writer.ts';
import type {
  AnswerListener,
  UpstreamConnection,
  UpstreamConnectionOwner,
  UpstreamTimeouts,
} from './upstream-connection.ts';

/** Exchanges at a time on one connection, if the target takes so many. */
const STREAMS_MAX = 256;
/**
 * Bytes of one response that may be on their way, or wait for a client that takes nothing: what a connection carries in
 * a millisecond, which is how far away targets are.
 */
const STREAM_WINDOW_BYTES: number = 256 * 1024;
/** The same for all responses of a connection. */
const SESSION_WINDOW_BYTES: number = 8 * 1024 * 1024;
/** As for heads of HTTP/1.1. */
const HEAD_BYTES_MAX: number = 32 * 1024;
/** Fields of a head, with its pseudo headers. */
const FIELDS_MAX = 110;

/** A connection to a target in HTTP/2, which all exchanges with it share up to a limit. */
export class Http2UpstreamConnection implements UpstreamConnection {
  readonly #session: ClientHttp2Session;
  readonly #owner: UpstreamConnectionOwner;
  readonly #timeouts: UpstreamTimeouts;
  readonly #exchanges = new Set<Http2UpstreamExchange>();
  #hasBeenUsed = false;
  #isOver = false;
  #hasLeft = false;
  #timer: NodeJS.Timeout | undefined;

  /** @param socket Connected, TLS done. */
  constructor(
    socket: Duplex,
    scheme: 'http' | 'https',
    owner: UpstreamConnectionOwner,
    timeouts: UpstreamTimeouts,
  ) {
    this.#owner = owner;
    this.#timeouts = timeouts;
    // node:http2 learns from nothing else than `close` that the target has ended the connection.
    socket.allowHalfOpen = false;
    // The name says nothing: each request brings its own authority.
    this.#session = connect(`${scheme}://target`, {
      createConnection: () => socket,
      settings: {
        enablePush: false,
        initialWindowSize: STREAM_WINDOW_BYTES,
        maxHeaderListSize: HEAD_BYTES_MAX,
      },
      maxHeaderListPairs: FIELDS_MAX,
      maxReservedRemoteStreams: 0,
    });
    this.#session.on('connect', () => this.#session.setLocalWindowSize(SESSION_WINDOW_BYTES));
    this.#session.on('error', () => this.#retire());
    this.#session.on('goaway', () => this.#retire());
    this.#session.on('remoteSettings', () => {
      if (this.freeSlots > 0) this.#owner.onFree(this);
    });
    this.#session.on('close', () => this.#leave());
    this.#awaitUse();
  }

  get freeSlots(): number {
    if (this.#isOver || this.#session.closed || this.#session.destroyed) return 0;
    const { maxConcurrentStreams = STREAMS_MAX } = this.#session.remoteSettings;
    return Math.max(0, Math.min(STREAMS_MAX, maxConcurrentStreams) - this.#exchanges.size);
  }

  get isIdle(): boolean {
    return this.#exchanges.size === 0;
  }

  send(request: HttpRequest, listener: AnswerListener): PendingExchange {
    assert(this.freeSlots > 0);
    clearTimeout(this.#timer);
    const { method, scheme, authority, fields, body } = request;
    const head = { method, scheme, authority, target: formatTarget(request) };
    const { length } = body;
    const described =
      length === undefined || length === 0 ? fields : fields.with('content-length', String(length));
    const stream = this.#session.request(encodeHttp2Request(head, described), {
      endStream: length === 0,
      // A body of known length has no trailers that anybody waits for.
      waitForTrailers: length === undefined,
    });
    const isFirst = !this.#hasBeenUsed;
    const exchange = new Http2UpstreamExchange({
      stream,
      request,
      listener,
      isStale: () => !isFirst && this.#session.destroyed,
      timeouts: this.#timeouts,
      onUnexpectedError: (error) => this.#owner.onUnexpectedError(error),
    });
    this.#hasBeenUsed = true;
    this.#exchanges.add(exchange);
    stream.once('close', () => {
      this.#exchanges.delete(exchange);
      if (this.#exchanges.size === 0) this.#awaitUse();
      if (this.freeSlots > 0) this.#owner.onFree(this);
    });
    exchange.send();
    return exchange;
  }

  close(): void {
    this.#retire();
    this.#session.destroy();
  }

  #awaitUse(): void {
    if (this.#isOver) return this.#session.close();
    this.#timer = setTimeout(() => this.#retire(), this.#timeouts.idleTimeoutMs).unref();
  }

  /** No more requests; those under way may end. */
  #retire(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    if (this.#exchanges.size === 0) this.#session.close();
    this.#leave();
  }

  #leave(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#owner.onClosed(this);
  }
}
