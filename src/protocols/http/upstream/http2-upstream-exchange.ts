import { type ClientHttp2Stream, constants, type OutgoingHttpHeaders } from 'node:http2';
import { FieldList } from '../../../wire/http/field-list.ts';
import { HttpMessageError } from '../../../wire/http/http-message-error.ts';
import {
  decodeHttp2Response,
  decodeHttp2Trailers,
  encodeHttp2Trailers,
  type Http2ResponseHead,
} from '../../../wire/http/http2-fields.ts';
import { describeSocketError, UpstreamError } from '../../upstream-error.ts';
import type { BodySink, BodySource, HttpRequest } from '../exchange.ts';
import {
  type AnswerListener,
  INTERIM_RESPONSES_MAX,
  QUEUED_BYTES_MAX,
  type UpstreamTimeouts,
} from './upstream-connection.ts';

/** What an exchange works with. */
export interface Http2UpstreamExchangeParts {
  readonly stream: ClientHttp2Stream;
  readonly request: HttpRequest;
  readonly listener: AnswerListener;
  /** Whether the connection is over, and had other exchanges before. */
  readonly isStale: () => boolean;
  readonly timeouts: UpstreamTimeouts;
  readonly onUnexpectedError: (error: unknown) => void;
}

/** One stream of a connection to a target in HTTP/2: a request and its response. */
export class Http2UpstreamExchange implements BodySink, BodySource {
  readonly #stream: ClientHttp2Stream;
  readonly #request: HttpRequest;
  readonly #listener: AnswerListener;
  readonly #parts: Http2UpstreamExchangeParts;
  #state: 'waiting' | 'responding' | 'over' = 'waiting';
  #timer: NodeJS.Timeout | undefined;
  #interimResponses = 0;
  // Of the request.
  #isSent = false;
  #isRequestPaused = false;
  #requestTrailers: FieldList = FieldList.empty;
  // Of the response.
  length: number | undefined;
  #sink: BodySink | undefined;
  #isPaused = false;
  #hasEnded = false;
  #trailers: FieldList | undefined;
  #failure: UpstreamError | undefined;

