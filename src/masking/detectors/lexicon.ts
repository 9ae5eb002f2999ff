import { COMMON_WORDS, EPONYM_NOUNS, ORDINARY_NAMES } from './common-words.ts';
import { MORE_FIRST_NAMES, MORE_LAST_NAMES } from './more-names.ts';
import { FIRST_NAMES, LAST_NAMES } from './names.ts';

const FIRST_NAME = 1;
const LAST_NAME = 2;
const COMMON_WORD = 4;
const ORDINARY_NAME = 8;
const EPONYM_NOUN = 16;

/** What each known word is, in capitals and with one capital, as names mostly stand: one lookup says all. */
const kindsOfWord = new Map<string, number>();
addWords(FIRST_NAMES, FIRST_NAME);
addWords(MORE_FIRST_NAMES, FIRST_NAME);
addWords(LAST_NAMES, LAST_NAME);
addWords(MORE_LAST_NAMES, LAST_NAME);
addWords(COMMON_WORDS, COMMON_WORD);
addWords(ORDINARY_NAMES, ORDINARY_NAME);
addWords(EPONYM_NOUNS, EPONYM_NOUN);

/** All names of the gazetteer but those that are common words, which say nothing. */
export const GAZETTEER: readonly string[] = [...kindsOfWord]
  .filter(([, kinds]) => (kinds & (FIRST_NAME | LAST_NAME)) !== 0 && (kinds & COMMON_WORD) === 0)
  .map(([word]) => word);

for (const [word, kinds] of [...kindsOfWord])
  kindsOfWord.set(word.charAt(0) + word.slice(1).toLowerCase(), kinds);

/** Endings of words that are no names, unless the gazetteer says so. */
const ORDINARY_ENDING =
  /(?:tion|sion|ings?|ments?|ness|ity|ities|logy|itis|osis|emia|uria|pathy|tomy|scopy|graphy|grams?|prils?|olol|statin|azole|mycin|cillin|caine|idine|amine|amide|zepam|olone|icone|phen|profen|ous|ive|able|ible|ical|ular|ism|ence|ancy|ency|wise|ally|edly|ely|ized|ated|ined|ured|ired|oxin|parin|mab|nib|vir|gliptin|formin|sartan|dipine|xaban|tinib|oid|oids|atic|etic|otic|itic|esia|opsy|trophy|plasia|plasty|stomy|ectomy|algia|phasia|plegia|paresis|genic|lytic|pnea|cardia|rrhea|rrhage|scan|tomic|toma|cele|edema)$/i;

/** Given names of Chinese in its official spelling that end as an English word might: "Xiaoping", "Jianming", "Guoqing". */
const CHINESE_ENDING =
  /(?:a[io]|ei|ia|iang?|u[aeio]|uan|[xqyl]i|zhi)(?:ping|ming|qing|xing|jing)$/i;

/** Whether the gazetteer holds the word, or a half of it, as a first name. */
export function isFirstName(word: string): boolean {
  return isPartlyOf(word, FIRST_NAME);
}

/** A first name that is nothing else. */
export function isSureFirstName(word: string): boolean {
  return isFirstName(word) && !isOrdinaryWord(word);
}

/** Whether the gazetteer holds the word, or a half of it, as a last name. */
export function isLastName(word: string): boolean {
  return isPartlyOf(word, LAST_NAME);
}

/** Whether the gazetteer holds the word, or a half of it. */
export function isKnownName(word: string): boolean {
  return isPartlyOf(word, FIRST_NAME | LAST_NAME);
}

/** Never a part of a name as it stands in notes, even where a name is expected. */
export function isCommonWord(word: string): boolean {
  return isOf(word, COMMON_WORD);
}

/** A word, or the name of a place or of a month, that some people also bear; or one with an ending that names have not. */
export function isOrdinaryWord(word: string): boolean {
  const kinds = kindsOf(word);
  if ((kinds & ORDINARY_NAME) !== 0) return true;
  if ((kinds & (FIRST_NAME | LAST_NAME)) !== 0 || !ORDINARY_ENDING.test(word)) return false;
  return !CHINESE_ENDING.test(word) && !(word.includes('-') && isPartlyOf(word, FIRST_NAME));
}

/** Behind a name it makes the name that of a disease, a sign, a device or a place. */
export function isEponymNoun(word: string): boolean {
  return isOf(word, EPONYM_NOUN);
}

/** Of the word, or of one of the halves that a hyphen joins. */
function isPartlyOf(word: string, kind: number): boolean {
  return (lookUp(word).partly & kind) !== 0;
}

function isOf(word: string, kind: number): boolean {
  return (kindsOf(word) & kind) !== 0;
}

function kindsOf(word: string): number {
  return lookUp(word).kinds;
}

/** What a word is, and what it or one of its halves is. */
interface LookedUp {
  readonly word: string;
  readonly kinds: number;
  readonly partly: number;
}

/** Several things are asked of the word at hand, and of the first of its name in between. */
let last: LookedUp = { word: '', kinds: 0, partly: 0 };
let beforeLast = last;

function lookUp(word: string): LookedUp {
  if (word === last.word) return last;
  if (word === beforeLast.word) [last, beforeLast] = [beforeLast, last];
  else {
    beforeLast = last;
    last = lookUpAnew(word);
  }
  return last;
}

function lookUpAnew(word: string): LookedUp {
  const kinds = find(word);
  const plain = word.includes("'") ? word.replaceAll("'", '') : word;
  let partly = plain === word ? kinds : find(plain);
  if (plain.includes('-')) for (const part of plain.split('-')) partly |= find(part);
  return { word, kinds, partly };
}

function find(word: string): number {
  return kindsOfWord.get(word) ?? kindsOfWord.get(word.toUpperCase()) ?? 0;
}

function addWords(words: string, kind: number): void {
  for (const word of words.toUpperCase().split(/\s+/).filter(Boolean)) {
    kindsOfWord.set(word, (kindsOfWord.get(word) ?? 0) | kind);
  }
}
