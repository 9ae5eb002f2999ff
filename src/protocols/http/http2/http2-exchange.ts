import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { FieldList } from '../../../wire/http/field-list.ts';
import { HttpMessageError } from '../../../wire/http/http-message-error.ts';
import {
  encodeHttp2Response,
  encodeHttp2Trailers,
  type Http2RequestHead,
} from '../../../wire/http/http2-fields.ts';
import { writeCopies } from '../../write-copy.ts';
import type { ClientExchange, ClientExchangeOwner, ClientRequest } from '../client-exchange.ts';
import type { BodySink, HttpResponse, RawStream } from '../exchange.ts';
import { Http2RequestBody } from './http2-request-body.ts';

/** Bytes that a client may leave waiting before its response is read no further. */
const QUEUED_BYTES_MAX: number = 256 * 1024;

/** From this size on, a piece is copied into memory that is used again. */
const LARGE_BYTES_MIN: number = 32 * 1024;

/** One request of HTTP/2 and its response: one stream. */
export class Http2Exchange implements ClientExchange, BodySink {
  readonly request: ClientRequest;
  readonly body: Http2RequestBody;
  owner: ClientExchangeOwner = NOBODY;
  readonly #stream: ServerHttp2Stream;
  readonly #onOver: () => void;
  #expectsContinue: boolean;
  #response: HttpResponse | undefined;
  #encodedTrailers: OutgoingHttpHeaders = {};
  #isPaused = false;
  #isOver = false;
  /** All of the response was given to the stream. */
  #isResponded = false;

  /** @throws {HttpMessageError} */
  constructor(stream: ServerHttp2Stream, head: Http2RequestHead, onOver: () => void) {
    this.#stream = stream;
    this.#onOver = onOver;
    this.body = new Http2RequestBody(stream, head.contentLength);
    const { method, target, scheme, authority, fields } = head;
    this.#expectsContinue = readExpect(fields);
    if (scheme !== 'https')
      throw new HttpMessageError('request', 'names another scheme than the connection has');
    this.request = {
      ...{ method, target, scheme, authority, version: '2', upgrade: undefined },
      fields: fields.without('content-length', 'expect'),
      bodyBytes: this.body.length ?? -1,
    };
  }

  get hasAnswer(): boolean {
    return this.#response !== undefined;
  }

  start(): void {
    this.#stream.on('drain', () => {
      if (!this.#isPaused) return;
      this.#isPaused = false;
      this.#response?.body.resume();
    });
    this.#stream.on('close', () => this.#closed());
    this.#stream.on('wantTrailers', () => {
      // None are none: an empty frame ends the stream then.
      this.#stream.sendTrailers(this.#encodedTrailers);
    });
  }

  sendContinue(): void {
    if (!this.#expectsContinue) return;
    this.#expectsContinue = false;
    this.#stream.additionalHeaders({ ':status': constants.HTTP_STATUS_CONTINUE });
  }

  respond(response: HttpResponse): void {
    if (this.#stream.destroyed || this.#stream.closed) return response.body.destroy();
    this.#response = response;
    const { status, body } = response;
    const isEmpty = body.length === 0 || this.request.method === 'HEAD';
    const fields =
      body.length === undefined || isEmpty
        ? response.fields
        : response.fields.append('content-length', String(body.length));
    this.#stream.respond(encodeHttp2Response(status, fields), {
      endStream: isEmpty,
      waitForTrailers: !isEmpty && mayHaveTrailers(response),
    });
    if (!isEmpty) return body.start(this);
    if (body.length !== 0) body.destroy();
    this.onEnd(undefined);
  }

  /** Only HTTP/1.1 has upgrades. */
  upgrade(): RawStream {
    throw new TypeError('Cannot upgrade a stream of HTTP/2');
  }

  abort(): void {
    this.#stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  }

  // The body of the response.

  onData(bytes: Buffer): void {
    if (this.#isOver || bytes.length === 0) return;
    // The stream keeps it until it is sent; what a body delivers is only lent.
    if (bytes.length >= LARGE_BYTES_MIN) writeCopies(this.#stream, [bytes]);
    else this.#stream.write(Buffer.from(bytes));
    if (this.#stream.writableLength <= QUEUED_BYTES_MAX || this.#isPaused) return;
    this.#isPaused = true;
    this.#response?.body.pause();
  }

  onEnd(trailers: FieldList | undefined): void {
    if (this.#isOver) return;
    this.#encodedTrailers = {
      ...encodeHttp2Trailers(trailers ?? FieldList.empty),
    } as OutgoingHttpHeaders;
    this.#isResponded = true;
    if (!this.#stream.writableEnded) this.#stream.end();
    // A request whose body is not read to its end: its client is told to keep the rest.
    if (!this.body.hasEnded) this.body.destroy();
    else this.#stream.resume();
    this.owner.onResponded();
  }

  onError(): void {
    if (!this.#isOver) this.abort();
  }

  #closed(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#onOver();
    if (!this.#isResponded) {
      this.#response?.body.destroy();
      this.owner.onGone();
    }
    this.body.cut();
    // What node:http2 still knows of the stream must not keep all that the exchange was.
    this.#response = undefined;
    this.owner = NOBODY;
  }
}

const NOBODY: ClientExchangeOwner = { onGone() {}, onResponded() {} };

/**
 * Whether trailers are waited for, which costs a frame of its own. A body of known length ends with it, unless
 * somebody says that there is more (RFC 9110 section 6.6.2), or calls back by gRPC.
 */
function mayHaveTrailers({ body, fields }: HttpResponse): boolean {
  if (body.length === undefined || fields.has('trailer')) return true;
  return fields.get('content-type')?.toLowerCase().startsWith('application/grpc') === true;
}

/** @throws {HttpMessageError} If it is something that nobody here can fulfil. */
function readExpect(fields: FieldList): boolean {
  const expect = fields.get('expect');
  if (expect === undefined) return false;
  if (expect.toLowerCase() === '100-continue') return true;
  throw new HttpMessageError('request', 'expects what is unknown', 417);
}
