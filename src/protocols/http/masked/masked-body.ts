import type { ContentMasker, OpenContentMasker } from '../../../masking/content-masker.ts';
import type { FieldList } from '../../../wire/http/field-list.ts';
import type { BodySink, BodySource } from '../exchange.ts';

export interface MaskedBodyParts {
  readonly source: BodySource;
  readonly open: OpenContentMasker;
  readonly maskTrailers: (trailers: FieldList) => FieldList;
  /** The masker has seen all that there was, or as much as came: it may be asked what was shown. */
  readonly onOver: (masker: ContentMasker) => void;
}

/** A body on its way through a masker. It breaks off where the masker cannot go on. */
export class MaskedBody implements BodySource, BodySink {
  readonly length = undefined;
  readonly #parts: MaskedBodyParts;
  readonly #masker: ContentMasker;
  #sink: BodySink | undefined;
  /** What came while something is asked of the store. */
  #waiting: Buffer[] = [];
  /** `told`: the masker knows of it, and may still ask for something. */
  #end: 'ahead' | 'arrived' | 'told' = 'ahead';
  #trailers: FieldList | undefined;
  #isAsking = false;
  #isPaused = false;
  #isOver = false;

  constructor(parts: MaskedBodyParts) {
    this.#parts = parts;
    this.#masker = parts.open((bytes) => {
      if (!this.#isOver) this.#sink?.onData(bytes);
    });
  }

  start(sink: BodySink): void {
    this.#sink = sink;
    this.#parts.source.start(this);
  }

  pause(): void {
    this.#isPaused = true;
    this.#parts.source.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (!this.#isAsking) this.#parts.source.resume();
  }

  destroy(): void {
    if (this.#isOver) return;
    this.#finish();
    this.#parts.source.destroy();
  }

  onData(bytes: Buffer): void {
    if (this.#isOver) return;
    if (this.#isAsking) this.#waiting.push(Buffer.from(bytes));
    else this.#mask(() => this.#masker.push(bytes));
  }

  onEnd(trailers: FieldList | undefined): void {
    if (this.#isOver) return;
    this.#end = 'arrived';
    this.#trailers = trailers;
    if (!this.#isAsking) this.#tellEnd();
  }

  onError(error: Error): void {
    if (this.#isOver) return;
    this.#finish();
    this.#sink?.onError(error);
  }

  #tellEnd(): void {
    this.#end = 'told';
    this.#mask(() => this.#masker.end());
    if (!this.#isOver && !this.#isAsking) this.#deliverEnd();
  }

  #deliverEnd(): void {
    const trailers = this.#trailers && this.#parts.maskTrailers(this.#trailers);
    this.#finish();
    this.#sink?.onEnd(trailers);
  }

  #mask(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#parts.source.destroy();
      return this.onError(error as Error);
    }
    const { pending } = this.#masker;
    if (pending === undefined || this.#isOver) return;
    this.#isAsking = true;
    this.#parts.source.pause();
    pending.then(
      () => this.#goOn(),
      (error: Error) => {
        this.#parts.source.destroy();
        this.onError(error);
      },
    );
  }

  #goOn(): void {
    this.#isAsking = false;
    while (!this.#isOver && !this.#isAsking) {
      const bytes = this.#waiting.shift();
      if (bytes === undefined) break;
      this.#mask(() => this.#masker.push(bytes));
    }
    if (this.#isOver || this.#isAsking) return;
    if (this.#end === 'told') return this.#deliverEnd();
    if (this.#end === 'arrived') return this.#tellEnd();
    if (!this.#isPaused) this.#parts.source.resume();
  }

  #finish(): void {
    this.#isOver = true;
    this.#waiting = [];
    this.#parts.onOver(this.#masker);
  }
}
