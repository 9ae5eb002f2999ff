import { COMMON_WORDS, EPONYM_NOUNS, ORDINARY_NAMES } from './common-words.ts';
import { FIRST_NAMES, LAST_NAMES } from './names.ts';

const firstNames: ReadonlySet<string> = wordSet(FIRST_NAMES);
const lastNames: ReadonlySet<string> = wordSet(LAST_NAMES);
const commonWords: ReadonlySet<string> = wordSet(COMMON_WORDS);
const ordinaryNames: ReadonlySet<string> = wordSet(ORDINARY_NAMES);
const eponymNouns: ReadonlySet<string> = wordSet(EPONYM_NOUNS);

/** Endings of words that are no names, unless the gazetteer says so. */
const ORDINARY_ENDING =
  /(?:tion|sion|ings?|ments?|ness|ity|ities|logy|itis|osis|emia|uria|pathy|tomy|scopy|graphy|grams?|prils?|olol|statin|azole|mycin|cillin|caine|idine|amine|amide|zepam|olone|icone|phen|profen|ous|ive|able|ible|ical|ular|ism|ence|ancy|ency|wise|ally|edly|ely|ized|ated|ined|ured|ired|oxin|parin|mab|nib|vir|gliptin|formin|sartan|dipine|xaban|tinib|oid|oids|atic|etic|otic|itic|esia|opsy|trophy|plasia|plasty|stomy|ectomy|algia|phasia|plegia|paresis|genic|lytic|pnea|cardia|rrhea|rrhage|scan|tomic|toma|cele|edema)$/i;

/** All words of the gazetteer. */
export const GAZETTEER: readonly string[] = [...new Set([...firstNames, ...lastNames])];

/** Whether the gazetteer holds the word, or a half of it, as a first name. */
export function isFirstName(word: string): boolean {
  return parts(word).some((part) => firstNames.has(part));
}

/** A first name that is nothing else. */
export function isSureFirstName(word: string): boolean {
  return isFirstName(word) && !isOrdinaryWord(word);
}

/** Whether the gazetteer holds the word, or a half of it, as a last name. */
export function isLastName(word: string): boolean {
  return parts(word).some((part) => lastNames.has(part));
}

/** Never a part of a name as it stands in notes, even where a name is expected. */
export function isCommonWord(word: string): boolean {
  return commonWords.has(word.toUpperCase());
}

/** A word, or the name of a place or of a month, that some people also bear; or one with an ending that names have not. */
export function isOrdinaryWord(word: string): boolean {
  const upper = word.toUpperCase();
  if (ordinaryNames.has(upper)) return true;
  return ORDINARY_ENDING.test(word) && !firstNames.has(upper) && !lastNames.has(upper);
}

/** Behind a name it makes the name that of a disease, a sign, a device or a place. */
export function isEponymNoun(word: string): boolean {
  return eponymNouns.has(word.toUpperCase());
}

function parts(word: string): readonly string[] {
  const upper = word.toUpperCase().replaceAll("'", '');
  return upper.includes('-') ? [upper, ...upper.split('-')] : [upper];
}

function wordSet(words: string): Set<string> {
  return new Set(words.toUpperCase().split(/\s+/).filter(Boolean));
}
