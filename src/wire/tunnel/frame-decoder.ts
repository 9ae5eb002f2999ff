import { ProtocolError } from '../protocol-error.ts';

const LENGTH_BYTES = 4;

/** A frame: the length of its body in four bytes, big-endian, then the body. */
export function encodeFrame(body: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + body.length);
  frame.writeUInt32BE(body.length, 0);
  frame.set(body, LENGTH_BYTES);
  return frame;
}

/** Cuts bytes into frames. Keeps at most one, and no more of it than has come. */
export class FrameDecoder {
  readonly #messageName: string;
  readonly #bytesMax: number;
  readonly #tell: (body: Buffer) => void;
  readonly #head: Buffer = Buffer.alloc(LENGTH_BYTES);
  #headLength = 0;
  #pieces: Buffer[] = [];
  /** Of the body at hand, that have not come. */
  #missing = 0;

  /**
   * @param messageName What a frame holds, for errors.
   * @param bytesMax Of the body of one frame.
   * @param tell Told of each whole body, which is its to keep.
   */
  constructor(messageName: string, bytesMax: number, tell: (body: Buffer) => void) {
    this.#messageName = messageName;
    this.#bytesMax = bytesMax;
    this.#tell = tell;
  }

  /**
   * @param bytes Are copied where they are kept.
   * @throws {ProtocolError} If a frame is longer than allowed. The decoder is of no use after that.
   */
  push(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#headLength < LENGTH_BYTES) {
        this.#head[this.#headLength++] = bytes[at++] ?? 0;
        if (this.#headLength === LENGTH_BYTES) this.#startBody();
      } else {
        const piece = bytes.subarray(at, at + this.#missing);
        this.#pieces.push(Buffer.from(piece));
        this.#missing -= piece.length;
        at += piece.length;
        this.#finishBody();
      }
    }
  }

  /** @throws {ProtocolError} If the last frame is cut. */
  end(): void {
    if (this.#headLength > 0) throw new ProtocolError(this.#messageName, 'ends inside a frame');
  }

  #startBody(): void {
    this.#missing = this.#head.readUInt32BE(0);
    if (this.#missing > this.#bytesMax) {
      throw new ProtocolError(this.#messageName, `frame of ${this.#missing} bytes`);
    }
    this.#finishBody();
  }

  #finishBody(): void {
    if (this.#missing > 0) return;
    const [first, ...more] = this.#pieces;
    const body = more.length === 0 ? first : Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#headLength = 0;
    this.#tell(body ?? Buffer.alloc(0));
  }
}
