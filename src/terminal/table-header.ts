import { classOfField } from '../masking/detectors/field-names.ts';
import { isFrameRule, isOpenRule } from '../masking/detectors/read-table.ts';

/** A longer line is no header. */
const LINE_LENGTH_MAX = 8_192;

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
  /** The line that has not ended yet. */
  #line = '';

  /** The lines that are kept. */
  get lines(): string {
    return [...this.#header, ...this.#beginning].map((line) => `${line}\n`).join('');
  }

  /** The same, with the line that has not ended yet. */
  get text(): string {
    return this.lines + this.#line;
  }

  /** Whether the line that has not ended is as yet the first cell of a row of psql's, in a column that identifies people. */
  get isInFirstCell(): boolean {
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

  /** Says that what follows is not of the line that has not ended yet. */
  endLine(): void {
    if (this.#line !== '') this.#takeLine();
  }

  #extend(part: string): void {
    const line = this.#line + part;
    if (line.length <= LINE_LENGTH_MAX) this.#line = line;
    else this.#line = line.includes('|') ? '|' : '';
  }

  #takeLine(): void {
    const line = this.#line;
    this.#line = '';
    const beginning = this.#beginning;
    const above = beginning.at(-1) ?? '';
    if (isFrameRule(line) && beginning.length === 2) this.#keep([...beginning, line], []);
    else if (isFrameRule(line)) this.#keep([], [line]);
    else if (isOpenRule(line) && above.includes('|')) this.#keep([above, line], []);
    else if (!line.includes('|')) this.#keep([], []);
    else this.#keep(this.#header, isFrameRule(above) ? [above, line] : [line]);
  }

  #keep(header: readonly string[], beginning: readonly string[]): void {
    this.#header = header;
    this.#beginning = beginning;
  }
}
