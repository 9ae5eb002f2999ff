import type { Recorder } from '../../recording/recorder.ts';
import type { FieldList } from '../../wire/http/field-list.ts';
import type { BodySink, BodySource } from './exchange.ts';

export interface DeliveredBodyParts {
  /** What is delivered is taken down in these. */
  readonly recorders: readonly (Recorder | undefined)[];
  /** Called before a piece is delivered; it is lent to it, too. */
  readonly onPiece: (bytes: Buffer) => void;
  /** Runs what a piece or the end leads to: what it throws ends the exchange, and not whoever reads for it. */
  readonly guarded: (act: () => void) => void;
}

/** A body that is counted and recorded as it goes by, no faster than the recordings take it. */
export class DeliveredBody implements BodySource, BodySink {
  readonly #source: BodySource;
  readonly #recorders: readonly (Recorder | undefined)[];
  readonly #onPiece: (bytes: Buffer) => void;
  readonly #guarded: (act: () => void) => void;
  #sink: BodySink | undefined;
  #isPaused = false;
  /** A recording is behind. */
  #isHeld = false;

  constructor(source: BodySource, { recorders, onPiece, guarded }: DeliveredBodyParts) {
    this.#source = source;
    this.#recorders = recorders;
    this.#onPiece = onPiece;
    this.#guarded = guarded;
  }

  get length(): number | undefined {
    return this.#source.length;
  }

  start(sink: BodySink): void {
    this.#sink = sink;
    this.#source.start(this);
  }

  pause(): void {
    this.#isPaused = true;
    this.#source.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (!this.#isHeld) this.#source.resume();
  }

  destroy(): void {
    this.#source.destroy();
  }

  onData(bytes: Buffer): void {
    this.#guarded(() => {
      this.#onPiece(bytes);
      this.#sink?.onData(bytes);
    });
    const behind = this.#recorders.find((one) => one?.congested === true);
    if (behind === undefined || this.#isHeld) return;
    this.#isHeld = true;
    this.#source.pause();
    behind.onDrain(() => {
      this.#isHeld = false;
      if (!this.#isPaused) this.#source.resume();
    });
  }

  onEnd(trailers: FieldList | undefined): void {
    this.#guarded(() => this.#sink?.onEnd(trailers));
  }

  onError(error: Error): void {
    this.#guarded(() => this.#sink?.onError(error));
  }
}
