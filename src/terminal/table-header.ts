import { classesOfHeadings, classOfField } from '../masking/detectors/field-names.ts';
import { plainBox } from '../masking/detectors/fold-text.ts';
import { isInsertedRow, isInsertHead } from '../masking/detectors/read-insert.ts';
import { isOfRecord, isRecordRule } from '../masking/detectors/read-record.ts';
import { isFrameRule, isOpenRule } from '../masking/detectors/read-table.ts';
import { HeadingsFinder } from './headings.ts';

/** A longer line is no header. */
const LINE_LENGTH_MAX = 8_192;
/** Lines of headings of one table of values: files may be shown one behind the other. */
const HEADERS_MAX = 16;
/** Lines within the quotes of one cell. */
const QUOTED_LINES_MAX = 100;
/** How a line ends that asks for something to be typed. */
const PROMPT = /[:>?$#%] ?$/;
/** As in a sentence, not in a row. */
const SPACED = /[,;] \S/;
/** How a line ends that asks for one of a few answers, as `[Y/n] `. */
const CHOICE = /[([]\w{1,12}(?:(?:\/| or )\[?\w{1,12}\]?)+[)\]]:? ?$/;
/** A line that is written over, as those that tell of progress. */
const WRITTEN_OVER = /\r./;

/**
 * What the text above a place says about a table that goes on there.
 *
 * Takes text in order, in any pieces, and keeps of it the lines without which the detectors would read the rest otherwise.
 */
export class TableHeader {
  /** The names of the columns and the rules around them; empty outside of a table. */
  #header: readonly string[] = [];
  /** What a header may begin with: the last row, a frame's first rule, or that and the names below it. */
  #beginning: readonly string[] = [];
  /** What stands between the cells of a table without rules, of which the header is the names alone. */
  #separator: string | undefined;
  /** Of such a table: lines since a quote was opened; 0 if none is open. */
  #quotedLines = 0;
  /** The line that has not ended yet. */
  #line = '';
  readonly #headings: HeadingsFinder;

  constructor(headings: HeadingsFinder = new HeadingsFinder()) {
    this.#headings = headings;
  }

  /** The lines that are kept. */
  get lines(): string {
    return [...this.#header, ...this.#beginning].map((line) => `${line}\n`).join('');
  }

  /** The same, with the line that has not ended yet. */
  get text(): string {
    return this.lines + this.#line;
  }

  /** Whether the line that has not ended is as yet a part of a row of which only the header tells what it holds. */
  get isInOpenRow(): boolean {
    if (this.#line === '') return false;
    if (this.#separator === undefined) return this.#isInFirstCell();
    if (CHOICE.test(this.#line) || WRITTEN_OVER.test(this.#line)) return false;
    const isPrompt = PROMPT.test(this.#line);
    if (this.#quotedLines > 0 || this.#line.includes(this.#separator)) {
      return !isPrompt || !SPACED.test(this.#line);
    }
    const [names = ''] = this.#header;
    return !isPrompt && classesOfHeadings(names.split(this.#separator))?.[0] !== undefined;
  }

  /** The same of the first cell of a row of psql's, in a column that identifies people. */
  #isInFirstCell(): boolean {
    const [names = '', rule = ''] = this.#header;
    if (!isOpenRule(rule) || !this.#line.startsWith(' ') || this.#line.includes('|')) return false;
    return classOfField(names.slice(0, names.indexOf('|')).trim()) !== undefined;
  }

  add(text: string): void {
    const [first = '', ...others] = text.split('\n');
    this.#extend(first);
    for (const part of others) {
      this.#takeLine();
      this.#extend(part);
    }
  }

  /** The same as to add it with a line break behind it. */
  addLine(line: string): void {
    this.#extend(line);
    this.#takeLine();
  }

  /** Says that what follows is not of the line that has not ended yet. */
  endLine(): void {
    if (this.#line !== '') this.#takeLine();
  }

  /** Says that no table goes on in what follows. */
  end(): void {
    this.endLine();
    this.#keep([], []);
  }

  #extend(part: string): void {
    const line = this.#line === '' ? part : this.#line + part;
    if (line.length <= LINE_LENGTH_MAX) this.#line = line;
    else this.#line = line.includes(this.#separator ?? '|') ? (this.#separator ?? '|') : '';
  }

  #takeLine(): void {
    const line = withPlainBoxes(this.#line);
    this.#line = '';
    const [first = ''] = this.#header;
    if (isRecordRule(line) || isInsertHead(line)) return this.#keep([line], []);
    if ((isRecordRule(first) && isOfRecord(first, line)) || isInsertedRow(first, line)) return;
    if (this.#isOfValues(line)) return;
    const beginning = this.#beginning;
    const above = beginning.at(-1) ?? '';
    if (isFrameRule(line) && beginning.length === 2) this.#keep([...beginning, line], []);
    else if (isFrameRule(line)) this.#keep([], [line]);
    else if (isOpenRule(line) && above.includes('|')) this.#keep([above, line], []);
    else if (!line.includes('|')) this.#keep([], []);
    else this.#keep(this.#header, isFrameRule(above) ? [above, line] : [line]);
  }

  /** Whether a line is of a table without rules: its names, or one of its rows. */
  #isOfValues(line: string): boolean {
    const above = this.#beginning.at(-1) ?? '';
    if (isFrameRule(line) || isFrameRule(above) || (isOpenRule(line) && above.includes('|')))
      return false;
    // Below names with rules, what looks like other names is a row.
    if (this.#separator === undefined && this.#header.length > 0 && line.includes('|'))
      return false;
    const found = this.#headings.find(line.endsWith('\r') ? line.slice(0, -1) : line);
    if (found === undefined) return this.#separator !== undefined && this.#isRow(line);
    const isMore = found.separator === this.#separator && this.#header.length < HEADERS_MAX;
    const header = isMore ? [...this.#header, line] : [line];
    // A rule may yet follow.
    this.#keep(header, [line]);
    this.#separator = found.separator;
    return true;
  }

  /** Whether a line is a row, or goes on within quotes. */
  #isRow(line: string): boolean {
    const wasQuoted = this.#quotedLines > 0;
    const isQuoted = wasQuoted === (line.split('"').length % 2 === 1);
    if (!wasQuoted && !line.includes(this.#separator ?? '')) return false;
    if (wasQuoted && isQuoted && this.#quotedLines >= QUOTED_LINES_MAX) return false;
    this.#quotedLines = isQuoted ? this.#quotedLines + 1 : 0;
    this.#beginning = line.includes('|') ? [line] : [];
    return true;
  }

  #keep(header: readonly string[], beginning: readonly string[]): void {
    this.#separator = undefined;
    this.#quotedLines = 0;
    this.#header = header;
    this.#beginning = beginning;
  }
}

const BOXES = /[\u2500-\u257f]|\xe2[\x94\x95][\x80-\xbf]/g;

/** With the lines of boxes drawn as other tables have them. Text may have a character for each of its bytes. */
function withPlainBoxes(line: string): string {
  return line.replace(BOXES, (box) => {
    const codePoint =
      box.length === 1
        ? box.charCodeAt(0)
        : 0x2500 | ((box.charCodeAt(1) & 1) << 6) | (box.charCodeAt(2) & 0x3f);
    return String.fromCharCode(plainBox(codePoint));
  });
}
