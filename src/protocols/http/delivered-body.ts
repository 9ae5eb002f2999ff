import type { Recorder } from '../../recording/recorder.ts';
import type { FieldList } from '../../wire/http/field-list.ts';
import type { BodySink, BodySource } from './exchange.ts';

/** A body that is counted and recorded as it goes by, no faster than the recording takes it. */
export class DeliveredBody implements BodySource, BodySink {
  readonly #source: BodySource;
  readonly #recorder: Recorder | undefined;
  readonly #onPiece: (bytes: Buffer) => void;
  #sink: BodySink | undefined;
  #isPaused = false;
  /** The recording is behind. */
  #isHeld = false;

  /** @param onPiece Called before the piece is delivered; it is lent to it, too. */
  constructor(
    source: BodySource,
    recorder: Recorder | undefined,
    onPiece: (bytes: Buffer) => void,
  ) {
    this.#source = source;
    this.#recorder = recorder;
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
    this.#onPiece(bytes);
    this.#sink?.onData(bytes);
    if (this.#recorder?.congested !== true || this.#isHeld) return;
    this.#isHeld = true;
    this.#source.pause();
    this.#recorder.onDrain(() => {
      this.#isHeld = false;
      if (!this.#isPaused) this.#source.resume();
    });
  }

  onEnd(trailers: FieldList | undefined): void {
    this.#sink?.onEnd(trailers);
  }

  onError(error: Error): void {
    this.#sink?.onError(error);
  }
}
