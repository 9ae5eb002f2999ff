import { ByteWriter } from '../../../wire/byte-writer.ts';
import type { FieldList } from '../../../wire/http/field-list.ts';
import type { BodySink, BodySource } from '../exchange.ts';

/**
 * A body of which the pieces that come at once are delivered as two at most: the first as it comes, all others together. Maskers
 * look again at what they keep with each piece: a service that sends byte by byte would have them do nothing else.
 */
export class GatheredBody implements BodySource, BodySink {
  readonly length: number | undefined;
  readonly #source: BodySource;
  #sink: BodySink | undefined;
  /** What came behind the first piece. */
  #others = new ByteWriter();
  /** Set until all that came at once is there. */
  #gathering: NodeJS.Immediate | undefined;
  #isOver = false;

  constructor(source: BodySource) {
    this.length = source.length;
    this.#source = source;
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
    this.#finish();
    this.#source.destroy();
  }

  onData(bytes: Buffer): void {
    if (this.#isOver) return;
    if (this.#gathering !== undefined) {
      this.#others.bytes(bytes);
      return;
    }
    this.#gathering = setImmediate(() => {
      this.#gathering = undefined;
      this.#deliverOthers();
    });
    this.#sink?.onData(bytes);
  }

  onEnd(trailers: FieldList | undefined): void {
    this.#deliverOthers();
    if (this.#isOver) return;
    this.#finish();
    this.#sink?.onEnd(trailers);
  }

  onError(error: Error): void {
    this.#deliverOthers();
    if (this.#isOver) return;
    this.#finish();
    this.#sink?.onError(error);
  }

  #deliverOthers(): void {
    if (this.#isOver || this.#others.length === 0) return;
    const bytes = this.#others.toBuffer();
    this.#others = new ByteWriter();
    this.#sink?.onData(bytes);
  }

  #finish(): void {
    this.#isOver = true;
    clearImmediate(this.#gathering);
  }
}
