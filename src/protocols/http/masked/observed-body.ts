import type { OpenContentMasker } from '../../../masking/content-masker.ts';
import type { EvidenceFields } from '../../../masking/rows/result-evidence.ts';
import type { ContentCoding } from '../../../wire/http/content-coding.ts';
import type { FieldList } from '../../../wire/http/field-list.ts';
import { ContentObserver } from '../../content-observer.ts';
import { decodeBody } from '../content/coded-body.ts';
import type { BodySink, BodySource } from '../exchange.ts';

export interface ObservedBodyParts {
  readonly source: BodySource;
  /** Of what the source delivers. */
  readonly coding: ContentCoding | 'identity';
  readonly openObserver: OpenContentMasker;
  /** Called once: the observer has seen all that there was, or as much as came. */
  readonly onOver: (evidence: EvidenceFields) => void;
}

/**
 * A body that goes by as it came, while an observer finds out whose data it is. What the observer cannot take apart goes by
 * all the same.
 */
export class ObservedBody implements BodySource, BodySink {
  readonly length: number | undefined;
  readonly #parts: ObservedBodyParts;
  readonly #observer: ContentObserver;
  /** Its bytes once more, as the observer is to get them. */
  readonly #copy: CopiedBody;
  readonly #decoded: BodySource;
  #sink: BodySink | undefined;
  #isPaused = false;
  #isOver = false;
  /** Of the source, once it has come; the observer may lag behind. */
  #end: { readonly trailers: FieldList | undefined } | undefined;

  constructor(parts: ObservedBodyParts) {
    this.#parts = parts;
    this.length = parts.source.length;
    this.#observer = new ContentObserver(parts.openObserver);
    this.#copy = new CopiedBody(() => this.#steer());
    const { coding } = parts;
    this.#decoded = coding === 'identity' ? this.#copy : decodeBody(this.#copy, coding);
  }

  start(sink: BodySink): void {
    this.#sink = sink;
    this.#decoded.start({
      onData: (bytes) => this.#observer.push(bytes),
      onEnd: () => this.#observed(),
      onError: () => {
        this.#observer.lose();
        this.#observed();
      },
    });
    this.#parts.source.start(this);
  }

  pause(): void {
    this.#isPaused = true;
    this.#steer();
  }

  resume(): void {
    this.#isPaused = false;
    this.#steer();
  }

  destroy(): void {
    if (this.#isOver) return;
    this.#finish(false);
    this.#parts.source.destroy();
  }

  onData(bytes: Buffer): void {
    this.#guarded(() => this.#copy.push(bytes));
    if (!this.#isOver) this.#sink?.onData(bytes);
  }

  onEnd(trailers: FieldList | undefined): void {
    if (this.#isOver) return;
    this.#end = { trailers };
    this.#guarded(() => (this.#copy.isOver ? this.#observed() : this.#copy.end()));
  }

  onError(error: Error): void {
    if (this.#isOver) return;
    this.#finish(false);
    this.#sink?.onError(error);
  }

  #guarded(act: () => void): void {
    if (this.#isOver) return;
    try {
      act();
    } catch (error) {
      this.#parts.source.destroy();
      this.onError(error as Error);
    }
  }

  /** Nothing more is told to the observer: the end, once it has come, may be. */
  #observed(): void {
    this.#copy.destroy();
    if (this.#end === undefined || this.#isOver) return;
    this.#finish(true);
    this.#sink?.onEnd(this.#end.trailers);
  }

  /** As fast as the slower of both takes it. */
  #steer(): void {
    if (this.#isOver || this.#end !== undefined) return;
    if (this.#isPaused || this.#copy.isPaused) this.#parts.source.pause();
    else this.#parts.source.resume();
  }

  #finish(isWhole: boolean): void {
    this.#isOver = true;
    this.#decoded.destroy();
    this.#parts.onOver(this.#observer.describe(isWhole));
  }
}

/** What is pushed, as a body. @param onSteered Whoever takes it is paused, or no more. */
class CopiedBody implements BodySource {
  readonly length = undefined;
  readonly #onSteered: () => void;
  #sink: BodySink | undefined;
  isPaused = false;
  isOver = false;

  constructor(onSteered: () => void) {
    this.#onSteered = onSteered;
  }

  start(sink: BodySink): void {
    this.#sink = sink;
  }

  pause(): void {
    this.isPaused = true;
    this.#onSteered();
  }

  resume(): void {
    this.isPaused = false;
    this.#onSteered();
  }

  destroy(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.resume();
  }

  push(bytes: Buffer): void {
    if (!this.isOver) this.#sink?.onData(bytes);
  }

  end(): void {
    if (!this.isOver) this.#sink?.onEnd(undefined);
  }
}
