import { isUtf8 } from 'node:buffer';
import { ContentFormatError } from '../content-masker.ts';
import { isLiteralByte, isSpace, JSON_LITERAL, JsonByte } from '../detectors/json-byte.ts';
import { KeptBytes } from './kept-bytes.ts';

/** Longest string or number. */
const TOKEN_BYTES_MAX = 4 * 1024 * 1024;
/** Arrays and objects within each other. */
const DEPTH_MAX = 1_000;
const BYTE_ORDER_MARK = Buffer.of(0xef, 0xbb, 0xbf);

const LINE_FEED = 0x0a;

/** Told of what documents hold, in their order. Offsets are those of the bytes, which are valid during the call. */
export interface JsonTokenListener {
  /** A document begins. */
  document(): void;
  enter(isArray: boolean): void;
  leave(): void;
  /** With its quotes; what is between them is a valid string. */
  key(bytes: Buffer, start: number, end: number): void;
  string(bytes: Buffer, start: number, end: number): void;
  /** A number, `true`, `false` or `null`. */
  literal(bytes: Buffer, start: number, end: number): void;
  /** All in front of `end` was read; what follows comes again, at the start of other bytes. */
  passed(bytes: Buffer, end: number): void;
}

/** What may come next. */
type Expectation =
  | 'value'
  /** A value, or the end of the array that just began. */
  | 'value-or-end'
  | 'key'
  | 'key-or-end'
  | 'colon'
  | 'comma-or-end'
  | 'line-break'
  | 'document';

/** Reads JSON (RFC 8259) as it streams by, without recursion; keeps one token at most. */
export class JsonTokens {
  readonly #listener: JsonTokenListener;
  readonly #hasLines: boolean;
  /** Of each array or object around: whether it is an array. */
  readonly #arrays: boolean[] = [];
  #expected: Expectation = 'document';
  #documents = 0;
  #isStart = true;
  readonly #kept = new KeptBytes();
  /** Bytes of the token at hand that were looked at. */
  #looked = 0;

  /** @param hasLines Whether there may be several documents, with line breaks between them. */
  constructor(listener: JsonTokenListener, hasLines: boolean) {
    this.#listener = listener;
    this.#hasLines = hasLines;
  }

  /** @throws {ContentFormatError} If it is not JSON. */
  push(bytes: Buffer): void {
    this.#read(bytes, false);
  }

