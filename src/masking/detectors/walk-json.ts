import { isLiteralByte, isSpace, JSON_LITERAL, JsonByte } from './json-byte.ts';

/** Arrays and objects within each other. PostgreSQL itself stops earlier, for want of stack. */
export const JSON_DEPTH_MAX = 10_000;

/** How a walk ended. */
export type JsonWalk = 'done' | 'not-json' | 'too-deep';

/** Told of what a document holds, in its order. Offsets are those of the bytes. */
export interface JsonVisitor {
  enter(isArray: boolean): void;
  leave(): void;
  /** A key of the object that was entered last: what stands between its quotes. */
  key(start: number, end: number): void;
  /** A string: what stands between its quotes. */
  string(start: number, end: number): void;
  /** A number, `true`, `false` or `null`. */
  literal(start: number, end: number): void;
}

/** Walks through one JSON document (RFC 8259) without recursion, and without keeping any of it. */
export function walkJson(
  bytes: Uint8Array,
  { start, end }: { readonly start: number; readonly end: number },
  visitor: JsonVisitor,
): JsonWalk {
  return new Walker(bytes, end, visitor).walk(start);
}

const NOT_JSON = -1;

class Walker {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  readonly #visitor: JsonVisitor;
  /** Of each array or object around: whether it is an array. */
  readonly #arrays: boolean[] = [];

  constructor(bytes: Uint8Array, end: number, visitor: JsonVisitor) {
    this.#bytes = bytes;
    this.#end = end;
    this.#visitor = visitor;
  }

  walk(start: number): JsonWalk {
    let offset = this.#skipSpace(start);
    for (;;) {
      offset = this.#value(offset);
      if (offset === NOT_JSON) return 'not-json';
      if (this.#arrays.length > JSON_DEPTH_MAX) return 'too-deep';
      if (this.#entered) continue;
      offset = this.#afterValue(offset);
      if (offset === NOT_JSON) return 'not-json';
      if (this.#arrays.length === 0) return offset === this.#end ? 'done' : 'not-json';
    }
  }

  /** Whether the last value began an array or object that has something in it. */
  #entered = false;

  /** Reads a scalar, or into an array or object; returns where to go on. */
  #value(offset: number): number {
    this.#entered = false;
    const byte = this.#byteAt(offset);
    if (byte === JsonByte.quote) {
      const close = this.#stringEnd(offset + 1);
      if (close === NOT_JSON) return NOT_JSON;
      this.#visitor.string(offset + 1, close);
      return close + 1;
    }
    if (byte === JsonByte.openArray || byte === JsonByte.openObject)
      return this.#open(offset, byte === JsonByte.openArray);
    const literalEnd = this.#literalEnd(offset);
    if (literalEnd === NOT_JSON) return NOT_JSON;
    this.#visitor.literal(offset, literalEnd);
    return literalEnd;
  }

  #open(offset: number, isArray: boolean): number {
    this.#visitor.enter(isArray);
    const next = this.#skipSpace(offset + 1);
    if (this.#byteAt(next) === (isArray ? JsonByte.closeArray : JsonByte.closeObject)) {
      this.#visitor.leave();
      return next + 1;
    }
    this.#arrays.push(isArray);
    this.#entered = true;
    return isArray ? next : this.#key(next);
  }

  /** Reads a key and its colon; returns where its value starts. */
  #key(offset: number): number {
    if (this.#byteAt(offset) !== JsonByte.quote) return NOT_JSON;
    const close = this.#stringEnd(offset + 1);
    if (close === NOT_JSON) return NOT_JSON;
    const colon = this.#skipSpace(close + 1);
    if (this.#byteAt(colon) !== JsonByte.colon) return NOT_JSON;
    this.#visitor.key(offset + 1, close);
    return this.#skipSpace(colon + 1);
  }

  /** Leaves what ends here; returns where the next value starts, or the end of the document. */
  #afterValue(from: number): number {
    let offset = this.#skipSpace(from);
    while (this.#arrays.length > 0) {
      const isArray = this.#arrays.at(-1) as boolean;
      const byte = this.#byteAt(offset);
      if (byte === JsonByte.comma) {
        const next = this.#skipSpace(offset + 1);
        return isArray ? next : this.#key(next);
      }
      if (byte !== (isArray ? JsonByte.closeArray : JsonByte.closeObject)) return NOT_JSON;
      this.#arrays.pop();
      this.#visitor.leave();
      offset = this.#skipSpace(offset + 1);
    }
    return offset;
  }

  /** Where the string ends that starts behind a quote. */
  #stringEnd(from: number): number {
    for (let offset = from; offset < this.#end; offset++) {
      const byte = this.#bytes[offset] as number;
      if (byte === JsonByte.quote) return offset;
      if (byte < 0x20) return NOT_JSON;
      if (byte !== JsonByte.backslash) continue;
      const taken = this.#escapeLength(offset + 1);
      if (taken === 0) return NOT_JSON;
      offset += taken;
    }
    return NOT_JSON;
  }

  /** Bytes behind a backslash that belong to it; 0 if it is no escape. */
  #escapeLength(offset: number): number {
    const byte = this.#byteAt(offset);
    if (byte !== 0x75) return '"\\/bfnrt'.includes(String.fromCharCode(byte)) ? 1 : 0;
    for (let index = 1; index <= 4; index++) {
      if (!/[0-9a-fA-F]/.test(String.fromCharCode(this.#byteAt(offset + index)))) return 0;
    }
    return 5;
  }

  #literalEnd(offset: number): number {
    let end = offset;
    while (end < this.#end && isLiteralByte(this.#bytes[end] as number)) end += 1;
    const text = Buffer.from(this.#bytes.subarray(offset, end)).toString('latin1');
    return JSON_LITERAL.test(text) ? end : NOT_JSON;
  }

  #skipSpace(from: number): number {
    let offset = from;
    while (offset < this.#end && isSpace(this.#bytes[offset] as number)) offset += 1;
    return offset;
  }

  /** 0 behind the end: no token starts with it. */
  #byteAt(offset: number): number {
    return offset < this.#end ? (this.#bytes[offset] as number) : 0;
  }
}
