import type { BodyFraming } from './body-framing.ts';
import { type BodyListener, ChunkedDecoder } from './chunked-decoder.ts';
import { FieldList } from './field-list.ts';
import { HttpMessageError } from './http-message-error.ts';

/** Takes a body out of its framing, whichever that is. */
export class BodyDecoder {
  readonly #framing: BodyFraming;
  readonly #listener: BodyListener;
  readonly #chunks: ChunkedDecoder | undefined;
  /** Of a body of known length. */
  #missing: number;
  #hasEnded = false;

  /** A body of no bytes ends at once, before this returns. */
  constructor(framing: BodyFraming, listener: BodyListener) {
    this.#framing = framing;
    this.#listener = listener;
    if (framing.kind === 'chunked') this.#chunks = new ChunkedDecoder(listener);
    this.#missing = framing.kind === 'length' ? framing.bytes : 0;
    const isEmpty = framing.kind === 'length' && framing.bytes === 0;
    if (framing.kind === 'none' || isEmpty) this.#end();
  }

  get hasEnded(): boolean {
    return this.#hasEnded || this.#chunks?.hasEnded === true;
  }

  /**
   * Reads on. Returns how many of the bytes belong to the body: fewer than all once it has ended.
   *
   * @throws {HttpMessageError} If the bytes are not in the framing. The decoder is of no use after that.
   */
  push(bytes: Buffer): number {
    if (this.hasEnded || bytes.length === 0) return 0;
    if (this.#chunks !== undefined) return this.#chunks.push(bytes);
    if (this.#framing.kind === 'until-close') {
      this.#listener.data(bytes);
      return bytes.length;
    }
    const piece = bytes.subarray(0, this.#missing);
    this.#missing -= piece.length;
    this.#listener.data(piece);
    if (this.#missing === 0) this.#end();
    return piece.length;
  }

  /**
   * The connection has ended.
   *
   * @throws {HttpMessageError} If that cut the body.
   */
  close(): void {
    if (this.hasEnded) return;
    if (this.#framing.kind !== 'until-close') throw new HttpMessageError('body', 'ends too early');
    this.#end();
  }

  #end(): void {
    this.#hasEnded = true;
    this.#listener.end(FieldList.empty);
  }
}
