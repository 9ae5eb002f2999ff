import type { ByteOutput } from '../content/byte-output.ts';

/** What takes the place of a part of a document: a text, or one that was written in UTF-8 before. */
export type Replacement = string | Buffer;

/** Parts of a document, in their order, and what takes the place of each. */
export class Edits {
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #texts: (Replacement | undefined)[] = [];
  #size = 0;

  /** Another document begins. */
  clear(): void {
    this.#size = 0;
  }

  /** @param text Undefined: it stays, or that is not known yet. @returns The number of the edit, for {@link settle}. */
  add(start: number, end: number, text: Replacement | undefined): number {
    const edit = this.#size++;
    this.#starts[edit] = start;
    this.#ends[edit] = end;
    this.#texts[edit] = text;
    return edit;
  }

  /** Now it is known. */
  settle(edit: number, text: Replacement | undefined): void {
    this.#texts[edit] = text;
  }

  /** Writes the document `bytes[start, end)` with the changes. */
  apply(bytes: Buffer, start: number, end: number, output: ByteOutput): void {
    let from = start;
    for (let edit = 0; edit < this.#size; edit++) {
      const text = this.#texts[edit];
      if (text === undefined) continue;
      output.copy(bytes, from, this.#starts[edit] as number);
      if (typeof text === 'string') output.text(text);
      else output.add(text);
      from = this.#ends[edit] as number;
    }
    output.copy(bytes, from, end);
  }
}