  /** @throws {ContentFormatError} If a document is not complete. */
  end(): void {
    this.#read(Buffer.alloc(0), true);
    const isComplete = this.#arrays.length === 0 && this.#kept.length === 0;
    const isBetween = this.#expected === 'line-break' || this.#expected === 'document';
    if (!isComplete || !isBetween) throw this.#error('ends inside a document');
    if (!this.#hasLines && this.#documents === 0) throw this.#error('has no document');
  }

  #read(bytes: Buffer, isEnd: boolean): void {
    const all = this.#kept.join(bytes);
    let offset = 0;
    if (this.#isStart) {
      if (all.length < BYTE_ORDER_MARK.length && !isEnd) {
        this.#kept.keep(all, 0);
        return;
      }
      this.#isStart = false;
      if (all.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)) {
        offset = BYTE_ORDER_MARK.length;
      }
    }
    while (offset < all.length) {
      const next = this.#token(all, offset, isEnd);
      if (next === -1) break;
      offset = next;
      this.#looked = 0;
    }
    if (all.length - offset > TOKEN_BYTES_MAX) {
      throw this.#error(`string of more than ${TOKEN_BYTES_MAX} bytes`);
    }
    this.#listener.passed(all, offset);
    this.#kept.keep(all, offset);
  }

  /** Reads one token; returns where the next starts, or -1 if it is not all there. */
  #token(bytes: Buffer, start: number, isEnd: boolean): number {
    const byte = bytes[start] as number;
    if (isSpace(byte)) return this.#space(bytes, start);
    if (byte === JsonByte.quote) return this.#string(bytes, start);
    if (PUNCTUATION.has(byte)) {
      this.#punctuate(byte);
      return start + 1;
    }
    let end = start + this.#looked;
    while (end < bytes.length && isLiteralByte(bytes[end] as number)) end += 1;
    if (end === bytes.length && !isEnd) {
      this.#looked = end - start;
      return -1;
    }
    if (!JSON_LITERAL.test(bytes.toString('latin1', start, end))) throw this.#error('is not JSON');
    this.#beginValue();
    this.#listener.literal(bytes, start, end);
    this.#endValue();
    return end;
  }

  #space(bytes: Buffer, start: number): number {
    let end = start;
    while (end < bytes.length && isSpace(bytes[end] as number)) end += 1;
    const hasBreak =
      this.#expected === 'line-break' && bytes.subarray(start, end).includes(LINE_FEED);
    if (hasBreak) this.#expected = 'document';
    return end;
  }

  #string(bytes: Buffer, start: number): number {
    let offset = start + Math.max(1, this.#looked);
    for (; ; offset++) {
      if (offset >= bytes.length) {
        this.#looked = bytes.length - start;
        return -1;
      }
      const byte = bytes[offset] as number;
      if (byte === JsonByte.quote) break;
      if (byte < 0x20) throw this.#error('control character in a string');
      if (byte !== JsonByte.backslash) continue;
      // What follows belongs to it: both are looked at together.
      if (offset + 1 >= bytes.length) {
        this.#looked = offset - start;
        return -1;
      }
      offset += 1;
    }
    const end = offset + 1;
    this.#checkString(bytes.subarray(start, end));
    if (this.#expected === 'key' || this.#expected === 'key-or-end') {
      this.#listener.key(bytes, start, end);
      this.#expected = 'colon';
    } else {
      this.#beginValue();
      this.#listener.string(bytes, start, end);
      this.#endValue();
    }
    return end;
  }

  #checkString(token: Buffer): void {
    if (!isUtf8(token)) throw this.#error('string that is not UTF-8');
    if (!token.includes(JsonByte.backslash)) return;
    const escapes = token.toString('latin1').matchAll(/\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}|(.))/gs);
    for (const [, wrong] of escapes) if (wrong !== undefined) throw this.#error('is not JSON');
  }

  #punctuate(byte: number): void {
    switch (byte) {
      case JsonByte.openArray:
      case JsonByte.openObject:
        this.#beginValue();
        if (this.#arrays.length === DEPTH_MAX) throw this.#error(`deeper than ${DEPTH_MAX}`);
        this.#arrays.push(byte === JsonByte.openArray);
        this.#listener.enter(byte === JsonByte.openArray);
        this.#expected = byte === JsonByte.openArray ? 'value-or-end' : 'key-or-end';
        return;
      case JsonByte.closeArray:
        return this.#close(true, 'value-or-end');
      case JsonByte.closeObject:
        return this.#close(false, 'key-or-end');
      case JsonByte.colon:
        if (this.#expected !== 'colon') throw this.#error('is not JSON');
        this.#expected = 'value';
        return;
      case JsonByte.comma:
        if (this.#expected !== 'comma-or-end') throw this.#error('is not JSON');
        this.#expected = this.#arrays.at(-1) === true ? 'value' : 'key';
        return;
    }
  }

  #close(isArray: boolean, ifEmpty: Expectation): void {
    const mayEnd = this.#expected === 'comma-or-end' || this.#expected === ifEmpty;
    if (!mayEnd || this.#arrays.at(-1) !== isArray) throw this.#error('is not JSON');
    this.#arrays.pop();
    this.#listener.leave();
    this.#endValue();
  }

  #beginValue(): void {
    if (this.#expected === 'document') {
      if (this.#documents > 0 && !this.#hasLines) throw this.#error('has more than one document');
      this.#documents += 1;
      this.#listener.document();
      return;
    }
    if (this.#expected !== 'value' && this.#expected !== 'value-or-end') {
      throw this.#error('is not JSON');
    }
  }

  #endValue(): void {
    if (this.#arrays.length > 0) this.#expected = 'comma-or-end';
    else this.#expected = this.#hasLines ? 'line-break' : 'document';
  }

  #error(reason: string): ContentFormatError {
    return new ContentFormatError(this.#hasLines ? 'NDJSON' : 'JSON', reason);
  }
}

const PUNCTUATION: ReadonlySet<number> = new Set([
  JsonByte.openArray,
  JsonByte.closeArray,
  JsonByte.openObject,
  JsonByte.closeObject,
  JsonByte.colon,
  JsonByte.comma,
]);
