import { ProtocolError } from '../../../wire/protocol-error.ts';
import { LINE_BYTES_MAX } from './scp-line.ts';

/** What may come before it is asked for: an answer, and the next line. */
const KEPT_BYTES_MAX = 64 * 1024;
const LINE_FEED = 0x0a;

/** Thrown where the client sends nothing more. */
export class InputEndedError extends Error {
  override readonly name = 'InputEndedError';
  readonly code = 'ERR_INPUT_ENDED';
}

type Want =
  | { readonly kind: 'byte'; readonly resolve: (byte: number) => void }
  | { readonly kind: 'line'; readonly resolve: (line: Buffer) => void };

/** Reads what a client of scp sends: lines, answers of one byte, and content that is never put together. */
export class ScpInput {
  #kept: Buffer = Buffer.alloc(0);
  #want: (Want & { readonly reject: (error: Error) => void }) | undefined;
  #content:
    | {
        missing: number;
        readonly take: (bytes: Buffer) => void;
        readonly done: () => void;
        readonly reject: (error: Error) => void;
      }
    | undefined;
  #isEnded = false;

  /** @throws {ProtocolError} If more comes than is asked for. */
  receive(bytes: Buffer): void {
    let rest = this.#kept.length === 0 ? bytes : Buffer.concat([this.#kept, bytes]);
    this.#kept = Buffer.alloc(0);
    rest = this.#takeContent(rest);
    if (rest.length > KEPT_BYTES_MAX)
      throw new ProtocolError('scp', 'sends more than was asked for');
    // The bytes are the caller's again afterwards.
    this.#kept = Buffer.from(rest);
    this.#serve();
  }

  /** Nothing more comes. */
  end(): void {
    this.#isEnded = true;
    this.#serve();
    this.#content?.reject(new InputEndedError());
  }

  readByte(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#want = { kind: 'byte', resolve, reject };
      this.#serve();
    });
  }

  /** Without its line feed. */
  readLine(): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#want = { kind: 'line', resolve, reject };
      this.#serve();
    });
  }

  /** @param take Takes the bytes as they come; they are valid during the call. */
  readContent(size: number, take: (bytes: Buffer) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#content = { missing: size, take, done: resolve, reject };
      this.#kept = this.#takeContent(this.#kept);
      if (this.#isEnded) this.#content?.reject(new InputEndedError());
    });
  }

  #takeContent(bytes: Buffer): Buffer {
    const content = this.#content;
    if (content === undefined) return bytes;
    const piece = bytes.subarray(0, content.missing);
    content.missing -= piece.length;
    if (piece.length > 0) content.take(piece);
    if (content.missing === 0) {
      this.#content = undefined;
      content.done();
    }
    return bytes.subarray(piece.length);
  }

  #serve(): void {
    const want = this.#want;
    if (want === undefined) return;
    const length = want.kind === 'byte' ? 1 : this.#kept.indexOf(LINE_FEED) + 1;
    if (length > 0 && length <= this.#kept.length) {
      const taken = this.#kept.subarray(0, length);
      this.#kept = this.#kept.subarray(length);
      this.#want = undefined;
      if (want.kind === 'byte') want.resolve(taken[0] as number);
      else want.resolve(taken.subarray(0, -1));
    } else if (this.#isEnded || this.#kept.length > LINE_BYTES_MAX) {
      this.#want = undefined;
      want.reject(new InputEndedError());
    }
  }
}
