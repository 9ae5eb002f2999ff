/** A quoted cell that has not ended by then is none. */
const QUOTED_LENGTH_MAX = 64 * 1024;
const QUOTE = '"';
/** Tables of psql and Markdown quote nothing. */
const BAR = '|';

/** Where the cells of one row stand in a text, without quotes and the space around them. */
export interface Row {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  /** Behind its line break. */
  readonly end: number;
  /** Whether a quote stands where none belongs: programs differ in what such a row says. */
  readonly isBroken: boolean;
  /** Whether there are line breaks within its quotes. */
  readonly hasLines: boolean;
  /** Where the quote stands that breaks it. */
  readonly brokenAt?: number;
  /** Whether it breaks it because it is not closed before the text ends. */
  readonly isOpen?: boolean;
}

/**
 * Splits rows of one text. Rows may begin in what another was taken for: that one ends where a bad quote breaks it, and so do they.
 * To find that out by each of their lines would take the square of the time.
 */
export class RowReader {
  readonly text: string;
  /** By separator: before it every row is broken. */
  readonly #brokenAt = new Map<string, number>();

  constructor(text: string) {
    this.text = text;
  }

  rowAt(start: number, separator: string): Row {
    if (start < (this.#brokenAt.get(separator) ?? 0)) {
      return splitLine(this.text, start, separator, true);
    }
    const row = splitRow(this.text, start, separator);
    if (row.brokenAt !== undefined) this.#brokenAt.set(separator, row.brokenAt);
    return row;
  }
}

/** Splits the row that begins at `start`, as RFC 4180 quotes cells. Linear in its length, or in where a quote breaks it. */
export function splitRow(text: string, start: number, separator: string): Row {
  const cells = new Cells(text);
  if (separator === BAR) return splitLine(text, start, separator, false);
  let at = start;
  let hasLines = false;
  for (;;) {
    const first = skipSpaces(text, at, separator);
    if (text[first] === QUOTE) {
      const close = closingQuote(text, first + 1);
      const behind = close === -1 ? -1 : skipSpaces(text, close + 1, separator);
      if (behind === -1 || !(isEndOfLine(text, behind) || text[behind] === separator)) {
        return {
          ...splitLine(text, start, separator, true),
          brokenAt: first,
          isOpen: close === -1,
        };
      }
      cells.add(first + 1, close);
      hasLines ||= /[\r\n]/.test(text.slice(first, close));
      at = behind;
    } else {
      const end = endOfCell(text, at, separator);
      cells.add(at, end);
      at = end;
    }
    if (isEndOfLine(text, at)) {
      return { ...cells.bounds, end: behindBreak(text, at), isBroken: false, hasLines };
    }
    at += 1;
  }
}

/** Splits one line at every separator, whatever is quoted. */
export function splitLine(text: string, start: number, separator: string, isBroken: boolean): Row {
  const cells = new Cells(text);
  let at = start;
  for (;;) {
    const end = endOfCell(text, at, separator);
    cells.add(at, end);
    if (isEndOfLine(text, end)) {
      return { ...cells.bounds, end: behindBreak(text, end), isBroken, hasLines: false };
    }
    at = end + 1;
  }
}

/** Where the line ends that `at` stands in. */
export function endOfLine(text: string, at: number): number {
  let end = at;
  while (!isEndOfLine(text, end)) end += 1;
  return end;
}

class Cells {
  readonly #text: string;
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  get bounds(): Pick<Row, 'starts' | 'ends'> {
    return { starts: this.#starts, ends: this.#ends };
  }

  add(start: number, end: number): void {
    let [from, to] = [start, end];
    while (from < to && isOfEdge(this.#text, from)) from += 1;
    while (to > from && isOfEdge(this.#text, to - 1)) to -= 1;
    this.#starts.push(from);
    this.#ends.push(to);
  }
}

/** -1 if there is none near. */
function closingQuote(text: string, start: number): number {
  let at = start;
  while (at - start < QUOTED_LENGTH_MAX) {
    at = text.indexOf(QUOTE, at);
    if (at === -1 || at - start > QUOTED_LENGTH_MAX) return -1;
    if (text[at + 1] !== QUOTE) return at;
    at += 2;
  }
  return -1;
}

function endOfCell(text: string, start: number, separator: string): number {
  let end = start;
  while (!isEndOfLine(text, end) && text[end] !== separator) end += 1;
  return end;
}

function skipSpaces(text: string, start: number, separator: string): number {
  let at = start;
  while (text[at] === ' ' || (text[at] === '\t' && separator !== '\t')) at += 1;
  return at;
}

function isEndOfLine(text: string, at: number): boolean {
  return at >= text.length || text[at] === '\n' || text[at] === '\r';
}

function behindBreak(text: string, at: number): number {
  if (at >= text.length) return text.length;
  return text[at] === '\r' && text[at + 1] === '\n' ? at + 2 : at + 1;
}

function isOfEdge(text: string, at: number): boolean {
  const character = text[at] as string;
  return character <= ' ' || character === QUOTE;
}
