import { ByteWriter } from '../byte-writer.ts';
import { ProtocolError } from '../protocol-error.ts';

/** A flag and the length (gRPC over HTTP2, "Length-Prefixed-Message"). */
const HEAD_BYTES = 5;

/** One message of a call. */
export interface GrpcMessage {
  /** Whether `body` is in the coding that `grpc-encoding` names. */
  readonly isCompressed: boolean;
  readonly body: Buffer;
}

/** Cuts the body of a request or response into messages. Keeps at most one. */
export class GrpcMessageDecoder {
  readonly #bytesMax: number;
  readonly #tell: (message: GrpcMessage) => void;
  readonly #head: Buffer = Buffer.alloc(HEAD_BYTES);
  #headLength = 0;
  #body = new ByteWriter();
  /** Of the body at hand, that have not come. */
  #missing = 0;

  /**
   * @param bytesMax Of the body of one message.
   * @param tell Told of each whole message, whose body is its to keep.
   */
  constructor(bytesMax: number, tell: (message: GrpcMessage) => void) {
    this.#bytesMax = bytesMax;
    this.#tell = tell;
  }

  /** @throws {ProtocolError} If the bytes are no messages. The decoder is of no use after that. */
  push(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#headLength < HEAD_BYTES) {
        this.#head[this.#headLength++] = bytes[at++] ?? 0;
        if (this.#headLength === HEAD_BYTES) this.#startBody();
      } else {
        const piece = bytes.subarray(at, at + this.#missing);
        at += piece.length;
        this.#missing -= piece.length;
        this.#body.bytes(piece);
      }
      if (this.#headLength === HEAD_BYTES && this.#missing === 0) this.#finish();
    }
  }

  /** The body has ended. @throws {ProtocolError} If that cut a message. */
  end(): void {
    if (this.#headLength > 0) throw violation('ends too early');
  }

  #startBody(): void {
    if (this.#head.readUInt8(0) > 1) throw violation('has an unknown flag');
    this.#missing = this.#head.readUInt32BE(1);
    if (this.#missing > this.#bytesMax) throw violation(`has more than ${this.#bytesMax} bytes`);
  }

  #finish(): void {
    const body = this.#body.toBuffer();
    this.#body = new ByteWriter();
    this.#headLength = 0;
    this.#tell({ isCompressed: this.#head.readUInt8(0) === 1, body });
  }
}

/** Encodes a message. */
export function encodeGrpcMessage({ isCompressed, body }: GrpcMessage): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt8(isCompressed ? 1 : 0, 0);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

function violation(reason: string): ProtocolError {
  return new ProtocolError('gRPC message', reason);
}
