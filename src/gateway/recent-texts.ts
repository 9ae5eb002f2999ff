/** Texts by their keys. Half of the most that are kept give way at once: those that were not asked for since the last time. */
export class RecentTexts {
  readonly #halfMax: number;
  #recent = new Map<string, string>();
  #older = new Map<string, string>();

  constructor(max: number) {
    this.#halfMax = max / 2;
  }

  get(key: string): string | undefined {
    const recent = this.#recent.get(key);
    if (recent !== undefined) return recent;
    const older = this.#older.get(key);
    if (older !== undefined) this.set(key, older);
    return older;
  }

  set(key: string, text: string): void {
    this.#recent.set(key, text);
    if (this.#recent.size < this.#halfMax) return;
    this.#older = this.#recent;
    this.#recent = new Map();
  }
}
