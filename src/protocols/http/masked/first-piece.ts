import type { FieldList } from '../../../wire/http/field-list.ts';
import type { BodySink, BodySource } from '../exchange.ts';

/** Milliseconds that the head of a response waits for the first of its body. */
const WAIT_MS_MAX = 1_000;

/** Whether a body can be had. */
export type FirstPiece =
  | { readonly kind: 'there'; readonly body: BodySource }
  | { readonly kind: 'failed'; readonly error: Error };

/**
 * Waits for the first piece of a body, so that one that fails at once can still be answered otherwise. One that is
 * slow to begin is taken for one that can be had.
 *
 * @param tell Called once, maybe at once; `body` has to be started before it returns.
 */
export function awaitFirstPiece(source: BodySource, tell: (first: FirstPiece) => void): void {
  const body = new BegunBody(source, tell);
  body.begin();
}

class BegunBody implements BodySource, BodySink {
  readonly #source: BodySource;
  #tell: ((first: FirstPiece) => void) | undefined;
  #sink: BodySink | undefined;
  readonly #timer: NodeJS.Timeout;

  constructor(source: BodySource, tell: (first: FirstPiece) => void) {
    this.#source = source;
    this.#tell = tell;
    this.#timer = setTimeout(() => this.#begin(), WAIT_MS_MAX);
  }

  get length(): number | undefined {
    return this.#source.length;
  }

  begin(): void {
    this.#source.start(this);
  }

  start(sink: BodySink): void {
    this.#sink = sink;
  }

  pause(): void {
    this.#source.pause();
  }

  resume(): void {
    this.#source.resume();
  }

  destroy(): void {
    clearTimeout(this.#timer);
    this.#tell = undefined;
    this.#source.destroy();
  }

  onData(bytes: Buffer): void {
    this.#begin();
    this.#sink?.onData(bytes);
  }

  onEnd(trailers: FieldList | undefined): void {
    this.#begin();
    this.#sink?.onEnd(trailers);
  }

  onError(error: Error): void {
    clearTimeout(this.#timer);
    const tell = this.#tell;
    this.#tell = undefined;
    if (tell === undefined) this.#sink?.onError(error);
    else tell({ kind: 'failed', error });
  }

  #begin(): void {
    clearTimeout(this.#timer);
    const tell = this.#tell;
    this.#tell = undefined;
    tell?.({ kind: 'there', body: this });
  }
}
