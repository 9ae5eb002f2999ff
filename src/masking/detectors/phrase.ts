import { isCommonWord } from './lexicon.ts';

/** The first words of a text of capitalised words, up to one that is no name of anything. */
export function phrase(text: string): string {
  const words = text.split(' ');
  const end = words.findIndex((word) => isCommonWord(word));
  return words.slice(0, end === -1 ? words.length : end).join(' ');
}
