import {
  FrontendType,
  frameLength,
  MESSAGE_HEADER_BYTES,
} from '../../wire/postgres/message-framing.ts';

const OPERATIONS: ReadonlySet<number> = new Set([
  FrontendType.Query,
  FrontendType.Execute,
  FrontendType.FunctionCall,
]);

/** Counts the messages by which something runs on a database, in the bytes that go there, wherever they are cut. */
export class OperationCounter {
  readonly #onOperation: () => void;
  readonly #header: Buffer = Buffer.alloc(MESSAGE_HEADER_BYTES);
  #headerLength = 0;
  /** Bytes of the message at hand that have not come. */
  #missing = 0;

  constructor(onOperation: () => void) {
    this.#onOperation = onOperation;
  }

  /** @throws {ProtocolError} If a message has an impossible length. */
  push(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#missing > 0) {
        const skipped = Math.min(this.#missing, bytes.length - at);
        this.#missing -= skipped;
        at += skipped;
        continue;
      }
      const taken = Math.min(MESSAGE_HEADER_BYTES - this.#headerLength, bytes.length - at);
      bytes.copy(this.#header, this.#headerLength, at, at + taken);
      this.#headerLength += taken;
      at += taken;
      if (this.#headerLength === MESSAGE_HEADER_BYTES) this.#begin();
    }
  }

  #begin(): void {
    const length = frameLength(this.#header, 0, MESSAGE_HEADER_BYTES);
    this.#headerLength = 0;
    this.#missing = length - MESSAGE_HEADER_BYTES;
    if (OPERATIONS.has(this.#header.readUInt8(0))) this.#onOperation();
  }
}
