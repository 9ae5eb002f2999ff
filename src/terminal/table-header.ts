/** A line of dashes with a crossing, as psql and mysql print below names. */
const RULE = /^[\s+-]*-\+-[\s+-]*$/;
/** Longer headers are of tables that nobody reads on a screen. */
const HEADER_LENGTH_MAX = 4_096;

/** The names above the columns of a table that may have left the screen while its rows still come. */
export class TableHeader {
  #lines: readonly string[] = [];

  /** The header, if what follows may belong to the table. @param hasBar Whether there is a `|` in it. */
  textBefore(hasBar: boolean): string {
    if (this.#lines.length === 0 || !hasBar) return '';
    return `${this.#lines.join('\n')}\n`;
  }

  /** Reads lines that were shown; the header at their beginning is the one of before. */
  follow(text: string): void {
    let lines: readonly string[] = [];
    let previous: readonly string[] = [];
    for (const line of text.split('\n')) {
      if (RULE.test(line)) lines = [...previous, line].slice(-3);
      else if (!line.includes('|') && line.trim() !== '') lines = [];
      previous = RULE.test(line) ? [line] : [...previous, line].slice(-2);
    }
    this.#lines = lines.join('\n').length <= HEADER_LENGTH_MAX ? lines : [];
  }
}
