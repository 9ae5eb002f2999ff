import { ProtocolError } from '../protocol-error.ts';
import { MESSAGE_BYTES_MAX } from './message-framing.ts';

/** Bytes of the type and the length that begin every message after the startup. */
const HEADER_BYTES = 5;
/** The length field counts itself. */
const LENGTH_FIELD_BYTES = 4;

/** What the owner of a stream does with what comes by. Every callback is synchronous. */
export interface MessageSink {
  /** The header of a message that is not kept whole: its bytes follow through `bytes`. */
  passed(type: number, bodyBytes: number): void;
  /**
   * A whole message, header included, in `buffer[start, end)`; valid during the call only.
   *
   * @returns `true` to let it pass as it is, what takes its place (maybe nothing: an empty buffer),
   * or `'later'`: the stream stops before it, and offers it again at the next `push`.
   */
  message(type: number, buffer: Buffer, start: number, end: number): true | 'later' | Buffer;
  /** A message that should be kept whole but is too large for it. Its body is dropped. */
  oversized(type: number, bodyBytes: number): Buffer;
  /** Bytes to forward, in order; valid during the call only. */
  bytes(buffer: Buffer, start: number, end: number): void;
}

export interface MessageStreamOptions {
  /** For errors: `downstream` or `upstream`. */
  readonly name: string;
  /** Whether messages of that type are kept whole at first; see `MessageStream.inspected`. */
  readonly inspected: Uint8Array;
  /** Types that this direction may carry at all. Indexed by the type byte. */
  readonly known: Uint8Array;
  /** See `MessageStream.wholeBytesMax`. */
  readonly wholeBytesMax: number;
}

/**
 * Cuts one direction of a connection into messages without copying what only passes by.
 *
 * Runs of messages that pass are forwarded as one range per chunk; a passing message that is split
 * over chunks is forwarded in pieces, so its size costs no memory. Only inspected messages that
 * are split over chunks are carried over.
 *
 * @see https://www.postgresql.org/docs/current/protocol-overview.html (message format)
 */
export class MessageStream {
  /** Indexed by the type byte: 1 if messages of that type are kept whole and given to `message`. May change between messages. */
  inspected: Uint8Array;
  /** Bytes of the largest message that is kept whole. May change between messages. */
  wholeBytesMax: number;
  readonly #sink: MessageSink;
  readonly #options: MessageStreamOptions;
  /** Bytes of the message at hand that still pass by. */
  #passing = 0;
  /** Bytes of the message at hand that are still to be dropped. */
  #dropping = 0;
  /** The start of a header or of an inspected message, waiting for the rest. */
  #carry: Buffer | undefined;
  #carried = 0;
  #stopped = false;

  constructor(sink: MessageSink, options: MessageStreamOptions) {
    this.#sink = sink;
    this.#options = options;
    this.inspected = options.inspected;
    this.wholeBytesMax = options.wholeBytesMax;
  }

  /** Whether what was forwarded so far ends with a whole message, so that another may follow it. */
  get isBetweenMessages(): boolean {
    return this.#passing === 0;
  }

  /** Whether what came so far ends with a whole message. */
  get isAtEnd(): boolean {
    return this.#passing === 0 && this.#dropping <= 0 && this.#carried === 0;
  }

