import type { Detectors } from '../masking/detectors/detectors.ts';
import type { Screen } from './screen.ts';
import { KNOWN } from './screen-row.ts';
import { TableHeader } from './table-header.ts';
import { goesOn, type Place, VisibleText } from './visible-text.ts';

/** Takes the columns that show one value. */
export type TakeValue = (places: readonly Place[]) => void;

/** Rows above a change that say what it means: a label, a table's header, a name. */
const CONTEXT_ROWS = 12;
const BAR = 0x7c;
/** A year may stay in a date, and says which day nothing. */
const YEAR = /(?:18|19|20|21)\d\d/;

/** Looks through what changed on a screen, with what stands around it, as a person reads it. */
export class ScreenFindings {
  readonly #detectors: Detectors;
  readonly #text = new VisibleText();
  readonly #header = new TableHeader();
  /** Bytes of the text before the row that is being written. */
  #finishedLength: number | undefined;

  constructor(detectors: Detectors) {
    this.#detectors = detectors;
  }

  /** Finds values in the rows that changed and near them, and takes the changes as looked through. */
  find(screen: Screen, take: TakeValue): void {
    const { rows } = screen.buffer;
    const first = rows.findIndex(({ isDirty }) => isDirty);
    if (first === -1) return;
    const last = rows.findLastIndex(({ isDirty }) => isDirty);
    const region = this.#regionOf(screen, first, last);
    const isJoined = this.#read(screen, region, goesOn);
    this.#take(screen, take);
    if (isJoined) {
      // A value may as well end where its row does.
      this.#read(screen, region, () => false);
      this.#take(screen, take);
    }
    this.#header.follow(this.#text.toLatin1(0, this.#finishedLength ?? this.#text.length));
    for (const row of rows.slice(first, last + 1)) row.isDirty = false;
  }

  #regionOf(screen: Screen, first: number, last: number): { from: number; to: number } {
    const { buffer } = screen;
    let from = Math.max(0, first - CONTEXT_ROWS);
    while (from > 0 && goesOn(buffer, from - 1)) from -= 1;
    let to = last;
    while (to < buffer.rows.length - 1 && goesOn(buffer, to)) to += 1;
    return { from, to };
  }

  /** Returns whether any rows were joined. */
  #read(
    { buffer }: Screen,
    { from, to }: { readonly from: number; readonly to: number },
    isJoined: typeof goesOn,
  ): boolean {
    const text = this.#text;
    let hasJoined = false;
    text.clear();
    text.addText(this.#header.textBefore(buffer.rowAt(from).codePoints.includes(BAR)));
    this.#finishedLength = undefined;
    for (let index = from; index <= to; index++) {
      const row = buffer.rowAt(index);
      if (index === buffer.cursor.row) this.#finishedLength = text.length;
      const joins = isJoined(buffer, index);
      text.addRow(row, index, joins && row.isWrapped ? row.columns : row.endOfText());
      if (joins) hasJoined = true;
      else text.addLineFeed();
    }
    return hasJoined;
  }

  #take(screen: Screen, take: TakeValue): void {
    const text = this.#text;
    for (const { start, end, className } of this.#detectors.find(text.bytes, 0, text.length)) {
      if (this.#isKnown(screen, start, end)) continue;
      const year = className === 'date' ? YEAR.exec(text.toLatin1(start, end)) : null;
      const yearStart = year === null ? end : start + year.index;
      const yearEnd = year === null ? end : yearStart + year[0].length;
      take([...text.placesOf(start, yearStart), ...text.placesOf(yearEnd, end)]);
    }
  }

  /** Whether the client knows every character of a value. */
  #isKnown({ buffer }: Screen, start: number, end: number): boolean {
    for (const { row, column } of this.#text.placesOf(start, end)) {
      if (((buffer.rowAt(row).flags[column] as number) & KNOWN) === 0) return false;
    }
    return true;
  }
}
