/** A line of dashes with a crossing, as psql and mysql print below names. */
const RULE = /^[\s+-]*-\+-[\s+-]*$/;
/** Longer headers are of tables that nobody reads on a screen. */
const HEADER_LENGTH_MAX = 4_096;

/** The names above the columns of a table that may have left the screen while its rows still come. */
export class TableHeader {
  #lines: readonly string[] = [];

  get isKnown(): boolean {
    return this.#lines.length > 0;
  }

  /** The header, if what follows may belong to the table: `first` and `second` are its lines. Else nothing. */
  textBefore(first: string, second: string): string {
    // Two rules in a row would end a table, and a header that is in sight needs none before it.
    if (RULE.test(first)) return linesOf(this.#lines.slice(0, -1));
    return first.includes('|') && !RULE.test(second) ? linesOf(this.#lines) : '';
  }

  /** Reads whole lines that were shown; they may overlap those of before. */
  follow(text: string): void {
    let lines = this.#lines;
    let previous: readonly string[] = [];
    for (const line of text.split('\n')) {
      if (RULE.test(line)) {
        // A rule without names above it is in the middle of the header of before, or the top of a frame.
        if (previous.some((above) => above.includes('|'))) lines = [...previous, line].slice(-3);
        else if (lines.length === 0) lines = [line];
        previous = [line];
        continue;
      }
      if (!line.includes('|') && line.trim() !== '') lines = [];
      previous = [...previous, line].slice(-2);
    }
    this.#lines = lines.join('\n').length <= HEADER_LENGTH_MAX ? lines : [];
  }
}

function linesOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
