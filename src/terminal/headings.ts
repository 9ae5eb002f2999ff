import { findHeader } from '../masking/detectors/headed-table.ts';

/** What a line says if it is one of a table's headings. */
export type Headings = ReturnType<typeof findHeader>;

/** Characters of lines that are kept: as many as the largest screen has, and more. */
const CHARACTERS_MAX = 256 * 1024;
/** What stands between cells. */
const SEPARATOR = /[,\t;|]/;

/** Finds headings, and remembers what lines have said: each is asked about again with every byte that comes below it. */
export class HeadingsFinder {
  readonly #find: (line: string) => Headings;
  readonly #found = new Map<string, Headings>();
  #characters = 0;

  constructor(find: (line: string) => Headings = findHeader) {
    this.#find = find;
  }

  find(line: string): Headings {
    if (!SEPARATOR.test(line)) return undefined;
    if (this.#found.has(line)) return this.#found.get(line);
    const headings = this.#find(line);
    this.#remember(line, headings);
    return headings;
  }

  #remember(line: string, headings: Headings): void {
    this.#characters += line.length;
    if (this.#characters > CHARACTERS_MAX) {
      this.#found.clear();
      this.#characters = line.length;
    }
    this.#found.set(line, headings);
  }
}
