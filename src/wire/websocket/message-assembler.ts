import { isUtf8 } from 'node:buffer';
import { ByteWriter } from '../byte-writer.ts';
import { ProtocolError } from '../protocol-error.ts';
import type { MessageKind } from './opcode.ts';

/** Puts the pieces of a message together, up to a bound, in memory that is of its length however small they are. */
export class MessageAssembler {
  readonly #bytesMax: number;
  #kept = new ByteWriter();

  /** @param bytesMax Of one message. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /**
   * Adds a piece, which stays the caller's. Returns the message if it was the last.
   *
   * @throws {ProtocolError} If the message is too long, or is text and not UTF-8.
   */
  add(kind: MessageKind, piece: Buffer, isLast: boolean): Buffer | undefined {
    if (this.#kept.length + piece.length > this.#bytesMax) {
      throw new ProtocolError('WebSocket message', `has more than ${this.#bytesMax} bytes`);
    }
    this.#kept.bytes(piece);
    if (!isLast) return undefined;
    const message = this.#kept.toBuffer();
    this.#kept = new ByteWriter();
    if (kind === 'text' && !isUtf8(message)) {
      throw new ProtocolError('WebSocket message', 'is not UTF-8');
    }
    return message;
  }
}
