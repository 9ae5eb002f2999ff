import { BodyDecoder } from '../../../wire/http/body-decoder.ts';
import type { BodyFraming } from '../../../wire/http/body-framing.ts';
import type { BodyListener } from '../../../wire/http/chunked-decoder.ts';
import type { FieldList } from '../../../wire/http/field-list.ts';
import type { BodySink, BodySource } from '../exchange.ts';

/** Bytes of a body that nobody wants which are read all the same, so that the connection stays of use. */
const DRAINED_BYTES_MAX: number = 256 * 1024;

/** What a request's body needs of its connection. */
export interface RequestBodyOwner {
  /** The body is wanted, or wanted again: what is unread is to be pushed. */
  onWanted(): void;
  /** The body has ended. */
  onBodyEnd(): void;
}

/** The body of a request of HTTP/1.1, as its connection reads it. */
export class RequestBody implements BodySource, BodyListener {
  readonly length: number | undefined;
  readonly #decoder: BodyDecoder;
  readonly #owner: RequestBodyOwner;
  #sink: BodySink | undefined;
  #state: 'waiting' | 'flowing' | 'paused' | 'unwanted' = 'waiting';
  #drainedBytes = 0;
  #trailers: FieldList | undefined;
  #hasEnded = false;

  constructor(framing: BodyFraming, owner: RequestBodyOwner) {
    this.#owner = owner;
    this.length = findLength(framing);
    this.#decoder = new BodyDecoder(framing, this);
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Whether bytes may be pushed. */
  get isWanted(): boolean {
    return !this.#hasEnded && (this.#state === 'flowing' || this.#state === 'unwanted');
  }

  /** More came that nobody wants than is worth reading. */
  get isBeyondDraining(): boolean {
    return this.#drainedBytes > DRAINED_BYTES_MAX;
  }

  /** Nobody has asked for it, and it is longer than what is worth reading in vain. */
  get isTooLongToDrain(): boolean {
    const isUnread = this.#state === 'waiting' || this.#state === 'unwanted';
    return isUnread && !this.#hasEnded && (this.length ?? 0) > DRAINED_BYTES_MAX;
  }

  start(sink: BodySink): void {
    this.#sink = sink;
    if (this.#hasEnded) return sink.onEnd(this.#trailers);
    this.#state = 'flowing';
    this.#owner.onWanted();
  }

  pause(): void {
    if (this.#state === 'flowing') this.#state = 'paused';
  }

  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'flowing';
    this.#owner.onWanted();
  }

  destroy(): void {
    this.#sink = undefined;
    if (this.#hasEnded || this.#state === 'unwanted') return;
    this.#state = 'unwanted';
    this.#owner.onWanted();
  }

  // What the connection calls.

  /** Returns how many of the bytes belong to the body. @throws {HttpMessageError} */
  push(bytes: Buffer): number {
    return this.#decoder.push(bytes);
  }

  /** The client is gone before the body was whole. */
  cut(error: Error): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#sink?.onError(error);
  }

  // What the decoder calls.

  data(piece: Buffer): void {
    if (this.#state === 'unwanted') this.#drainedBytes += piece.length;
    else this.#sink?.onData(piece);
  }

  end(trailers: FieldList): void {
    this.#hasEnded = true;
    this.#trailers = trailers.size === 0 ? undefined : trailers;
    this.#sink?.onEnd(this.#trailers);
    this.#owner.onBodyEnd();
  }
}

function findLength(framing: BodyFraming): number | undefined {
  if (framing.kind === 'none') return 0;
  return framing.kind === 'length' ? framing.bytes : undefined;
}