  /**
   * Takes the next bytes, `buffer[start, end)`.
   *
   * @returns Where it stopped: `end`, or before a message that is wanted `'later'`. The caller pushes
   * the bytes from there on again (maybe none, when the whole message is carried over already).
   * @throws {ProtocolError} If a length is impossible or a type unknown. The stream is then lost.
   */
  // oxlint-disable-next-line max-lines-per-function -- one loop over one chunk; its parts would share all of its state
  push(buffer: Buffer, start: number, end: number): number {
    let offset = start;
    if (this.#carried > 0) {
      this.#stopped = false;
      offset = this.#completeCarried(buffer, offset, end);
      if (this.#stopped) return offset;
    }
    let runStart = offset;

    while (offset < end) {
      if (this.#passing > 0) {
        const step = Math.min(this.#passing, end - offset);
        this.#passing -= step;
        offset += step;
        continue;
      }
      if (this.#dropping > 0) {
        this.#forward(buffer, runStart, offset);
        const step = Math.min(this.#dropping, end - offset);
        this.#dropping -= step;
        offset += step;
        runStart = offset;
        continue;
      }
      if (end - offset < HEADER_BYTES) {
        this.#forward(buffer, runStart, offset);
        this.#carryOver(buffer, offset, end, HEADER_BYTES);
        return end;
      }
      const type = buffer[offset] as number;
      let bodyBytes: number;
      try {
        bodyBytes = this.#bodyBytes(type, buffer, offset + 1);
        if (this.inspected[type] === 0) {
          this.#sink.passed(type, bodyBytes);
          this.#passing = HEADER_BYTES + bodyBytes;
          continue;
        }
      } catch (error) {
        // What came before the fault is whole: without its end, a last word would look like data.
        this.#forward(buffer, runStart, offset);
        throw error;
      }
      const messageEnd = offset + HEADER_BYTES + bodyBytes;
      if (bodyBytes > this.wholeBytesMax) {
        this.#forward(buffer, runStart, offset);
        this.#drop(type, bodyBytes);
        runStart = offset;
        continue;
      }
      if (messageEnd > end) {
        this.#forward(buffer, runStart, offset);
        this.#carryOver(buffer, offset, end, HEADER_BYTES + bodyBytes);
        return end;
      }
      let answer: true | 'later' | Buffer;
      try {
        answer = this.#sink.message(type, buffer, offset, messageEnd);
      } catch (error) {
        this.#forward(buffer, runStart, offset);
        throw error;
      }
      if (answer !== true) {
        this.#forward(buffer, runStart, offset);
        if (answer === 'later') return offset;
        this.#forward(answer, 0, answer.length);
        runStart = messageEnd;
      }
      offset = messageEnd;
    }
    this.#forward(buffer, runStart, offset);
    return end;
  }

  /** Completes a header or message begun in an earlier chunk. Returns where the rest starts. */
  #completeCarried(buffer: Buffer, start: number, end: number): number {
    let offset = this.#fillCarry(buffer, start, end);
    const header = this.#carry as Buffer;
    if (this.#carried < HEADER_BYTES) return offset;

    const type = header[0] as number;
    const bodyBytes = this.#bodyBytes(type, header, 1);
    const messageBytes = HEADER_BYTES + bodyBytes;
    // What was begun as a whole message stays one, even if `inspected` changed meanwhile.
    if (this.inspected[type] === 0 && header.length === HEADER_BYTES) {
      this.#carried = 0;
      this.#sink.passed(type, bodyBytes);
      this.#forward(header, 0, HEADER_BYTES);
      this.#passing = bodyBytes;
      return offset;
    }
    if (bodyBytes > this.wholeBytesMax) {
      this.#carried = 0;
      this.#drop(type, bodyBytes);
      this.#dropping -= HEADER_BYTES;
      return offset;
    }
    if (header.length < messageBytes) {
      const whole = Buffer.allocUnsafe(messageBytes);
      header.copy(whole, 0, 0, this.#carried);
      this.#carry = whole;
      offset = this.#fillCarry(buffer, offset, end);
    }
    if (this.#carried < messageBytes) return offset;

    const whole = this.#carry as Buffer;
    const answer = this.#sink.message(type, whole, 0, messageBytes);
    if (answer === 'later') {
      this.#stopped = true;
      return offset;
    }
    this.#carry = undefined;
    this.#carried = 0;
    if (answer === true) this.#forward(whole, 0, messageBytes);
    else this.#forward(answer, 0, answer.length);
    return offset;
  }

  #carryOver(buffer: Buffer, start: number, end: number, messageBytes: number): void {
    const carry = Buffer.allocUnsafe(messageBytes);
    buffer.copy(carry, 0, start, end);
    this.#carry = carry;
    this.#carried = end - start;
  }

  #fillCarry(buffer: Buffer, start: number, end: number): number {
    const carry = this.#carry as Buffer;
    const step = Math.min(carry.length - this.#carried, end - start);
    buffer.copy(carry, this.#carried, start, start + step);
    this.#carried += step;
    return start + step;
  }

  #drop(type: number, bodyBytes: number): void {
    const answer = this.#sink.oversized(type, bodyBytes);
    this.#forward(answer, 0, answer.length);
    this.#dropping = HEADER_BYTES + bodyBytes;
  }

  #forward(buffer: Buffer, start: number, end: number): void {
    if (end > start) this.#sink.bytes(buffer, start, end);
  }

  #bodyBytes(type: number, buffer: Buffer, offset: number): number {
    if (this.#options.known[type] !== 1) {
      throw new ProtocolError(this.#options.name, `unknown message type 0x${type.toString(16)}`);
    }
    const length = buffer.readInt32BE(offset);
    if (length < LENGTH_FIELD_BYTES || length > MESSAGE_BYTES_MAX + LENGTH_FIELD_BYTES) {
      throw new ProtocolError(this.#options.name, `impossible message length ${length}`);
    }
    return length - LENGTH_FIELD_BYTES;
  }
}
