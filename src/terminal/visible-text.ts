import { plainCharacter } from './plain-character.ts';
import type { ScreenBuffer } from './screen-buffer.ts';
import { BLANK, type ScreenRow, WIDE_TAIL } from './screen-row.ts';

/** A column of a row. */
export interface Place {
  readonly row: number;
  readonly column: number;
}

/** More columns than a screen may have: a place in one number. */
const ROW_FACTOR = 1_024;
const NO_PLACE = -1;
const LINE_FEED = 0x0a;
const SPACE = 0x20;

/** Rows of a screen as text for the detectors, and where each byte of it stands. Reused. */
export class VisibleText {
  bytes: Buffer = Buffer.alloc(4_096);
  #places = new Int32Array(4_096);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  clear(): void {
    this.#length = 0;
  }

  /** Adds text that stands nowhere on the screen. */
  addText(text: string): void {
    this.#addBytes(Buffer.from(text), NO_PLACE);
  }

  addLineFeed(): void {
    this.#addByte(LINE_FEED, NO_PLACE);
  }

  /** Adds the characters of one row up to a column. */
  addRow(row: ScreenRow, index: number, end: number): void {
    for (let column = 0; column < end; column++) {
      const codePoint = row.codePoints[column] as number;
      if (codePoint === WIDE_TAIL) continue;
      const place = index * ROW_FACTOR + column;
      if (codePoint === BLANK) this.#addByte(SPACE, place);
      else if (codePoint < 0x80) this.#addByte(codePoint, place);
      else this.#addBytes(Buffer.from(plainCharacter(codePoint)), place);
    }
  }

  /** Where a byte stands; undefined for what joins the rows. */
  placeOf(offset: number): Place | undefined {
    const place = this.#places[offset] ?? NO_PLACE;
    if (place === NO_PLACE) return undefined;
    return { row: Math.floor(place / ROW_FACTOR), column: place % ROW_FACTOR };
  }

  /** The places of `[start, end)`, each once. */
  *placesOf(start: number, end: number): Generator<Place> {
    let last = NO_PLACE;
    for (let offset = start; offset < end; offset++) {
      const number = this.#places[offset] as number;
      if (number === last || number === NO_PLACE) continue;
      last = number;
      yield { row: Math.floor(number / ROW_FACTOR), column: number % ROW_FACTOR };
    }
  }

  /** One character for each byte. */
  toLatin1(start: number, end: number): string {
    return this.bytes.toString('latin1', start, end);
  }

  #addBytes(bytes: Buffer, place: number): void {
    for (const byte of bytes) this.#addByte(byte, place);
  }

  #addByte(byte: number, place: number): void {
    if (this.#length === this.bytes.length) this.#grow();
    this.bytes[this.#length] = byte;
    this.#places[this.#length] = place;
    this.#length += 1;
  }

  #grow(): void {
    const bytes = Buffer.alloc(2 * this.bytes.length);
    this.bytes.copy(bytes);
    this.bytes = bytes;
    const places = new Int32Array(bytes.length);
    places.set(this.#places);
    this.#places = places;
  }
}

/**
 * Whether the text of a row goes on in the row below: the terminal wrapped it, or a program that draws row by row may
 * have, since nothing is free at its end and nothing at the beginning of the next.
 */
export function goesOn({ rows, prompts }: ScreenBuffer, index: number): boolean {
  const [upper, lower] = [rows[index], rows[index + 1]];
  if (upper === undefined || lower === undefined) return false;
  if (upper.isWrapped) return true;
  return !upper.isBlankAt(upper.columns - 1) && !lower.isBlankAt(0) && !prompts.begin(lower);
}
