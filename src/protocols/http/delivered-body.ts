import type { FieldList } from '../../wire/http/field-list.ts';
import type { BodySink, BodySource } from './exchange.ts';

/** A body that somebody looks at as it goes by. */
export class DeliveredBody implements BodySource, BodySink {
  readonly #source: BodySource;
  readonly #onPiece: (bytes: Buffer) => void;
  #sink: BodySink | undefined;

  /** @param onPiece Called before the piece is delivered; it is lent to it, too. */
  constructor(source: BodySource, onPiece: (bytes: Buffer) => void) {
    this.#source = source;
    this.#onPiece = onPiece;
  }

  get length(): number | undefined {
    return this.#source.length;
  }

  start(sink: BodySink): void {
    this.#sink = sink;
    this.#source.start(this);
  }

  pause(): void {
    this.#source.pause();
  }

  resume(): void {
    this.#source.resume();
  }

  destroy(): void {
    this.#source.destroy();
  }

  onData(bytes: Buffer): void {
    this.#onPiece(bytes);
    this.#sink?.onData(bytes);
  }

  onEnd(trailers: FieldList | undefined): void {
    this.#sink?.onEnd(trailers);
  }

  onError(error: Error): void {
    this.#sink?.onError(error);
  }
}
