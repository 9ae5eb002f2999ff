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

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

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
    if (byte === QUOTE) {
      const close = this.#stringEnd(offset + 1);
      if (close === NOT_JSON) return NOT_JSON;
      this.#visitor.string(offset + 1, close);
      return close + 1;
    }
    if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) return this.#open(offset, byte === OPEN_ARRAY);
    const literalEnd = this.#literalEnd(offset);
    if (literalEnd === NOT_JSON) return NOT_JSON;
    this.#visitor.literal(offset, literalEnd);
    return literalEnd;
  }

  #open(offset: number, isArray: boolean): number {
    this.#visitor.enter(isArray);
    const next = this.#skipSpace(offset + 1);
    if (this.#byteAt(next) === (isArray ? CLOSE_ARRAY : CLOSE_OBJECT)) {
      this.#visitor.leave();
      return next + 1;
    }
    this.#arrays.push(isArray);
    this.#entered = true;
    return isArray ? next : this.#key(next);
  }

  /** Reads a key and its colon; returns where its value starts. */
  #key(offset: number): number {
    if (this.#byteAt(offset) !== QUOTE) return NOT_JSON;
    const close = this.#stringEnd(offset + 1);
    if (close === NOT_JSON) return NOT_JSON;
    const colon = this.#skipSpace(close + 1);
    if (this.#byteAt(colon) !== COLON) return NOT_JSON;
    this.#visitor.key(offset + 1, close);
    return this.#skipSpace(colon + 1);
  }

  /** Leaves what ends here; returns where the next value starts, or the end of the document. */
  #afterValue(from: number): number {
    let offset = this.#skipSpace(from);
    while (this.#arrays.length > 0) {
      const isArray = this.#arrays.at(-1) as boolean;
      const byte = this.#byteAt(offset);
      if (byte === COMMA) {
        const next = this.#skipSpace(offset + 1);
        return isArray ? next : this.#key(next);
      }
      if (byte !== (isArray ? CLOSE_ARRAY : CLOSE_OBJECT)) return NOT_JSON;
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
      if (byte === QUOTE) return offset;
      if (byte < 0x20) return NOT_JSON;
      if (byte !== BACKSLASH) continue;
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
    return /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/.test(text)
      ? end
      : NOT_JSON;
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

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Letters, digits, sign, full stop. */
function isLiteralByte(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    byte === 0x45 ||
    byte === 0x2b ||
    byte === 0x2d ||
    byte === 0x2e
  );
}
