import { constants, type ServerHttp2Stream } from 'node:http2';
import type { FieldList } from '../../../wire/http/field-list.ts';
import { HttpMessageError } from '../../../wire/http/http-message-error.ts';
import { decodeHttp2Trailers } from '../../../wire/http/http2-fields.ts';
import type { BodySink, BodySource } from '../exchange.ts';

/** Bytes of a body that nobody wants which are read all the same, for clients that look for a response only then. */
const DRAINED_BYTES_MAX: number = 256 * 1024;

/** The body of a request of HTTP/2. The window of its stream opens as it is read. */
export class Http2RequestBody implements BodySource {
  readonly length: number | undefined;
  readonly #stream: ServerHttp2Stream;
  #sink: BodySink | undefined;
  #trailers: FieldList | undefined;
  #receivedBytes = 0;
  #isUnread = true;
  #isUnwanted = false;
  #drainedBytes = 0;
  #hasEnded: boolean;

  /** @throws {HttpMessageError} If the client announces a body and ends the stream without. */
  constructor(stream: ServerHttp2Stream, contentLength: number | undefined) {
    this.#stream = stream;
    this.#hasEnded = stream.endAfterHeaders;
    if (this.#hasEnded && (contentLength ?? 0) !== 0) {
      throw new HttpMessageError('body', 'ends before its announced length');
    }
    this.length = this.#hasEnded ? 0 : contentLength;
    // Told as soon as they are there, whether or not the body is wanted yet.
    stream.on('trailers', (_trailers, _flags, raw: string[]) => this.#takeTrailers(raw));
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  start(sink: BodySink): void {
    if (this.#hasEnded) return sink.onEnd(undefined);
    this.#sink = sink;
    this.#isUnread = false;
    const stream = this.#stream;
    stream.on('end', () => this.#end());
    stream.on('data', (bytes: Buffer) => this.#push(bytes));
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  destroy(): void {
    this.#sink = undefined;
    if (this.#hasEnded) return;
    // Where nobody has asked for it, it was not counted so far.
    if (this.#isUnread) this.#stream.on('data', (bytes: Buffer) => this.#push(bytes));
    this.#isUnread = false;
    this.#isUnwanted = true;
    this.#stream.resume();
  }

  /** The client is gone. */
  cut(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#sink?.onError(new HttpMessageError('body', 'ends too early'));
  }

  #push(bytes: Buffer): void {
    this.#receivedBytes += bytes.length;
    if (this.#isUnwanted) return this.#drain(bytes.length);
    if (this.length !== undefined && this.#receivedBytes > this.length) return this.#refuse();
    if (!this.#hasEnded) this.#sink?.onData(bytes);
  }

  /** The client has its response: it may keep the rest of what nobody reads. */
  #drain(bytes: number): void {
    this.#drainedBytes += bytes;
    const isEnough = this.#drainedBytes > DRAINED_BYTES_MAX && this.#stream.writableFinished;
    if (isEnough) this.#stream.close(constants.NGHTTP2_NO_ERROR);
  }

  /** What is no HTTP is not the target's fault: who serves it hears first that the client is gone. */
  #refuse(): void {
    this.#stream.close(constants.NGHTTP2_PROTOCOL_ERROR);
  }

  #takeTrailers(raw: readonly string[]): void {
    try {
      this.#trailers = decodeHttp2Trailers(raw);
    } catch (error) {
      if (!(error instanceof HttpMessageError)) throw error;
      this.#refuse();
    }
  }

  #end(): void {
    const isShort = this.length !== undefined && this.#receivedBytes < this.length;
    // Where the connection broke off, node:http2 speaks of an end, too.
    if (isShort || this.#stream.rstCode !== constants.NGHTTP2_NO_ERROR) return this.cut();
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#sink?.onEnd(this.#trailers);
  }
}
