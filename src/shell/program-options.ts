import { knownPrefix, mayBeOption, mayBeSeveral, type ShellWord } from './shell-word.ts';

/** The options of a program, as far as needed to know where they end. */
export interface OptionSpec {
  /** As for getopt(3): letters; `:` after those that take a value, `::` after those that may have one attached. */
  readonly short: string;
  /** Names without dashes, separated by blanks; `=` after those that take a value. */
  readonly long?: string;
}

/** The options in front of a program's first operand. */
export interface ReadOptions {
  /** Letters and long names in their order, with their values. */
  readonly options: readonly { readonly name: string; readonly value: ShellWord | undefined }[];
  /** From the first operand on. */
  readonly rest: readonly ShellWord[];
}

/** Reads options up to the first operand. @returns undefined if one of them is not known, or is no literal. */
export function readOptions(
  words: readonly ShellWord[],
  { short, long = '' }: OptionSpec,
): ReadOptions | undefined {
  const longNames = long.split(' ');
  const options: { name: string; value: ShellWord | undefined }[] = [];
  let index = 0;
  for (; index < words.length; index += 1) {
    const word = words[index];
    if (word === undefined || !mayBeOption(word)) break;
    // The value of an option may be anything, its letter may not.
    if (word.kind !== 'literal' && !/^--?[a-zA-Z]/.test(knownPrefix(word))) return undefined;
    if (word.text === '--') return { options, rest: words.slice(index + 1) };
    const next = words[index + 1];
    const read = word.text.startsWith('--')
      ? readLong(word, longNames)
      : readShort(word, short, options);
    if (read === undefined) return undefined;
    const { name, value, takesNext } = read;
    options.push({ name, value: takesNext ? next : value });
    if (!takesNext) continue;
    if (next === undefined || mayBeSeveral(next)) return undefined;
    index += 1;
  }
  return { options, rest: words.slice(index) };
}

interface ReadOption {
  readonly name: string;
  readonly value: ShellWord | undefined;
  readonly takesNext: boolean;
}

function readLong(word: ShellWord, names: readonly string[]): ReadOption | undefined {
  const [typed = '', ...rest] = word.text.slice(2).split('=');
  const name = names.find((known) => known === typed || known === `${typed}=`);
  if (name === undefined) return undefined;
  if (word.text.includes('=')) {
    return { name: typed, value: { ...word, text: rest.join('=') }, takesNext: false };
  }
  if (word.kind !== 'literal') return undefined;
  return { name: typed, value: undefined, takesNext: name.endsWith('=') };
}

/** All letters but the last go to `options`. */
function readShort(
  word: ShellWord,
  short: string,
  options: { name: string; value: ShellWord | undefined }[],
): ReadOption | undefined {
  const letters = word.text.slice(1);
  for (let at = 0; at < letters.length; at += 1) {
    const letter = letters.charAt(at);
    const known = letter === ':' ? -1 : short.indexOf(letter);
    if (known === -1) return undefined;
    const attached = letters.slice(at + 1);
    const takesValue = short.charAt(known + 1) === ':';
    if (takesValue) {
      const isOptional = short.charAt(known + 2) === ':';
      const hasAttached = attached !== '' || word.kind !== 'literal';
      const value = hasAttached ? { ...word, text: attached } : undefined;
      return { name: letter, value, takesNext: !hasAttached && !isOptional };
    }
    if (at === letters.length - 1) {
      return word.kind === 'literal'
        ? { name: letter, value: undefined, takesNext: false }
        : undefined;
    }
    options.push({ name: letter, value: undefined });
  }
  return undefined;
}

/**
 * Whether one of the words may be one of the options, wherever it stands.
 *
 * @param names `-r`, `--recursive`, separated by blanks. Long ones may be shortened, short ones bundled.
 */
export function mayHaveOption(words: readonly ShellWord[], names: string): boolean {
  const options = names.split(' ');
  return words.some(
    (word) => mayBeOption(word) && options.some((option) => mayStandFor(word, option)),
  );
}

function mayStandFor(word: ShellWord, option: string): boolean {
  const prefix = knownPrefix(word);
  if (word.kind !== 'literal' && prefix.length < 2) return true;
  if (option.startsWith('--')) {
    const [typed = ''] = prefix.split('=');
    if (word.kind !== 'literal') return typed.startsWith(option) || option.startsWith(typed);
    return typed.length > 2 && option.startsWith(typed);
  }
  // An option of several letters with one dash: find, java.
  if (option.length > 2) {
    return word.kind === 'literal' ? prefix === option : option.startsWith(prefix);
  }
  if (prefix.startsWith('--')) return false;
  return word.kind !== 'literal' || prefix.slice(1).includes(option.slice(1));
}
