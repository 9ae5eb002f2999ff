/** A part of a document and what takes its place; undefined: that is not known yet. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  text: string | undefined;
}

/** Room at first for what comes out beside what went in. */
const SPARE_BYTES = 4096;

/** Changes to a document, in their order. */
export class Edits {
  readonly #edits: Edit[] = [];

  get count(): number {
    return this.#edits.length;
  }

  add(edit: Edit): void {
    this.#edits.push(edit);
  }

  clear(): void {
    this.#edits.length = 0;
  }

  /** The document `bytes[start, end)` with its changes. Fresh. */
  apply(bytes: Buffer, start: number, end: number): Buffer {
    if (this.#edits.length === 0) return Buffer.from(bytes.subarray(start, end));
    let room = end - start + SPARE_BYTES;
    for (const { text } of this.#edits) room += 3 * (text?.length ?? 0);
    const output = Buffer.allocUnsafe(room);
    let from = start;
    let length = 0;
    for (const edit of this.#edits) {
      if (edit.text === undefined) continue;
      length += bytes.copy(output, length, from, edit.start);
      length += output.write(edit.text, length);
      from = edit.end;
    }
    length += bytes.copy(output, length, from, end);
    return output.subarray(0, length);
  }
}
