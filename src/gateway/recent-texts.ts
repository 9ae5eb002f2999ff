/** Texts by their keys; the least recently used give way. */
export class RecentTexts {
  readonly #max: number;
  /** Least recently used first. */
  readonly #texts = new Map<string, string>();

  constructor(max: number) {
    this.#max = max;
  }

  get(key: string): string | undefined {
    const found = this.#texts.get(key);
    if (found === undefined) return undefined;
    this.#texts.delete(key);
    this.#texts.set(key, found);
    return found;
  }

  set(key: string, text: string): void {
    this.#texts.delete(key);
    this.#texts.set(key, text);
    if (this.#texts.size <= this.#max) return;
    for (const oldest of this.#texts.keys()) {
      this.#texts.delete(oldest);
      return;
    }
  }
}
