import type { Detectors } from '../masking/detectors/detectors.ts';
import type { Finding } from '../masking/detectors/finding.ts';
import type { Screen } from './screen.ts';
import type { ScreenBuffer } from './screen-buffer.ts';
import { KNOWN } from './screen-row.ts';
import { tableAbove } from './table-above.ts';
import { goesOn, type Place, VisibleText } from './visible-text.ts';

/** Takes the columns that show one value. */
export type TakeValue = (places: readonly Place[]) => void;

/** Rows above a change that say what it means: a label, a table's header, a name. */
const CONTEXT_ROWS = 12;
/** Fewer where text is looked through because it is about to go: a program can make that happen for every byte. */
const NEAR_ROWS = 1;
const LINE_FEED = 0x0a;
/**
 * Columns of a line that are looked at on either side of a change in it, beyond the rows of the context. A line may fill the largest
 * screen, and a program may write it byte by byte; where it is cut, a row ends, and each row is looked at by itself, too.
 */
const LINE_COLUMNS_MAX = 4_096;
/** A year may stay in a date, and says which day nothing. */
const YEAR = /(?:18|19|20|21)\d\d/;

/** Looks through what changed on a screen, with what stands around it, as a person reads it. */
export class ScreenFindings {
  readonly #detectors: Detectors;
  readonly #text = new VisibleText();

  constructor(detectors: Detectors) {
    this.#detectors = detectors;
  }

  /** Finds values in the rows that changed and near them, and takes the changes as looked through. */
  find(screen: Screen, context: 'all' | 'near', take: TakeValue): void {
    const { rows } = screen.buffer;
    if (!rows.some(({ isDirty }) => isDirty)) return;
    const wanted = findWantedRows(screen.buffer, context === 'all' ? CONTEXT_ROWS : NEAR_ROWS);
    const isJoined = this.#read(screen, wanted, goesOn);
    this.#take(screen, take);
    if (isJoined) {
      // A value may as well end where its row does.
      this.#read(screen, wanted, () => false);
      this.#take(screen, take);
    }
    for (const row of rows) row.isDirty = false;
  }

  /** Returns whether any rows were joined. */
  #read({ buffer }: Screen, wanted: readonly number[], isJoined: typeof goesOn): boolean {
    const text = this.#text;
    let hasJoined = false;
    text.clear();
    for (const [position, index] of wanted.entries()) {
      const row = buffer.rowAt(index);
      if (wanted[position - 1] !== index - 1) text.addText(tableAbove(buffer, index).lines);
      if (index === buffer.lostAbove) text.addText(buffer.lostText);
      // A line without cells ends a table.
      else if (buffer.prompts.begin(row)) text.addLineFeed();
      const joins = isJoined(buffer, index);
      text.addRow(row, index, joins && row.isWrapped ? row.columns : row.endOfText());
      if (joins) hasJoined = true;
      else text.addLineFeed();
    }
    return hasJoined;
  }

  #take(screen: Screen, take: TakeValue): void {
    const text = this.#text;
    for (const finding of this.#detectors.find(text.bytes, 0, text.length)) {
      const { start, end, className } = finding;
      const year = className === 'date' ? YEAR.exec(text.toLatin1(start, end)) : null;
      const yearStart = year === null ? end : start + year.index;
      const yearEnd = year === null ? end : yearStart + year[0].length;
      const places = [...text.placesOf(start, yearStart), ...text.placesOf(yearEnd, end)];
      const unknown = places.filter((place) => !isKnown(screen, place));
      if (unknown.length === 0) continue;
      const isWhole = unknown.length === places.length || this.#isFoundAlone(finding);
      take(isWhole ? places : unknown);
    }
  }

  /** Whether a value is one without what stands above its line: a table tells nothing of what the client typed. */
  #isFoundAlone({ start, end }: Finding): boolean {
    const { bytes, length } = this.#text;
    const from = start === 0 ? 0 : bytes.lastIndexOf(LINE_FEED, start - 1) + 1;
    const lineFeed = bytes.subarray(0, length).indexOf(LINE_FEED, end);
    const found = this.#detectors.find(bytes, from, lineFeed === -1 ? length : lineFeed);
    return found.some((other) => other.start < end && other.end > start);
  }
}

function isKnown({ buffer }: Screen, { row, column }: Place): boolean {
  return ((buffer.rowAt(row).flags[column] as number) & KNOWN) !== 0;
}

/** Rows that changed, what their lines run on into, and some above them. */
function findWantedRows(buffer: ScreenBuffer, contextRows: number): readonly number[] {
  const { rows } = buffer;
  const lineRowsMax = Math.ceil(LINE_COLUMNS_MAX / buffer.row.columns);
  const wanted: number[] = [];
  let next = 0;
  for (const [index, { isDirty }] of rows.entries()) {
    if (!isDirty) continue;
    let from = Math.max(next, index - contextRows);
    const first = Math.max(next, from - lineRowsMax);
    while (from > first && goesOn(buffer, from - 1)) from -= 1;
    let to = index;
    const last = Math.min(rows.length - 1, index + lineRowsMax);
    while (to < last && goesOn(buffer, to)) to += 1;
    for (let row = from; row <= to; row++) wanted.push(row);
    next = Math.max(next, to + 1);
  }
  return wanted;
}
