import { ContentFormatError } from '../content-masker.ts';
import { isLiteralByte, isSpace, JSON_LITERAL, JsonByte } from '../detectors/json-byte.ts';
import {
  DEPTH_MAX,
  HEX_DIGITS,
  LETTER_U,
  LONG_ESCAPE_BYTES,
  Next,
  SHORT_ESCAPES,
  TokenKind,
} from './json-grammar.ts';
import type { KeyNames } from './key-names.ts';
import type { Tokens, WasmTape } from './wasm-tape.ts';

const TOKENS_AT_FIRST = 1024;
const NO_NUMBERS: Int32Array = new Int32Array(0);

type Expectation = (typeof Next)[keyof typeof Next];

/**
 * The tokens of one JSON value (RFC 8259) as arrays of numbers, so that it can be looked at in any order without being made
 * into objects: a value is one token and those within it.
 */
export class JsonTape {
  readonly #names: KeyNames;
  readonly #format: string;
  readonly #wasm: WasmTape | undefined;
  kinds: Uint8Array = new Uint8Array(0);
  /** Offsets of the first byte of each token, quotes included. */
  starts: Int32Array = NO_NUMBERS;
  /** Offsets behind the last. */
  ends: Int32Array = NO_NUMBERS;
  /** Of a value: the token behind it and all within it. Of a key: the number of its name, or `UNKNOWN_NAME`. */
  links: Int32Array = NO_NUMBERS;
  size = 0;
  /** Whether two keys of one object may be the same. */
  mayHaveTwins = true;
  /** Whether there may be bytes beyond ASCII in a string. */
  mayBeyondAscii = true;
  /** The arrays above, while those of the fast reader stand in their place. */
  #own: Tokens | undefined;
  /** Arrays and objects that are open: their tokens. */
  readonly #open: number[] = [];
  #next: Expectation = Next.value;
  /** Bytes of a string or number that were looked at in vain. */
  #looked = 0;
  /** Whether the string at hand has any escape, as far as it was looked at. */
  #hasEscape = false;

  /** @param wasm Reads for {@link readWhole}, by the same names. */
  constructor(names: KeyNames, format: string, wasm?: WasmTape) {
    this.#names = names;
    this.#format = format;
    this.#wasm = wasm;
  }

  /** How many arrays and objects are open. */
  get depth(): number {
    return this.#open.length;
  }

  /** Whether the value is whole. */
  get isWhole(): boolean {
    return this.size > 0 && this.#open.length === 0;
  }

  /** Forgets all: another value begins. */
  reset(): void {
    this.mayHaveTwins = true;
    this.mayBeyondAscii = true;
    this.size = 0;
    if (this.#open.length > 0) this.#open.length = 0;
    this.#next = Next.value;
    this.#looked = 0;
    this.#hasEscape = false;
  }

  /** The bytes have moved towards the start of their buffer. */
  rebase(distance: number): void {
    for (let token = 0; token < this.size; token++) {
      this.starts[token] = (this.starts[token] as number) - distance;
      this.ends[token] = (this.ends[token] as number) - distance;
    }
  }

  /**
   * Reads the whole object that begins at `start`, with an empty tape: faster than {@link read}. The tokens are there
   * until any tape reads the next.
   *
   * @returns Where to go on; -1 if it is not all there or no plain JSON, which only `read` can tell.
   */
  readWhole(bytes: Buffer, start: number, end: number): number {
    const wasm = this.#wasm;
    if (wasm === undefined || bytes[start] !== JsonByte.openObject) return -1;
    const close = wasm.read(bytes, start, end);
    if (close === 0) return -1;
    if (this.#own === undefined) {
      const { kinds, starts, ends, links } = this;
      this.#own = { kinds, starts, ends, links };
      this.#show(wasm.tokens);
    }
    this.size = wasm.size;
    this.mayHaveTwins = wasm.hasUnknownKeys;
    this.mayBeyondAscii = wasm.mayBeyondAscii;
    return close;
  }

  #show({ kinds, starts, ends, links }: Tokens): void {
    this.kinds = kinds;
    this.starts = starts;
    this.ends = ends;
    this.links = links;
  }

