import type { ClassifiedColumn } from '../classification.ts';
import type { HeadedTable } from '../detectors/headed-table.ts';

/** What the paths of a JSON column lead to. */
export type JsonPaths = ClassifiedColumn['paths'];

/** Finds sensitive values in text and masks them: the detectors, as the second net uses them. */
export interface TextMasks {
  /**
   * Looks through UTF-8 text, `bytes[start, end)`; bytes that are not UTF-8 are no error.
   *
   * @param table Whose rows the text begins with.
   * @returns The masked text, or undefined if nothing was found.
   */
  redact(bytes: Buffer, start: number, end: number, table?: HeadedTable): Buffer | undefined;
  /**
   * The same for JSON: first by path, then by content. What is JSON stays JSON.
   *
   * @param paths Empty where nothing is known of the document.
   */
  redactJson(bytes: Buffer, start: number, end: number, paths: JsonPaths): Buffer | undefined;
  /** Classes of what the last call masked, one for each value. Without it, all counts as `free-text`. */
  lastFound?(): Iterable<string>;
  /** The table with which the last text ended: its rows may go on in the next. */
  openTable?(): HeadedTable | undefined;
}

/** What is counted when a mask does not say what it found. */
const UNSAID_CLASS = 'free-text';

/** Counts what the second net did in one result. */
export class Findings {
  readonly #masks: TextMasks;
  readonly #byClass = new Map<string, number>();
  #withheld = 0;

  constructor(masks: TextMasks) {
    this.#masks = masks;
  }

  /** Values masked, by data class. */
  get byClass(): ReadonlyMap<string, number> {
    return this.#byClass;
  }

  /** Fields shown as NULL because they could not be looked through. */
  get withheld(): number {
    return this.#withheld;
  }

  withhold(): void {
    this.#withheld += 1;
  }

  /** The table with which the last text ended. */
  get openTable(): HeadedTable | undefined {
    return this.#masks.openTable?.();
  }

  redact(bytes: Buffer, start: number, end: number, table?: HeadedTable): Buffer | undefined {
    const masked = this.#masks.redact(bytes, start, end, table);
    if (masked !== undefined) this.#count();
    return masked;
  }

  /** Whether `bytes[start, end)` shows the same if what stands before `at`, and what stands behind it, are masked each for itself. Counts nothing. */
  mayPart(
    bytes: Buffer,
    { start, end }: { readonly start: number; readonly end: number },
    at: number,
  ): boolean {
    const shown = (from: number, to: number): Buffer =>
      this.#masks.redact(bytes, from, to) ?? bytes.subarray(from, to);
    return shown(start, end).equals(Buffer.concat([shown(start, at), shown(at, end)]));
  }

  redactJson(bytes: Buffer, start: number, end: number, paths: JsonPaths): Buffer | undefined {
    const masked = this.#masks.redactJson(bytes, start, end, paths);
    if (masked !== undefined) this.#count();
    return masked;
  }

  #count(): void {
    for (const name of this.#masks.lastFound?.() ?? [UNSAID_CLASS]) {
      this.#byClass.set(name, (this.#byClass.get(name) ?? 0) + 1);
    }
  }
}
