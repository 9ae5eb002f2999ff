import { FieldList } from './field-list.ts';
import { HttpMessageError } from './http-message-error.ts';
import { decodeTrailers } from './trailer-section.ts';

/** Digits of a size, leading zeros counted: less than 4 GiB in a chunk. */
const SIZE_DIGITS_MAX = 8;

/** Of all lines behind the last chunk. */
const TRAILER_BYTES_MAX: number = 8 * 1024;

const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;

/** Told of a body. */
export interface BodyListener {
  /** The next piece, never empty. Shares the memory of what was pushed: valid during the call only. */
  data(piece: Buffer): void;
  end(trailers: FieldList): void;
}

type Place =
  | 'size'
  | 'size-line-feed'
  | 'data'
  | 'data-return'
  | 'data-line-feed'
  | 'trailers'
  | 'end';

/**
 * Takes chunks apart (RFC 9112 section 7.1). Stricter than the RFC, because readers differ there: no
 * extensions, no blanks, no line that ends in LF alone. Keeps nothing but what it has of trailers.
 */
export class ChunkedDecoder {
  readonly #listener: BodyListener;
  #place: Place = 'size';
  /** Of the size at hand. */
  #digits = 0;
  /** Of the chunk at hand, that have not come. */
  #missing = 0;
  #trailerText = '';

  constructor(listener: BodyListener) {
    this.#listener = listener;
  }

  /** Whether the body has ended. */
  get hasEnded(): boolean {
    return this.#place === 'end';
  }

  /**
   * Reads on. Returns how many of the bytes belong to the body: fewer than all once it has ended.
   *
   * @throws {HttpMessageError} If the bytes are no chunks. The decoder is of no use after that.
   */
  push(bytes: Buffer): number {
    let at = 0;
    while (at < bytes.length && this.#place !== 'end') {
      if (this.#place === 'data') at += this.#takeData(bytes.subarray(at, at + this.#missing));
      else if (this.#place === 'trailers') at += this.#takeTrailers(bytes.subarray(at));
      else this.#takeByte(bytes[at++] ?? 0);
    }
    return at;
  }

  #takeData(piece: Buffer): number {
    this.#missing -= piece.length;
    if (this.#missing === 0) this.#place = 'data-return';
    this.#listener.data(piece);
    return piece.length;
  }

  #takeByte(byte: number): void {
    switch (this.#place) {
      case 'size':
        return this.#takeDigit(byte);
      case 'size-line-feed':
        expect(byte, LINE_FEED);
        this.#place = this.#missing === 0 ? 'trailers' : 'data';
        this.#digits = 0;
        return;
      case 'data-return':
        expect(byte, CARRIAGE_RETURN);
        this.#place = 'data-line-feed';
        return;
      case 'data-line-feed':
        expect(byte, LINE_FEED);
        this.#place = 'size';
        return;
      case 'data':
      case 'trailers':
      case 'end':
    }
  }

  #takeDigit(byte: number): void {
    if (byte === CARRIAGE_RETURN && this.#digits > 0) {
      this.#place = 'size-line-feed';
      return;
    }
    const digit = hexDigit(byte);
    this.#digits += 1;
    if (digit === -1 || this.#digits > SIZE_DIGITS_MAX) {
      throw new HttpMessageError('chunk', 'has a size other than of 1 to 8 digits');
    }
    this.#missing = this.#missing * 16 + digit;
  }

  /** Returns how many of the bytes belong to the trailers. */
  #takeTrailers(bytes: Buffer): number {
    const keptBytes = this.#trailerText.length;
    // One more than allowed tells too long from not yet complete.
    const text = this.#trailerText + bytes.toString('latin1', 0, TRAILER_BYTES_MAX + 1 - keptBytes);
    const end = findTrailerEnd(text, Math.max(0, keptBytes - 3));
    if (end === -1) {
      if (text.length > TRAILER_BYTES_MAX) {
        throw new HttpMessageError('trailers', `has more than ${TRAILER_BYTES_MAX} bytes`, 431);
      }
      this.#trailerText = text;
      return bytes.length;
    }
    this.#trailerText = '';
    this.#place = 'end';
    const trailers = end === 2 ? FieldList.empty : decodeTrailers(text.slice(0, end));
    this.#listener.end(trailers);
    return end - keptBytes;
  }
}

/** Behind the empty line; -1 if that has not come. */
function findTrailerEnd(text: string, from: number): number {
  if (text.startsWith('\r\n')) return 2;
  const end = text.indexOf('\r\n\r\n', from);
  return end === -1 ? -1 : end + 4;
}

function expect(byte: number, expected: number): void {
  if (byte !== expected) throw new HttpMessageError('chunk', 'does not end its line in CRLF');
}

/** -1 if the byte is no digit. */
function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : -1;
}
