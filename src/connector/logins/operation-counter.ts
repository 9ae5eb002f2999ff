import { isRefusedText } from '../../protocols/postgres/refusal.ts';
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

/** What gateways ask by themselves in every session, without its header. */
const OWN_QUESTION: Buffer = SEARCH_PATH_QUERY.subarray(MESSAGE_HEADER_BYTES);

/**
 * Counts the messages by which something runs on a database, in the bytes that go there, wherever they are cut: all but
 * the one question that gateways ask by themselves in every session, which is always the same text, and what they send in
 * the place of what they refused, which no server can run.
 */
export class OperationCounter {
  readonly #onOperation: () => void;
  readonly #header: Buffer = Buffer.alloc(MESSAGE_HEADER_BYTES);
  #headerLength = 0;
  /** Bytes of the message at hand that have not come. */
  #missing = 0;
  /** What has come of a query that may be the gateway's own; undefined for any other message. */
  #query: Buffer[] | undefined;

  constructor(onOperation: () => void) {
    this.#onOperation = onOperation;
  }

  /** @throws {ProtocolError} If a message has an impossible length. */
  push(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#missing > 0) {
        const taken = Math.min(this.#missing, bytes.length - at);
        this.#query?.push(bytes.subarray(at, at + taken));
        this.#missing -= taken;
        at += taken;
        if (this.#missing === 0) this.#endQuery();
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
    const type = this.#header.readUInt8(0);
    this.#headerLength = 0;
    this.#missing = length - MESSAGE_HEADER_BYTES;
    const mayBeOwn =
      type === FrontendType.Query && this.#missing > 0 && this.#missing <= OWN_QUESTION.length;
    if (mayBeOwn) this.#query = [];
    else if (OPERATIONS.has(type)) this.#onOperation();
  }

  /** Before its last byte, no server runs it. */
  #endQuery(): void {
    if (this.#query === undefined) return;
    const body = Buffer.concat(this.#query);
    this.#query = undefined;
    if (!body.equals(OWN_QUESTION) && !isRefusedText(body)) this.#onOperation();
  }
}
