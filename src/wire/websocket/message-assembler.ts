import { isUtf8 } from 'node:buffer';
import { ProtocolError } from '../protocol-error.ts';
import type { MessageKind } from './opcode.ts';

/** Puts the pieces of a message together, up to a bound. */
export class MessageAssembler {
  readonly #bytesMax: number;
  #pieces: Buffer[] = [];
  #bytes = 0;

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
    this.#bytes += piece.length;
    if (this.#bytes > this.#bytesMax) {
      throw new ProtocolError('WebSocket message', `has more than ${this.#bytesMax} bytes`);
    }
    this.#pieces.push(Buffer.from(piece));
    if (!isLast) return undefined;
    const message = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#bytes = 0;
    if (kind === 'text' && !isUtf8(message)) {
      throw new ProtocolError('WebSocket message', 'is not UTF-8');
    }
    return message;
  }
}
