import { isCommonWord } from './lexicon.ts';

/** The first words of a text of capitalised words, and small ones between, up to one that is no name of anything. */
export function phrase(text: string): string {
  const words = text.split(' ');
  const end = words.findIndex((word) => /^[A-Z]/.test(word) && isCommonWord(word));
  return (end === -1 ? words : words.slice(0, end)).join(' ').replace(/(?: [a-z]+)+$/, '');
}
