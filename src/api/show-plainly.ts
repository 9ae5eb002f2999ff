import { showInvisible } from './show-invisible.ts';

/** A name, key word or number; or a sign that is not ASCII's. */
const WORD_OR_SIGN = /[\p{L}\p{M}\p{N}_$]+|[^\0-\x7f]/gu;
const OTHER_LETTER = /[^\0-\x7f\P{L}]/gu;
const LATIN = /\p{Script=Latin}/u;
/** Writings that are usual beside Latin letters, and in which no letter looks like one of those. */
const BESIDE_LATIN =
  /[\p{Script=Latin}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{Script=Common}\p{Script=Inherited}]/u;

/** Letters of living alphabets (Cyrillic, Greek, Armenian) that look like one of ASCII. */
const TWIN = /[асеорхуѕіјкԁһԛԝӏѵАВСЕНІЈКМОРЅТХУԚԜӀοανικρυγϲϳχΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹօսոհցյզՏԼ]/u;

/** Letters of alphabets that hardly anybody names tables in, and of phonetic writing: many look like ASCII's. */
const ODD_LETTER =
  /[\p{Script=Cherokee}\p{Script=Coptic}\p{Script=Deseret}\p{Script=Gothic}\p{Script=Lisu}\p{Script=Old_Italic}\p{Script=Osage}\u0131\u0237\u0250-\u02af\u1d00-\u1dbf\ua730\ua731]/u;
const OTHER_DIGIT = /[^\P{Nd}0-9]/u;
/** Signs that look like one of SQL's, which PostgreSQL takes for parts of names, and the one that begins a mark. */
const SIGN =
  /[\u27e8\u00b4\u02b9-\u02bc\u02c8\u037e\u05f3\u2010-\u2015\u2018-\u201b\u2024\u2032\u2044\u2212\u2215\u2217\u2223\u2236\ua789]/u;
const NOT_ASCII = /[^\0-\x7f]/gu;

/**
 * Marks what could be mistaken for something else: `сору` in Cyrillic letters becomes `с⟨U+0441⟩о⟨U+043E⟩…`. Marked are, after
 * the rules of UTS 39 made simple:
 *
 * 1. in a word with Latin letters, letters of other writings (but East Asian ones);
 * 2. in a word all of whose letters look like ASCII's, each of them;
 * 3. anywhere, other forms of ASCII's characters (full width, mathematical, …), other digits, letters of alphabets that
 *    hardly anybody names tables in, and signs that look like one of SQL's.
 *
 * Names in one writing that is not Latin stay as they are, and so do letters with accents.
 *
 * @see https://www.unicode.org/reports/tr39/
 */
export function markLookalikes(text: string): string {
  return text.replaceAll(WORD_OR_SIGN, (found) => {
    const isMixed = LATIN.test(found);
    const isTwin = found.match(OTHER_LETTER)?.every((one) => TWIN.test(one)) === true;
    const isSuspect = (one: string): boolean =>
      isOdd(one) ||
      (isTwin && TWIN.test(one)) ||
      (isMixed && (TWIN.test(one) || !BESIDE_LATIN.test(one)));
    return found.replaceAll(NOT_ASCII, (one) => (isSuspect(one) ? mark(one) : one));
  });
}

/** A statement, or a name in one, so that what is read is what runs. */
export function showPlainly(text: string): string {
  return showInvisible(markLookalikes(text));
}

function isOdd(character: string): boolean {
  if (ODD_LETTER.test(character) || OTHER_DIGIT.test(character) || SIGN.test(character))
    return true;
  // Blanks are shown otherwise; dots for what was left out, and small digits, look like nothing else.
  if (/[\p{Z}\p{No}…]/u.test(character)) return false;
  return isAscii(character.normalize('NFKC'));
}

function isAscii(text: string): boolean {
  return !/[^\0-\x7f]/u.test(text);
}

function mark(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return `${character}⟨U+${hex}⟩`;
}