  /**
   * Reads on from `start` until the value is whole, the bytes end within a token, or `stopsAt` says so.
   *
   * @param isEnd Whether no more bytes come: only then does a number end with them.
   * @param stopsAt Asked at the start of each array in the outermost object; true: reading stops behind its bracket.
   * @returns Where to go on.
   * @throws {ContentFormatError} If it is not JSON.
   */
  read(
    bytes: Buffer,
    {
      start,
      end,
      isEnd,
    }: { readonly start: number; readonly end: number; readonly isEnd: boolean },
    stopsAt?: (keyToken: number) => boolean,
  ): number {
    if (this.size === 0 && this.#own !== undefined) {
      this.#show(this.#own);
      this.#own = undefined;
    }
    let offset = start;
    while (offset < end) {
      const byte = bytes[offset] as number;
      if (byte === JsonByte.quote) {
        const close = this.#findStringEnd(bytes, offset, end);
        if (close === -1) return offset;
        this.#addString(bytes, offset, close);
        offset = close;
      } else if (isSpace(byte)) {
        offset += 1;
        continue;
      } else if (byte === JsonByte.colon) {
        if (this.#next !== Next.colon) throw this.#error();
        this.#next = Next.value;
        offset += 1;
      } else if (byte === JsonByte.comma) {
        if (this.#next !== Next.commaOrEnd) throw this.#error();
        this.#next = this.#isInArray() ? Next.value : Next.key;
        offset += 1;
      } else if (byte === JsonByte.openObject || byte === JsonByte.openArray) {
        this.#enter(byte === JsonByte.openArray, offset);
        offset += 1;
        const key = this.size - 2;
        if (byte === JsonByte.openArray && this.#open.length === 2 && stopsAt?.(key) === true)
          return offset;
      } else if (byte === JsonByte.closeObject || byte === JsonByte.closeArray) {
        offset += 1;
        this.#leave(byte === JsonByte.closeArray, offset);
      } else {
        const close = this.#findLiteralEnd(bytes, offset, end);
        if (close === end && !isEnd) return offset;
        this.#addLiteral(bytes, offset, close);
        offset = close;
      }
      if (this.#open.length === 0) return offset;
    }
    return offset;
  }

  /** Whether a token is a string. */
  isString(token: number): boolean {
    const kind = this.kinds[token];
    return kind === TokenKind.string || kind === TokenKind.escapedString;
  }

  isObject(token: number): boolean {
    return this.kinds[token] === TokenKind.object;
  }

  isArray(token: number): boolean {
    return this.kinds[token] === TokenKind.array;
  }

  /** What a string, or a key, means. */
  textOf(bytes: Buffer, token: number): string {
    const start = this.starts[token] as number;
    const end = this.ends[token] as number;
    const text = bytes.toString('utf8', start + 1, end - 1);
    if (this.kinds[token] === TokenKind.string || !text.includes('\\')) return text;
    return JSON.parse(`"${text}"`) as string;
  }

  #isInArray(): boolean {
    return this.kinds[this.#open.at(-1) ?? 0] === TokenKind.array;
  }

  #enter(isArray: boolean, offset: number): void {
    if (this.#next > Next.valueOrEnd) throw this.#error();
    if (this.#open.length === DEPTH_MAX) {
      throw new ContentFormatError(this.#format, `deeper than ${DEPTH_MAX}`);
    }
    this.#open.push(this.size);
    this.#add(isArray ? TokenKind.array : TokenKind.object, offset, 0);
    this.#next = isArray ? Next.valueOrEnd : Next.keyOrEnd;
  }

  #leave(isArray: boolean, end: number): void {
    const token = this.#open.pop();
    const mayEnd =
      this.#next === Next.commaOrEnd || this.#next === (isArray ? Next.valueOrEnd : Next.keyOrEnd);
    const isMatch = token !== undefined && (this.kinds[token] === TokenKind.array) === isArray;
    if (!mayEnd || !isMatch) throw this.#error();
    this.ends[token] = end;
    this.links[token] = this.size;
    this.#next = Next.commaOrEnd;
  }

  /** Where the string ends that starts with this quote, its last quote included; -1 if it goes on. */
  #findStringEnd(bytes: Buffer, start: number, end: number): number {
    let offset = start + Math.max(1, this.#looked);
    for (; offset < end; offset++) {
      const byte = bytes[offset] as number;
      if (byte === JsonByte.quote) {
        this.#looked = 0;
        return offset + 1;
      }
      if (byte < 0x20) throw new ContentFormatError(this.#format, 'control character in a string');
      if (byte !== JsonByte.backslash) continue;
      this.#hasEscape = true;
      const length = this.#escapeLength(bytes, offset, end);
      if (length === -1) break;
      offset += length - 1;
    }
    this.#looked = offset - start;
    return -1;
  }

  /** Bytes of the escape that starts here; -1 if it is not all there. @throws {ContentFormatError} If it is none. */
  #escapeLength(bytes: Buffer, start: number, end: number): number {
    if (start + 1 >= end) return -1;
    if (bytes[start + 1] !== LETTER_U) {
      if (!SHORT_ESCAPES.includes(bytes[start + 1] as number)) throw this.#error();
      return 2;
    }
    if (start + LONG_ESCAPE_BYTES > end) return -1;
    for (let offset = start + 2; offset < start + LONG_ESCAPE_BYTES; offset++) {
      if (!HEX_DIGITS.includes(bytes[offset] as number)) throw this.#error();
    }
    return LONG_ESCAPE_BYTES;
  }

  #addString(bytes: Buffer, start: number, end: number): void {
    const isEscaped = this.#hasEscape;
    this.#hasEscape = false;
    if (this.#next === Next.key || this.#next === Next.keyOrEnd) {
      const id = isEscaped
        ? this.#names.idOf(JSON.parse(bytes.toString('utf8', start, end)) as string)
        : this.#names.find(bytes, start + 1, end - 1);
      this.#add(TokenKind.key, start, end);
      this.links[this.size - 1] = id;
      this.#next = Next.colon;
      return;
    }
    if (this.#next > Next.valueOrEnd) throw this.#error();
    this.#add(isEscaped ? TokenKind.escapedString : TokenKind.string, start, end);
    this.#next = Next.commaOrEnd;
  }

  #findLiteralEnd(bytes: Buffer, start: number, end: number): number {
    let offset = start + this.#looked;
    while (offset < end && isLiteralByte(bytes[offset] as number)) offset += 1;
    this.#looked = offset - start;
    return offset;
  }

  #addLiteral(bytes: Buffer, start: number, end: number): void {
    this.#looked = 0;
    if (this.#next > Next.valueOrEnd) throw this.#error();
    const text = bytes.toString('latin1', start, end);
    if (!JSON_LITERAL.test(text)) throw this.#error();
    const isWord = text === 'true' || text === 'false' || text === 'null';
    this.#add(isWord ? TokenKind.word : TokenKind.number, start, end);
    this.#next = Next.commaOrEnd;
  }

  #add(kind: number, start: number, end: number): void {
    if (this.size === this.kinds.length) this.#grow();
    this.kinds[this.size] = kind;
    this.starts[this.size] = start;
    this.ends[this.size] = end;
    this.size += 1;
    this.links[this.size - 1] = this.size;
  }

  #grow(): void {
    const room = Math.max(TOKENS_AT_FIRST, 2 * this.kinds.length);
    const grow = <Numbers extends Uint8Array | Int32Array>(
      old: Numbers,
      grown: Numbers,
    ): Numbers => {
      grown.set(old);
      return grown;
    };
    this.kinds = grow(this.kinds, new Uint8Array(room));
    this.starts = grow(this.starts, new Int32Array(room));
    this.ends = grow(this.ends, new Int32Array(room));
    this.links = grow(this.links, new Int32Array(room));
  }

  #error(): ContentFormatError {
    return new ContentFormatError(this.#format, 'is not JSON');
  }
}
