import { ByteWriter } from '../../wire/byte-writer.ts';
import type { FieldList } from '../../wire/http/field-list.ts';
import type { BodySink, BodySource } from './exchange.ts';

/** A body that is at hand. */
export class WholeBody implements BodySource {
  static readonly empty: WholeBody = new WholeBody(Buffer.alloc(0));

  readonly #bytes: Buffer;
  readonly #trailers: FieldList | undefined;

  constructor(bytes: Buffer, trailers?: FieldList) {
    this.#bytes = bytes;
    this.#trailers = trailers;
  }

  get length(): number {
    return this.#bytes.length;
  }

  start(sink: BodySink): void {
    if (this.#bytes.length > 0) sink.onData(this.#bytes);
    sink.onEnd(this.#trailers);
  }

  pause(): void {}

  resume(): void {}

  destroy(): void {}
}

/** A body that was read whole, or why it was not. */
export type CollectedBody =
  | { readonly kind: 'whole'; readonly bytes: Buffer; readonly trailers: FieldList | undefined }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'cut'; readonly error: Error };

/** Reads a body of so many bytes at most. `done` is called once, maybe at once. */
export function collectBody(
  body: BodySource,
  bytesMax: number,
  done: (collected: CollectedBody) => void,
): void {
  if ((body.length ?? 0) > bytesMax) return done({ kind: 'too-large' });
  // Not as pieces: of one byte each, they would take a hundred times as much memory.
  const whole = new ByteWriter();
  let bytes = 0;
  body.start({
    onData(piece) {
      if (bytes > bytesMax) return;
      bytes += piece.length;
      if (bytes <= bytesMax) {
        whole.bytes(piece);
        return;
      }
      body.destroy();
      done({ kind: 'too-large' });
    },
    onEnd(trailers) {
      if (bytes <= bytesMax) done({ kind: 'whole', bytes: whole.toBuffer(), trailers });
    },
    onError(error) {
      if (bytes <= bytesMax) done({ kind: 'cut', error });
    },
  });
}
