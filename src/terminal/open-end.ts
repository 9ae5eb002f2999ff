import type { FindOpenTail } from '../masking/detectors/open-tail.ts';
import type { HeldOutput } from './held-output.ts';
import type { Screen } from './screen.ts';
import { KNOWN, PROVISIONAL } from './screen-row.ts';
import { tableAbove } from './table-above.ts';
import { TableHeader } from './table-header.ts';
import { goesOn, type Place, VisibleText } from './visible-text.ts';

/** The text before the cursor that may be the beginning of a value. */
export interface OpenPlaces {
  /** Where its first character that is held back begins in the output. */
  readonly holdFrom: number;
  /** What is shown as stars if nothing follows for a while: empty where that says nothing. */
  readonly telling: readonly Place[];
}

/** Rows that a value may run over. */
const ROWS_MAX = 4;
/** A word, which may be the name in an address of mail, with names and initials before it. */
const WORDS = /(?:[A-Z][\w.'-]{0,30},? ){0,4}\S{0,64}$/;
const WORDS_REACH = 192;

/** Finds what of the text before the cursor is held back. */
export class OpenEnd {
  readonly #findOpenTail: FindOpenTail;
  /** The line before the cursor, and the table that it may belong to. */
  readonly #text = new VisibleText();
  #table = new TableHeader();

  constructor(findOpenTail: FindOpenTail) {
    this.#findOpenTail = findOpenTail;
  }

  /** Undefined if all that was written may be shown. */
  find(screen: Screen, held: HeldOutput): OpenPlaces | undefined {
    const text = this.#text;
    if (!this.#readBeforeCursor(screen)) return undefined;
    const inRow = this.#findInRow(screen);
    const { start, isTelling } = this.#findOpenTail(text.bytes, 0, text.length);
    const numbers = [...text.placesOf(start, text.length)];
    const ofValue = isTelling && !numbers.every((place) => isKnown(screen, place)) ? numbers : [];
    const telling = inRow.length > 0 ? inRow : ofValue;
    const open =
      telling.length > 0 ? telling : [...text.placesOf(this.#startOfWords(start), text.length)];
    const last = open.at(-1);
    if (last === undefined || (telling.length === 0 && isKnown(screen, last))) return undefined;
    const origins = open
      .map((place) => originAt(screen, place))
      .filter((origin) => held.isHeld(origin));
    const isShownAsStars = open.some((place) => (flagsAt(screen, place) & PROVISIONAL) !== 0);
    if (origins.length === 0 && !isShownAsStars) return undefined;
    return { holdFrom: Math.min(held.end, ...origins), telling };
  }

  /** False if nothing stands before the cursor. */
  #readBeforeCursor({ buffer }: Screen): boolean {
    const { cursor } = buffer;
    const before = cursor.column - 1;
    if (before < 0 || (buffer.row.origins[before] as number) < 0) return false;
    let from = cursor.row;
    while (from > Math.max(0, cursor.row - ROWS_MAX) && goesOn(buffer, from - 1)) from -= 1;
    this.#text.clear();
    this.#table = tableAbove(buffer, from);
    if (buffer.prompts.begin(buffer.rowAt(from))) this.#table.end();
    for (let index = from; index < cursor.row; index++) {
      const row = buffer.rowAt(index);
      this.#text.addRow(row, index, row.columns);
    }
    this.#text.addRow(buffer.row, cursor.row, Math.min(cursor.column, buffer.row.columns));
    return true;
  }

  /** In a row that has not ended all is telling if its header is, but for what the client typed itself. */
  #findInRow(screen: Screen): readonly Place[] {
    const text = this.#text;
    this.#table.add(text.toLatin1(0, text.length));
    if (!this.#table.isInOpenRow) return [];
    return [...text.placesOf(0, text.length)].filter((place) => !isKnown(screen, place));
  }

  #startOfWords(start: number): number {
    const from = Math.max(0, this.#text.length - WORDS_REACH);
    const words = WORDS.exec(this.#text.toLatin1(from, this.#text.length));
    return Math.min(start, from + (words?.index ?? WORDS_REACH));
  }
}

function isKnown(screen: Screen, place: Place): boolean {
  return (flagsAt(screen, place) & KNOWN) !== 0;
}

function flagsAt({ buffer }: Screen, { row, column }: Place): number {
  return buffer.rowAt(row).flags[column] as number;
}

function originAt({ buffer }: Screen, { row, column }: Place): number {
  return buffer.rowAt(row).origins[column] as number;
}
