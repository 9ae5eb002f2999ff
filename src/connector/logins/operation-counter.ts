import { SEARCH_PATH_QUERY } from '../../protocols/postgres/search-path-query.ts';
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

/**
 * Counts the messages by which something runs on a database, in the bytes that go there, wherever they are cut: all but
 * the one question that gateways ask by themselves in every session, which is always the same text.
 */
export class OperationCounter {
  readonly #onOperation: () => void;
  readonly #header: Buffer = Buffer.alloc(MESSAGE_HEADER_BYTES);
  #headerLength = 0;
  /** Bytes of the message at hand that have not come. */
  #missing = 0;
  /** Whether it has been the gateway's own question so far. */
  #isOwnQuestion = false;

  constructor(onOperation: () => void) {
    this.#onOperation = onOperation;
  }

  /** @throws {ProtocolError} If a message has an impossible length. */
  push(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#missing > 0) {
        const skipped = Math.min(this.#missing, bytes.length - at);
        if (this.#isOwnQuestion) this.#compare(bytes.subarray(at, at + skipped));
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
    this.#isOwnQuestion = SEARCH_PATH_QUERY.subarray(0, MESSAGE_HEADER_BYTES).equals(this.#header);
    if (OPERATIONS.has(this.#header.readUInt8(0)) && !this.#isOwnQuestion) this.#onOperation();
  }

  /** It has its length, which others may have, too. */
  #compare(piece: Buffer): void {
    const from = SEARCH_PATH_QUERY.length - this.#missing;
    if (SEARCH_PATH_QUERY.subarray(from, from + piece.length).equals(piece)) return;
    this.#isOwnQuestion = false;
    this.#onOperation();
  }
}
