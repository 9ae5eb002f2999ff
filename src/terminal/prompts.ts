import type { ScreenRow } from './screen-row.ts';

/** Ends as what asks for something to be typed does, and has nothing in it that stands between the cells of a table. */
const PROMPT = /^[^,;|\t]{0,120}[:>?$#%)\]❯➜»›λ] ?$/u;
/** Those that were typed behind last: a shell has another one in each directory. */
const PROMPTS_MAX = 8;

/** What stood before the cursor when somebody typed: a line that begins so again is no row of a table. */
export class Prompts {
  #texts: readonly string[] = [];

  /** Takes what stands before the cursor, if nothing stands behind it. */
  remember(row: ScreenRow, cursorColumn: number): void {
    const column = Math.min(cursorColumn, row.columns);
    if (column === 0 || row.endOfText() > column) return;
    const text = row.text(0, column);
    if (!PROMPT.test(text)) return;
    this.#texts = [text, ...this.#texts.filter((other) => other !== text)].slice(0, PROMPTS_MAX);
  }

  /** Whether a row begins with one of them. */
  begin(row: ScreenRow): boolean {
    if (row.isBlank) return false;
    const first = row.codePoints[0];
    return this.#texts.some((text) => text.codePointAt(0) === first && row.text().startsWith(text));
  }
}
