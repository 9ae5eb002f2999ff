import { BodyDecoder } from '../../../wire/http/body-decoder.ts';
import type { BodyFraming } from '../../../wire/http/body-framing.ts';
import type { BodyListener } from '../../../wire/http/chunked-decoder.ts';
import type { FieldList } from '../../../wire/http/field-list.ts';
import type { BodySink, BodySource } from '../exchange.ts';

/** What a response's body needs of its connection. */
export interface ResponseBodyOwner {
  /** The body is wanted, or wanted again: what is unread is to be pushed. */
  onWanted(): void;
  /** Nothing more of it is wanted for now. */
  onUnwanted(): void;
  /** Nobody wants the rest. */
  onAbandoned(): void;
}

/** The body of a response of HTTP/1.1, as its connection reads it. */
export class ResponseBody implements BodySource, BodyListener {
  readonly length: number | undefined;
  readonly #decoder: BodyDecoder;
  readonly #owner: ResponseBodyOwner;
  #sink: BodySink | undefined;
  #isPaused = false;
  #trailers: FieldList | undefined;
  #failure: Error | undefined;
  #hasEnded = false;

  constructor(framing: BodyFraming, owner: ResponseBodyOwner) {
    this.#owner = owner;
    if (framing.kind === 'none') this.length = 0;
    else this.length = framing.kind === 'length' ? framing.bytes : undefined;
    this.#decoder = new BodyDecoder(framing, this);
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Whether bytes may be pushed. */
  get isWanted(): boolean {
    return this.#sink !== undefined && !this.#isPaused;
  }

  start(sink: BodySink): void {
    this.#sink = sink;
    if (this.#failure !== undefined) sink.onError(this.#failure);
    else if (this.#hasEnded) sink.onEnd(this.#trailers);
    else this.#owner.onWanted();
  }

  pause(): void {
    if (this.#isPaused || this.#hasEnded) return;
    this.#isPaused = true;
    this.#owner.onUnwanted();
  }

  resume(): void {
    if (!this.#isPaused || this.#hasEnded) return;
    this.#isPaused = false;
    if (this.#sink !== undefined) this.#owner.onWanted();
  }

  destroy(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#owner.onAbandoned();
  }

  // What the connection calls.

  /** Returns how many of the bytes belong to the body. @throws {HttpMessageError} */
  push(bytes: Buffer): number {
    return this.#decoder.push(bytes);
  }

  /** The target has ended its side. @throws {HttpMessageError} If the body is not whole. */
  close(): void {
    this.#decoder.close();
  }

  /** The connection is gone before the body was whole. */
  cut(error: Error): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#failure = error;
    this.#sink?.onError(error);
  }

  // What the decoder calls.

  data(piece: Buffer): void {
    if (!this.#hasEnded) this.#sink?.onData(piece);
  }

  end(trailers: FieldList): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#trailers = trailers.size === 0 ? undefined : trailers;
    this.#sink?.onEnd(this.#trailers);
  }
}
