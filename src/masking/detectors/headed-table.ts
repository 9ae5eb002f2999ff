import { classesOfHeadings } from './field-names.ts';
import type { Finding } from './finding.ts';
import { endOfLine, type Row, RowReader, splitLine, splitRow } from './split-row.ts';

/** What separates the cells of tables, the first of equals before others. */
const SEPARATORS: readonly string[] = [',', '\t', ';', '|'];
/** Headings of different lengths in one table: files are joined as they are. */
const HEADERS_MAX = 16;
/** Rows below the names that are looked at before they are taken for a table's. */
const ROWS_BELOW = 4;
/** Longest line that is taken for one of headings. */
const HEADER_LENGTH_MAX = 16 * 1024;
/** What is looked at behind the line of headings for the rest of one with a line break. */
const HEADING_REST_MAX = 256;
/** Lines in which the end of a quoted cell is awaited that has not ended in its text. */
const QUOTED_LINES_MAX = 100;
/** A word or a few, perhaps with an unit or a number of one digit or two; no value. */
const HEADING = /^(?:[A-Za-z_\u0080-\u00ff#(*](?!.*\d{3})[\w \u0080-\u00ff.#()/&'%*:?-]{0,63})?$/;
/** A line of Markdown, psql or mysql between headings and rows. */
const RULE = /^[\s|+:=-]+$/;
/** As between the words of a sentence. */
const SPACED = /[,;] \S/;
const QUOTE = '"';
/** Above the rows of a table in a dump of PostgreSQL, which have tabs between their cells. */
const COPY = /^COPY [^()]{1,200} \(([^()]+)\) FROM stdin;?\s*$/i;
/** What stands where no value is. */
const EMPTY: ReadonlySet<string> = new Set(['', 'NULL', 'null', '\\N', '""']);

type Classes = readonly (string | undefined)[];

/** What the columns of rows hold. */
interface Header {
  readonly classes: Classes;
  /** By column: the next one from there on that is classified, or Infinity. */
  readonly nextClassified: readonly number[];
}

/** Takes what a cell holds. */
type TakeCell = (finding: Finding) => void;

/**
 * A table of which nobody knows more than the names above its columns.
 *
 * Rows come in any pieces of text. What their cells hold is told by the names; of a row with more or fewer cells, or with a
 * quote where none belongs, by each name that may be meant. Names in later rows add to what is known: nothing that a table
 * holds takes a mask away.
 */
export class HeadedTable {
  readonly #isFile: boolean;
  #separator: string | undefined;
  /** By the number of its names. */
  readonly #headers = new Map<number, Header>();
  #last: Header | undefined;
  #isFirstRow = true;
  /** Whether there are no spaces between the names. */
  #isTight = false;
  /** Whether the text that is read begins within a row, and whether the last one ended so. */
  #isInRow = false;
  #endsInRow = false;
  /** Lines at its begin that may be of a quoted cell, and lines behind it. */
  #quotedLines = 0;
  #quotedLinesBehind = 0;

  /** @param isFile Whether all of a text is said to be the table: else it ends at a line that is no row. */
  constructor(isFile: boolean) {
    this.#isFile = isFile;
  }

  /** Says that what is read next goes on where the last text ended. */
  goOn(): void {
    this.#isInRow = this.#endsInRow;
    this.#quotedLines = this.#quotedLinesBehind;
  }

  /**
   * Reads rows from `start` on.
   *
   * @returns Where the table ends: the length of the text if it may go on in another.
   */
  read(text: string, start: number, take: TakeCell): number {
    const rows = new RowReader(text);
    let at = start;
    let isRest = this.#isInRow;
    let quotedLines = this.#quotedLines;
    while (at < text.length) {
      const rowHere = this.#rowAt(rows, at);
      const row = isRest ? { ...rowHere, isBroken: true } : rowHere;
      if (!isRest && quotedLines === 0 && !this.#mayBeRow(text, row, at)) return at;
      if (isRest || !this.#takeHeader(rows, row, at)) this.#readRow(text, row, take);
      isRest = false;
      quotedLines = quotedLinesBehind(text, rowHere, at, quotedLines);
      at = row.end;
      this.#endsInRow = at === text.length && (row.isBroken || !/[\r\n]$/.test(text.slice(-1)));
    }
    this.#quotedLinesBehind = quotedLines;
    return text.length;
  }

  /**
   * Where a text that goes on is cut with no row in two: behind its last whole row, or before a quoted cell that does not end.
   *
   * @returns undefined if there is no such place, or if the table ends in the text.
   */
  lastRowEnd(text: string): number | undefined {
    const rows = new RowReader(text);
    let last: number | undefined;
    let isRest = this.#isInRow;
    let quotedLines = this.#quotedLines;
    for (let at = 0; at < text.length; ) {
      const row = this.#rowAt(rows, at);
      if (row.end === text.length) break;
      if (!isRest && quotedLines === 0 && !this.#mayBeRow(text, row, at)) return undefined;
      if (row.isOpen === true && at >= text.length / 2) return at;
      isRest = false;
      quotedLines = quotedLinesBehind(text, row, at, quotedLines);
      at = row.end;
      last = at;
    }
    return last;
  }

  /**
   * Takes the line at `start` as the names above the columns, if it is such a line and a row stands below.
   *
   * @returns Where the rows begin; undefined if there is no table.
   */
  begin(rows: RowReader, start: number): number | undefined {
    const { text } = rows;
    const line = text.slice(start, endOfLine(text, start));
    const header = findHeader(line);
    if (header === undefined) return undefined;
    const { separator, names } = header;
    const rowsAt = behindRule(text, headingsAt(text, start, separator).end);
    if (!hasRowBelow(rows, rowsAt, separator, names.length)) return undefined;
    this.#isTight = !SPACED.test(line);
    return this.#keep(separator, names) ? rowsAt : undefined;
  }

  /** Takes the columns of a table that was begun elsewhere. */
  take(separator: string, classes: Classes): void {
    this.#separator = separator;
    this.#last = headerOf(classes);
    this.#headers.set(classes.length, this.#last);
  }

  /** Whether a line may be a row: in a file all are. In a text with fewer cells, and spaces behind commas as the names have none, it is a sentence. */
  #mayBeRow(text: string, { starts, end, isBroken }: Row, at: number): boolean {
    if (this.#isFile) return true;
    if (starts.length < 2) return false;
    const isShort = starts.length < (this.#last?.classes.length ?? 0) && !isBroken;
    return !(isShort && this.#isTight && SPACED.test(text.slice(at, end)));
  }

  #rowAt(rows: RowReader, at: number): Row {
    return this.#separator === undefined
      ? splitLine(rows.text, at, '\n', false)
      : rows.rowAt(at, this.#separator);
  }

  /** Takes a row as names if it is one of them. */
  #takeHeader({ text }: RowReader, row: Row, start: number): boolean {
    const isFirst = this.#isFirstRow;
    if (row.starts.length > 1 || row.starts[0] !== row.ends[0]) this.#isFirstRow = false;
    if (row.end - start > HEADER_LENGTH_MAX) return false;
    if (this.#separator !== undefined) {
      const names = namesOf(text, row);
      return names.every((name) => HEADING.test(name)) && this.#keep(this.#separator, names);
    }
    const known = (isFirst ? SEPARATORS : separatorsOf(text.slice(start, row.end)))
      .map((separator) => ({
        separator,
        names: namesOf(text, headingsAt(text, start, separator)),
      }))
      .filter(({ names }) => isFirst || names.every((name) => HEADING.test(name)))
      .filter(({ names }) => classesOfHeadings(names) !== undefined)
      .sort((left, right) => right.names.length - left.names.length)[0];
    return known !== undefined && this.#keep(known.separator, known.names);
  }

  #keep(separator: string, names: readonly string[]): boolean {
    const classes = classesOfHeadings(names);
    if (classes === undefined) return false;
    const known = this.#headers.get(names.length);
    if (known === undefined && this.#headers.size >= HEADERS_MAX) return false;
    this.#separator = separator;
    this.#last = headerOf(classes.map((className, index) => className ?? known?.classes[index]));
    this.#headers.set(names.length, this.#last);
    return true;
  }

  #readRow(text: string, row: Row, take: TakeCell): void {
    if (this.#last === undefined) return;
    const header = row.isBroken ? undefined : this.#headerFor(row);
    if (header === undefined) this.#readOddRow(this.#last, text, row, take);
    else addCells(text, row, (index) => header.classes[index], take);
    if (!row.hasLines || this.#separator === undefined) return;
    // What one program takes for lines within a cell, another takes for rows.
    const from = row.starts[0] as number;
    for (let at = from; at < row.end; ) {
      const line = splitLine(text, at, this.#separator, true);
      const ofLine = this.#headers.get(line.starts.length);
      if (ofLine !== undefined && line.starts.length > 1)
        addCells(text, line, (index) => ofLine.classes[index], take);
      at = line.end;
    }
  }

  /** What a row's cells hold by their number, without empty ones at its end if there are too many. */
  #headerFor({ starts, ends }: Row): Header | undefined {
    let count = starts.length;
    while (count > 1 && !this.#headers.has(count) && starts[count - 1] === ends[count - 1])
      count -= 1;
    return this.#headers.get(count);
  }

  /** A row whose cells stand below other names than they were written for. */
  #readOddRow(header: Header, text: string, row: Row, take: TakeCell): void {
    const isAny = row.isBroken;
    const surplus = row.starts.length - header.classes.length;
    const classAt = (index: number): string | undefined => {
      const from = isAny ? 0 : Math.max(0, index - Math.max(0, surplus));
      const to = isAny ? header.classes.length : index + Math.max(0, -surplus);
      const next = header.nextClassified[from] ?? Number.POSITIVE_INFINITY;
      return next <= to ? header.classes[next] : undefined;
    };
    addCells(text, row, classAt, take);
  }
}

/** The names that a line of a text has if it is one of a table's headings. */
export function findHeader(
  line: string,
): { readonly separator: string; readonly names: readonly string[] } | undefined {
  if (line.length > HEADER_LENGTH_MAX) return undefined;
  const copied = COPY.exec(line)?.[1]?.split(', ').map(unquoted);
  if (copied !== undefined && copied.length > 1)
    return classesOfHeadings(copied) === undefined ? undefined : { separator: '\t', names: copied };
  for (const separator of SEPARATORS) {
    if (!line.includes(separator)) continue;
    const names = namesOf(line, splitRow(line, 0, separator));
    const isHeader =
      names.length > 1 &&
      names.every((name) => HEADING.test(name)) &&
      isHeaderOfText(line, separator, names);
    if (isHeader) return { separator, names };
  }
  return undefined;
}

/** How many lines behind a row may be of the quoted cell that it, or one before it, does not end. */
function quotedLinesBehind(text: string, row: Row, at: number, before: number): number {
  if (row.isOpen === true) return QUOTED_LINES_MAX;
  if (before === 0) return 0;
  const quotes = text.slice(at, row.end).split('"').length - 1;
  return quotes % 2 === 1 ? 0 : before - 1;
}

function headerOf(classes: Classes): Header {
  const nextClassified: number[] = [];
  let next = Number.POSITIVE_INFINITY;
  for (let index = classes.length - 1; index >= 0; index--) {
    if (classes[index] !== undefined) next = index;
    nextClassified[index] = next;
  }
  return { classes, nextClassified };
}

function addCells(
  text: string,
  { starts, ends }: Row,
  classAt: (index: number) => string | undefined,
  take: TakeCell,
): void {
  for (let index = 0; index < starts.length; index++) {
    const className = classAt(index);
    if (className === undefined) continue;
    const [start, end] = [starts[index] as number, ends[index] as number];
    if (!EMPTY.has(text.slice(start, Math.min(end, start + 5)))) take({ start, end, className });
  }
}

/** By which a line may part headings: most lines, of logs and the like, by none, as their first words tell. */
function separatorsOf(line: string): readonly string[] {
  if (line.includes(QUOTE)) return SEPARATORS;
  const parting = SEPARATORS.filter((separator) => line.includes(separator));
  const likely = parting.length === 0 ? SEPARATORS.slice(0, 1) : parting;
  return likely.filter((separator) => {
    const end = line.indexOf(separator);
    return HEADING.test((end === -1 ? line : line.slice(0, end)).trim());
  });
}

/** The row of headings that begins at `start`. Of names that are written in lines all but the last few are in the first. */
function headingsAt(text: string, start: number, separator: string): Row {
  const lineEnd = endOfLine(text, start);
  const end = endOfLine(text, lineEnd + HEADING_REST_MAX);
  return splitRow(end < text.length ? text.slice(0, end + 1) : text, start, separator);
}

function unquoted(name: string): string {
  return name.startsWith(QUOTE) ? name.slice(1, -1) : name;
}

function namesOf(text: string, { starts, ends }: Row): readonly string[] {
  return starts.map((start, index) => text.slice(start, ends[index]));
}

/**
 * Whether names that stand in a text are those of a table. Between words of a sentence there is a space behind the comma: then
 * most have to be known, and more than one. What psql prints in two columns may be one record, with a name in each line.
 */
function isHeaderOfText(line: string, separator: string, names: readonly string[]): boolean {
  const classes = classesOfHeadings(names);
  if (classes === undefined) return false;
  const known = classes.filter((className) => className !== undefined).length;
  const filled = names.filter((name) => name !== '').length;
  if (separator === '|') return filled > 2 || known === filled;
  // A line of a list or of a program: one word, and the comma or the tab before the next.
  if (filled < 2) return false;
  return separator === '\t' || !SPACED.test(line) || (known > 1 && 2 * known >= filled);
}

/** Whether one of the next rows has a cell for each name, or goes on behind the text: the first may be the rest of one that began before the text. */
function hasRowBelow(rows: RowReader, start: number, separator: string, cells: number): boolean {
  let at = start;
  for (let count = 0; count < ROWS_BELOW && at < rows.text.length; count++) {
    const { starts, end, isOpen } = rows.rowAt(at, separator);
    if (starts.length >= cells || isOpen === true) return true;
    if (starts.length < 2) return false;
    at = end;
  }
  return false;
}

/** Where the rows begin: behind a line of dashes, if there is one. */
function behindRule(text: string, start: number): number {
  const end = endOfLine(text, start);
  return end > start && RULE.test(text.slice(start, end)) ? Math.min(text.length, end + 1) : start;
}
