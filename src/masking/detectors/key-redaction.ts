/** Keys in which nothing was found: documents of one kind have the same few. */
const CLEAN_KEYS_MAX = 1024;
/** Characters of a key that is remembered: they are there as long as the process. */
const CLEAN_KEY_LENGTH_MAX = 128;
/** Behind a masked key, from its last space on: see {@link KeyRedaction}. */
const NUMBER = /^ \(\d+\)$/;

/** Masks text by its content; undefined if nothing was found. */
export type RedactKey = (bytes: Buffer, start: number, end: number) => Buffer | undefined;

/**
 * Looks through the keys of JSON documents, which may be kept under somebody's number. A key that is masked bears a number that
 * none other in its document has, `[ssn] (1)`: what stands under two keys would be one value to most programs if they were the same.
 */
export class KeyRedaction {
  readonly #clean = new Set<string>();
  #count = 0;

  /** Another document begins. */
  begin(): void {
    this.#count = 0;
  }

  /**
   * @param key As it is meant, its escapes read.
   * @returns What is shown in its place; undefined: itself.
   */
  redact(key: string, redactText: RedactKey): string | undefined {
    if (this.#clean.has(key)) return undefined;
    const bytes = Buffer.from(key);
    const shown =
      redactText(bytes, 0, bytes.length)?.toString('utf8') ?? (isNumbered(key) ? key : undefined);
    if (shown !== undefined) {
      this.#count += 1;
      return `${shown} (${this.#count})`;
    }
    if (key.length > CLEAN_KEY_LENGTH_MAX) return undefined;
    if (this.#clean.size === CLEAN_KEYS_MAX) this.#clean.clear();
    this.#clean.add(key);
    return undefined;
  }
}

/** Whether a key looks like one that was masked. In time that grows with its length: anybody may write keys. */
function isNumbered(key: string): boolean {
  const at = key.lastIndexOf(' ');
  return NUMBER.test(key.slice(Math.max(0, at))) && key.lastIndexOf('[', at) >= 0;
}