  constructor(parts: Http2UpstreamExchangeParts) {
    this.#parts = parts;
    this.#stream = parts.stream;
    this.#request = parts.request;
    this.#listener = parts.listener;
    const { stream } = parts;
    // Before there is a listener: it would start the flow otherwise.
    stream.pause();
    stream.on('headers', () => this.#guarded(() => this.#passOver()));
    stream.on('response', (_, flags, raw) => this.#guarded(() => this.#respond(raw, flags)));
    stream.on('trailers', (_: unknown, __: number, raw: readonly string[]) => {
      this.#guarded(() => {
        const trailers = decodeHttp2Trailers(raw);
        if (trailers.size > 0) this.#trailers = trailers;
      });
    });
    stream.on('data', (bytes: Buffer) => this.#guarded(() => this.#sink?.onData(bytes)));
    stream.on('end', () => this.#guarded(() => this.#end()));
    stream.on('drain', () => this.#guarded(() => this.#drained()));
    stream.on('wantTrailers', () => {
      stream.sendTrailers({ ...encodeHttp2Trailers(this.#requestTrailers) } as OutgoingHttpHeaders);
    });
    // `close` follows, and says as much.
    stream.on('error', () => undefined);
    stream.on('close', () => this.#gone());
  }

  /** Sends the request's body. */
  send(): void {
    this.#request.body.start(this);
  }

  /** Gives up whatever is under way; nobody is told. */
  abort(): void {
    if (this.#state === 'over' || (this.#hasEnded && this.#isSent)) return;
    this.#leave();
    this.#stream.close(constants.NGHTTP2_CANCEL);
  }

  // The request's body.

  onData(bytes: Buffer): void {
    if (this.#state === 'over' || this.#hasStopped() || bytes.length === 0) return;
    this.#stream.write(Buffer.from(bytes));
    if (this.#isRequestPaused || this.#stream.writableLength <= QUEUED_BYTES_MAX) return;
    this.#isRequestPaused = true;
    this.#request.body.pause();
    this.#awaitHead();
  }

  onEnd(trailers: FieldList | undefined): void {
    if (this.#state === 'over') return;
    this.#isSent = true;
    if (trailers !== undefined) this.#requestTrailers = trailers;
    if (this.#stream.writable) this.#stream.end();
    this.#awaitHead();
    this.#finishIfDone();
  }

  onError(error: Error): void {
    this.#isSent = true;
    this.#fail(describeSocketError(error));
    this.#stream.close(constants.NGHTTP2_CANCEL);
  }

  #drained(): void {
    if (!this.#isRequestPaused) return;
    this.#isRequestPaused = false;
    this.#awaitHead();
    this.#request.body.resume();
  }

  /** The target has taken its side of the stream away; the connection knows why. */
  #hasStopped(): boolean {
    return this.#stream.destroyed || !this.#stream.writable;
  }

  /** While the target has something to do, and only then, it has so much time for it. */
  #awaitHead(): void {
    if (this.#state !== 'waiting') return;
    clearTimeout(this.#timer);
    if (!this.#isSent && !this.#isRequestPaused) return;
    this.#timer = setTimeout(() => {
      this.#fail(new UpstreamError('ERR_UPSTREAM_TIMEOUT', 'no response in time'));
      this.#stream.close(constants.NGHTTP2_CANCEL);
    }, this.#parts.timeouts.headTimeoutMs);
  }

  // The response.

  #passOver(): void {
    this.#interimResponses += 1;
    if (this.#interimResponses <= INTERIM_RESPONSES_MAX) return;
    throw new HttpMessageError('response', 'does not come to its end');
  }

  #respond(raw: readonly string[], flags: number): void {
    if (this.#state !== 'waiting') return;
    const head = decodeHttp2Response(raw);
    if (head.status < 200) return this.#passOver();
    this.#state = 'responding';
    clearTimeout(this.#timer);
    const { method } = this.#request;
    const isEmpty = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    this.length = isEmpty || method === 'HEAD' ? 0 : head.contentLength;
    this.#listener.onResponse({ status: head.status, fields: endToEnd(head, method), body: this });
  }

  start(sink: BodySink): void {
    this.#sink = sink;
    if (this.#failure !== undefined) sink.onError(this.#failure);
    else if (!this.#isPaused) this.#stream.resume();
  }

  pause(): void {
    this.#isPaused = true;
    this.#stream.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#sink !== undefined) this.#stream.resume();
  }

  destroy(): void {
    this.abort();
  }

  #end(): void {
    if (this.#state !== 'responding' || this.#hasEnded) return;
    // Node.js ends what is read of a stream that was cut, too.
    if (this.#stream.rstCode !== constants.NGHTTP2_NO_ERROR) return this.#gone();
    this.#hasEnded = true;
    this.#sink?.onEnd(this.#trailers);
    this.#finishIfDone();
  }

  // The end.

  /** A response that is whole before its request makes the rest of that of no interest to anybody. */
  #finishIfDone(): void {
    if (!this.#hasEnded || this.#state === 'over') return;
    const isWhole = this.#isSent;
    this.#leave();
    if (!isWhole) this.#stream.close(constants.NGHTTP2_NO_ERROR);
  }

  /** The stream is gone before the response was whole. A target that resets it has seen the request, unless it says not. */
  #gone(): void {
    const isRefused = this.#stream.rstCode === constants.NGHTTP2_REFUSED_STREAM;
    this.#fail(
      new UpstreamError('ERR_UPSTREAM_UNREACHABLE', 'it ended the stream'),
      isRefused || this.#parts.isStale(),
    );
  }

  #fail(error: UpstreamError, isStale: boolean = false): void {
    if (this.#state === 'over') return;
    const isAnswered = this.#state === 'responding';
    this.#failure = error;
    this.#leave();
    if (isAnswered) this.#sink?.onError(error);
    else if (isStale) this.#listener.onStale(error);
    else this.#listener.onError(error);
  }

  #leave(): void {
    this.#state = 'over';
    clearTimeout(this.#timer);
    if (this.#isSent) return;
    this.#isSent = true;
    this.#request.body.destroy();
  }

  #guarded(step: () => void): void {
    if (this.#state === 'over') return;
    try {
      step();
    } catch (error) {
      // Whatever it is, it concerns this exchange and no other.
      if (!(error instanceof HttpMessageError)) this.#parts.onUnexpectedError(error);
      const message = error instanceof HttpMessageError ? error.message : 'it cannot be read';
      this.#fail(new UpstreamError('ERR_UPSTREAM_PROTOCOL', message, { cause: error }));
      this.#stream.close(constants.NGHTTP2_PROTOCOL_ERROR);
    }
  }
}

/** The length of a body goes with it, but where the response has none to go with. */
function endToEnd({ fields, status }: Http2ResponseHead, method: string): FieldList {
  return method === 'HEAD' || status === 304 ? fields : fields.without('content-length');
}
