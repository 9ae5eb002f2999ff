/**
 * One word of a command as the program would be given it, as far as the text shows.
 *
 * - `literal`: exactly `text`.
 * - `pattern`: `text` with `*`, `?` or `[…]`; comes to the paths that match, or stays as it is.
 * - `unknown`: begins with `text`; the rest is computed when the command runs.
 */
export interface ShellWord {
  readonly kind: 'literal' | 'pattern' | 'unknown';
  readonly text: string;
  /** An unknown word that may come to none or to several, each of them anything. */
  readonly maySplit: boolean;
}

/** A word of which all is known. */
export function literalWord(text: string): ShellWord {
  return { kind: 'literal', text, maySplit: false };
}

/** A word that begins with `prefix`. */
export function unknownWord(prefix: string, maySplit: boolean): ShellWord {
  return { kind: 'unknown', text: prefix, maySplit };
}

/** What every word that it may come to begins with. */
export function knownPrefix(word: ShellWord): string {
  if (word.kind === 'literal') return word.text;
  if (word.maySplit) return '';
  if (word.kind === 'unknown') return word.text;
  const glob = word.text.search(/[*?[]/);
  return glob === -1 ? word.text : word.text.slice(0, glob);
}

/** Whether it may be `text`. */
export function mayEqual(word: ShellWord, text: string): boolean {
  return word.kind === 'literal' ? word.text === text : text.startsWith(knownPrefix(word));
}

/** Whether a program may take it for an option. A pattern may match a file that is called like one. */
export function mayBeOption(word: ShellWord): boolean {
  const prefix = knownPrefix(word);
  if (word.kind === 'literal') return prefix.startsWith('-') && prefix !== '-';
  return prefix === '' || prefix.startsWith('-');
}

/** Whether it may come to more words than one, or to none. */
export function mayBeSeveral(word: ShellWord): boolean {
  return word.maySplit || word.kind === 'pattern';
}

/** The texts of words that are all literal, else undefined. */
export function literalTexts(words: readonly ShellWord[]): readonly string[] | undefined {
  return words.every(({ kind }) => kind === 'literal') ? words.map(({ text }) => text) : undefined;
}
