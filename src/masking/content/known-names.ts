import { COMMON_WORDS } from '../detectors/common-words.ts';

/** Fewer letters may be anything. */
const LETTERS_MIN = 3;
/** Of a longer word the beginning is looked for: patterns are of limited length. */
const LETTERS_MAX = 100;
/** A document with more is about no one in particular. */
const WORDS_MAX = 200;
const WORD = /[\p{L}\p{M}]+(?:['’-][\p{L}\p{M}]+)*/gu;
/** What stands in names and is nobody's. */
const TITLES: ReadonlySet<string> = new Set(
  [
    'mrs miss sir prof doctor patient the and von van der den del della mrn',
    'aunt father grandfather grandmother maternal mother paternal uncle',
  ].flatMap((words) => words.split(' ')),
);

/** The names that a document hides, to be hidden in its texts as well. */
export class KnownNames {
  /** In lower case, with their class. */
  readonly #words = new Map<string, string>();
  /** Not taken apart yet: most documents have no text to hide them in. */
  #added: (readonly [name: string, className: string])[] = [];
  #pattern: RegExp | undefined;

  /** A name was hidden. @param className Of a person or of a place. */
  add(name: string, className: string): void {
    this.#added.push([name, className]);
  }

  /** Hides the names in a text; undefined if there are none. */
  hide(text: string): string | undefined {
    if (this.#added.length > 0) this.#compile();
    if (this.#pattern === undefined) return undefined;
    const hidden = text.replace(
      this.#pattern,
      (word) => `[${this.#words.get(word.toLowerCase()) ?? 'name'}]`,
    );
    return hidden === text ? undefined : hidden;
  }

  #compile(): void {
    for (const [name, className] of this.#added) this.#learn(name, className);
    this.#added = [];
    if (this.#words.size === 0) return;
    const words = [...this.#words.keys()].map(escape).join('|');
    this.#pattern = new RegExp(`(?<![\\p{L}\\p{M}])(?:${words})(?![\\p{L}\\p{M}])`, 'giu');
  }

  #learn(name: string, className: string): void {
    for (const [word] of name.matchAll(WORD)) {
      const letters = Array.from(word.toLowerCase()).slice(0, LETTERS_MAX).join('');
      if (letters.length < LETTERS_MIN || this.#words.size === WORDS_MAX) continue;
      if (TITLES.has(letters) || isCommon(letters) || this.#words.has(letters)) continue;
      this.#words.set(letters, className);
    }
  }
}

const commonWords: ReadonlySet<string> = new Set(COMMON_WORDS.split(/\s+/u));

/** Whether a word stands in clinical text more often than in names. */
function isCommon(word: string): boolean {
  return commonWords.has(word);
}

/** The word as a pattern: apostrophes are written in two ways. */
function escape(word: string): string {
  const written = word.replaceAll('-', '\\x2d').replaceAll(/['’]/gu, "['’]");
  return word.length < LETTERS_MAX ? written : `${written}[\\p{L}\\p{M}'’-]*`;
}
