import type { Cell } from './report.ts';

/** Things that one table lists; more are counted only. */
const LISTED_MAX = 10_000;

/** Adds up figures by key, for as many keys as a table lists. */
export class Tally<Figures> {
  readonly #byKey = new Map<string, Figures>();
  readonly #start: () => Figures;
  readonly #listedMax: number;
  /** Keys may come again: a number too high at most. */
  #omitted = 0;

  /** @param start The figures of a key that comes for the first time. */
  constructor(start: () => Figures, listedMax: number = LISTED_MAX) {
    this.#start = start;
    this.#listedMax = listedMax;
  }

  /** The figures of a key, to be changed in place. Undefined when no more keys are listed. */
  find(...key: readonly Cell[]): Figures | undefined {
    const joined = JSON.stringify(key);
    const known = this.#byKey.get(joined);
    if (known !== undefined) return known;
    if (this.#byKey.size >= this.#listedMax) {
      this.#omitted += 1;
      return undefined;
    }
    const figures = this.#start();
    this.#byKey.set(joined, figures);
    return figures;
  }

  /** Occurrences of keys that are not listed. */
  get omitted(): number {
    return this.#omitted;
  }

  /** One row for each key, the key first, in the order of the keys. */
  rows(cells: (figures: Figures) => readonly Cell[]): readonly (readonly Cell[])[] {
    return [...this.#byKey]
      .map(([key, figures]) => [...(JSON.parse(key) as readonly Cell[]), ...cells(figures)])
      .toSorted(byFirstCells);
  }
}

function byFirstCells(a: readonly Cell[], b: readonly Cell[]): number {
  for (const [index, cell] of a.entries()) {
    const other = b[index] ?? '';
    if (cell === other) continue;
    return cell < other ? -1 : 1;
  }
  return 0;
}
