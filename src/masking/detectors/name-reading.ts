import { isCommonWord, isFirstName, isKnownName, isOrdinaryWord } from './lexicon.ts';
import { addFinding, matchAt, type Subject, textBefore } from './subject.ts';
import { CREDENTIALS } from './vocabulary.ts';

/** Letters that may go on behind a hyphen or an apostrophe. */
const WORD =
  "(?:(?:al|el|ad|as|ash|ul)-)?(?:[ODL]'[A-Z][A-Za-z]{1,24}|[A-Z][A-Za-z]{1,24})(?:(?:'(?!s\\b)|-)[A-Za-z]{1,24}){0,3}";
const INITIAL = "[A-Z]\\.?(?![A-Za-z0-9'/&-])";
/** What stands before last names, as a pattern. */
export const PARTICLE =
  '(?:van der|van den|van de|von der|de la|de los|de las|van|von|del|della|der|den|de|da|di|du|dos|la|le|el|al|bin|bint|ibn|ben|abu|st\\.|St\\.|Van|Von|De|La|Le|Del|Di|Da|Du|Al|El|Abu|Mc|Mac)';
const NAME_WORD = new RegExp(`(?:${PARTICLE} )?(?:${WORD})`, 'y');
const NAME_INITIAL = new RegExp(INITIAL, 'y');
const SUFFIX_BEHIND = /,? (?:Jr|Sr|II|III|IV)\b\.?/y;

/** A name as it stands: words and initials. */
export interface Reading {
  readonly start: number;
  readonly end: number;
  readonly words: readonly string[];
  readonly hasInitial: boolean;
}

/** Whether a word may be part of a name, given those before it. */
export type Accepts = (word: string, before: Pick<Reading, 'words' | 'hasInitial'>) => boolean;

/** Words of a name after the first. */
const WORDS_MAX = 5;

/**
 * Reads capitalised words and initials from `start` on, up to a word that is no part of a name.
 *
 * @param accepts Whether a word may be part of a name here.
 */
export function readForward(
  { text }: Subject,
  start: number,
  accepts: Accepts,
): Reading | undefined {
  const words: string[] = [];
  let end = start;
  let next = start;
  let hasInitial = false;
  for (let count = 0; count < WORDS_MAX; count++) {
    const match = matchAt(NAME_WORD, text, next)?.[0];
    if (match !== undefined) {
      const word = lastOf(match);
      if (!accepts(word, { words, hasInitial }) || isAbbreviation(word, words)) break;
      words.push(word);
      end = next + match.length;
    } else {
      const initial = matchAt(NAME_INITIAL, text, next)?.[0];
      // "Vitamin D", "Patient: A 45-year-old": an initial has a name behind it, or one before it and a full stop.
      if (initial === undefined) break;
      hasInitial = true;
      if (words.length > 0) end = next + initial.length;
      next += initial.length;
      if (text[next] !== ' ') break;
      next += 1;
      continue;
    }
    if (text[end] === ' ' && text[end + 1] !== ' ') next = end + 1;
    else if (text[end] === '.' && text[end - 1]?.match(/[A-Z]/) && text[end + 1] === ' ')
      next = end + 2;
    else break;
  }
  if (words.length === 0) return undefined;
  const suffix = matchAt(SUFFIX_BEHIND, text, end)?.[0].replace(/\.$/, '') ?? '';
  return { start, end: end + suffix.length, words, hasInitial };
}

/** "Quxwell DKA", "Quxwell PAGES": behind a word in small letters a short one in capitals is of no name. */
function isAbbreviation(word: string, before: readonly string[]): boolean {
  const [first] = before;
  if (first === undefined || isAllCapitals(first)) return false;
  return word.length <= 5 && isAllCapitals(word) && !isKnownName(word);
}

function lastOf(words: string): string {
  return words.slice(words.lastIndexOf(' ') + 1);
}

/** Finds a name, and remembers its words for where they stand alone. */
export function addName(subject: Subject, { start, end, words }: Reading): void {
  addFinding(subject, start, end, 'name');
  for (const word of words) {
    if (word.length <= 2 || subject.nameWords.has(word) || isOrdinaryWord(word)) continue;
    subject.nameWords.add(word);
    // A heading in capitals, and sentences below it.
    if (isAllCapitals(word)) subject.nameWords.add(`${word[0]}${word.slice(1).toLowerCase()}`);
  }
}

/** What may be a part of a name where something says that a name stands here. */
export const isExpected = (word: string): boolean => !isCommonWord(word) || isKnownName(word);
/** What may be where nothing does. */
export const isLikely = (word: string): boolean => !isCommonWord(word) && !isOrdinaryWord(word);
/** What may be where a word before it makes a name likely. */
export const isPossible: Accepts = (word, { words, hasInitial }) => {
  const [first] = words;
  if (hasInitial || (first !== undefined && isFirstName(first))) return isExpected(word);
  return !isCommonWord(word) && (isKnownName(word) || !isOrdinaryWord(word));
};

/** "Last, First M." from `start` on, or first name first. */
export function readName(subject: Subject, start: number, accepts: Accepts): Reading | undefined {
  const reading = readForward(subject, start, accepts);
  if (reading === undefined) return undefined;
  const comma = matchAt(/, ?(?=[A-Z])/y, subject.text, reading.end);
  if (comma === null || reading.words.length > 2) return reading;
  const rest = readForward(subject, reading.end + comma[0].length, accepts);
  if (rest === undefined) return reading;
  const [first = ''] = rest.words;
  if (!isFirstName(first) && rest.words.length > 2) return reading;
  if (isCredential(first) || isAllCapitals(first) !== reading.words.every(isAllCapitals))
    return reading;
  return { ...reading, end: rest.end, words: [...reading.words, ...rest.words] };
}

const CREDENTIAL = new RegExp(`^(?:${CREDENTIALS.join('|')}|Sr)$`);

/** Letters behind a name that say what somebody is: MD, RN. */
export function isCredential(word: string): boolean {
  return CREDENTIAL.test(word);
}

/** Whether a word of more than one letter is in capitals. */
export function isAllCapitals(word: string): boolean {
  const second = word.charAt(1);
  // Most words have a small letter there, and need not be written again.
  if (second === '' || (second >= 'a' && second <= 'z')) return false;
  return word === word.toUpperCase();
}

/** The word behind a name, which may make it that of a disease. */
export function wordBehind(text: string, end: number): string {
  return matchAt(/(?:'s|s')?[ -]([A-Za-z]{2,20})/y, text, end)?.[1] ?? '';
}

const PARTICLE_BEFORE = new RegExp(`(?:^|[^A-Za-z])(${PARTICLE} )$`);
/** Of the longest, with its space. */
const PARTICLE_LENGTH_MAX = 8;

/** "van der " before a name; "" where there is none. */
export function particleBefore(subject: Subject, start: number): string {
  return PARTICLE_BEFORE.exec(textBefore(subject, start, PARTICLE_LENGTH_MAX))?.[1] ?? '';
}
