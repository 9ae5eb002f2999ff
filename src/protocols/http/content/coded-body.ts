import { ByteWriter } from '../../../wire/byte-writer.ts';
import type { ContentCoding } from '../../../wire/http/content-coding.ts';
import type { FieldList } from '../../../wire/http/field-list.ts';
import type { BodySink, BodySource } from '../exchange.ts';
import {
  ContentDecoding,
  ContentEncoding,
  type ContentTransform,
  type TransformOwner,
} from './content-transform.ts';

/** Bytes that wait for the engine; the source is paused above. */
const QUEUED_BYTES_MAX = 256 * 1024;
/** What is whole within the turn of its first piece and no longer is coded on the event loop, at once. */
const AT_ONCE_BYTES_MAX = 64 * 1024;

/** A body without its content coding. */
export function decodeBody(body: BodySource, coding: ContentCoding): BodySource {
  return new CodedBody(body, (owner) => new ContentDecoding(coding, owner));
}

/**
 * A body in a content coding. Whatever has come is sent on without waiting for more, so that events of a stream
 * arrive when they happen.
 */
export function encodeBody(body: BodySource, coding: ContentCoding): BodySource {
  return new CodedBody(body, (owner) => new ContentEncoding(coding, owner));
}

type OpenTransform = (owner: TransformOwner) => ContentTransform;

/** A body on its way through a coder or decoder, which works off the event loop unless the body is small. */
class CodedBody implements BodySource, BodySink {
  readonly length = undefined;
  readonly #source: BodySource;
  readonly #transform: ContentTransform;
  #sink: BodySink | undefined;
  /** Copies of pieces that wait for the engine. */
  #queue = new ByteWriter();
  /** `idle` until the first piece, `gathering` for the rest of that turn. */
  #state: 'idle' | 'gathering' | 'streaming' | 'over' = 'idle';
  #isBusy = false;
  #sourceEnded = false;
  #sourcePaused = false;
  #trailers: FieldList | undefined;
  #isPaused = false;
  /** What was coded at once while the sink wanted nothing; empty once only the end is withheld. */
  #withheld: Buffer | undefined;

  constructor(source: BodySource, openTransform: OpenTransform) {
    this.#source = source;
    this.#transform = openTransform({
      onData: (bytes) => {
        if (this.#state !== 'over') this.#guarded(() => this.#sink?.onData(bytes));
      },
      onTaken: () => this.#taken(),
      onEnd: () => this.#guarded(() => this.#finish()),
      onError: (error) => this.#fail(error),
    });
  }

  start(sink: BodySink): void {
    this.#sink = sink;
    this.#source.start(this);
  }

  pause(): void {
    this.#isPaused = true;
    this.#transform.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#transform.resume();
    if (this.#withheld !== undefined) this.#deliver(this.#withheld);
  }

  destroy(): void {
    if (this.#state === 'over') return;
    this.#close();
    if (!this.#sourceEnded) this.#source.destroy();
  }

  onData(bytes: Buffer): void {
    if (this.#state === 'over') return;
    this.#queue.bytes(bytes);
    if (this.#queue.length > QUEUED_BYTES_MAX && !this.#sourcePaused) {
      this.#sourcePaused = true;
      this.#source.pause();
    }
    this.#wake();
  }

  onEnd(trailers: FieldList | undefined): void {
    if (this.#state === 'over') return;
    this.#sourceEnded = true;
    this.#trailers = trailers;
    this.#wake();
  }

  onError(error: Error): void {
    // What breaks off by itself need not be given up.
    this.#sourceEnded = true;
    this.#fail(error);
  }

  #wake(): void {
    if (this.#state === 'streaming') return this.#pump();
    if (this.#state !== 'idle') return;
    this.#state = 'gathering';
    queueMicrotask(() => this.#begin());
  }

  #begin(): void {
    if (this.#state !== 'gathering') return;
    if (!this.#sourceEnded || this.#queue.length > AT_ONCE_BYTES_MAX) {
      this.#state = 'streaming';
      return this.#pump();
    }
    this.#guarded(() => this.#deliver(this.#transform.runAtOnce(this.#takeQueue())));
  }

  /** Neither what cannot be coded nor what a sink throws is the engine's to handle. */
  #guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  #deliver(bytes: Buffer): void {
    this.#withheld = bytes;
    if (this.#isPaused) return;
    this.#withheld = undefined;
    if (bytes.length > 0) this.#sink?.onData(bytes);
    // What the sink was given may have paused it again, or ended everything.
    if (this.#state === 'over') return;
    if (this.#isPaused) this.#withheld = Buffer.alloc(0);
    else this.#finish();
  }

  #pump(): void {
    if (this.#isBusy) return;
    if (this.#queue.length > 0) {
      this.#isBusy = true;
      this.#transform.write(this.#takeQueue());
    } else if (this.#sourceEnded) {
      this.#isBusy = true;
      this.#transform.end();
    }
  }

  #taken(): void {
    if (this.#state === 'over') return;
    this.#isBusy = false;
    this.#pump();
    if (!this.#sourcePaused || this.#queue.length > QUEUED_BYTES_MAX) return;
    this.#sourcePaused = false;
    this.#source.resume();
  }

  #takeQueue(): Buffer {
    const bytes = this.#queue.toBuffer();
    this.#queue = new ByteWriter();
    return bytes;
  }

  #finish(): void {
    if (this.#state === 'over') return;
    this.#close();
    this.#sink?.onEnd(this.#trailers);
  }

  #fail(error: Error): void {
    if (this.#state === 'over') return;
    this.#close();
    if (!this.#sourceEnded) this.#source.destroy();
    this.#sink?.onError(error);
  }

  #close(): void {
    this.#state = 'over';
    this.#queue = new ByteWriter();
    this.#withheld = undefined;
    this.#transform.destroy();
  }
}
