/** Words after which a number is kept: it is a fact of the statement. */
const COUNTING_WORDS: ReadonlySet<string> = new Set(['limit', 'offset', 'fetch', 'next', 'first']);

/** What a character begins. */
const PLAIN = 0;
const WORD = 1;
const DIGIT = 2;
const QUOTE = 3;
const DOUBLE_QUOTE = 4;
const DOLLAR = 5;
const DOT = 6;
const MINUS = 7;
const SLASH = 8;
const PARENTHESIS = 9;
const SPACE = 10;
const UNSURE = 11;

const CLASS_OF: Uint8Array = classifyCharacters();
const IS_WORD_PART: Uint8Array = CLASS_OF.map((kind, code) =>
  kind === WORD || kind === DIGIT || code === 0x24 ? 1 : 0,
);

/**
 * The text with its numbers and plain strings taken out: two texts with the same key differ in nothing else, so an analysis that
 * says `dependsOnLiterals: false` holds for both. Undefined where a simple scan cannot be sure what is a literal: comments, dollar
 * quotes, `E''` and its kin, backslashes, numbers of unusual form, anything but ASCII. Linear in the text.
 *
 * @param literals Is given the start and the end of each number and string that was taken out, in their order.
 */
export function shapeKey(text: string, literals?: number[]): string | undefined {
  let key = '';
  let keptFrom = 0;
  let index = 0;
  let isCounting = false;
  const { length } = text;
  while (index < length) {
    const start = index;
    const code = text.charCodeAt(index++);
    const kind = code < 128 ? (CLASS_OF[code] ?? UNSURE) : UNSURE;
    switch (kind) {
      case SPACE:
        continue;
      case WORD: {
        while (isWordPart(text.charCodeAt(index))) index++;
        // E'…', B'…', date'…': not a plain string.
        if (text.charCodeAt(index) === 0x27) return undefined;
        isCounting = isCountingWord(text, start, index);
        continue;
      }
      case DIGIT:
        index = endOfNumber(text, start);
        if (index === -1) return undefined;
        if (!isCounting) {
          key += `${text.slice(keptFrom, start)}0`;
          keptFrom = index;
          literals?.push(start, index);
        }
        break;
      case QUOTE:
        // U&'…'
        if (text.charCodeAt(start - 1) === 0x26) return undefined;
        index = endOfQuoted(text, start, 0x27);
        if (index === -1) return undefined;
        key += `${text.slice(keptFrom, start)}''`;
        keptFrom = index;
        literals?.push(start, index);
        break;
      case DOUBLE_QUOTE:
        // U&"…" UESCAPE '!': there the string is part of the name.
        if (text.charCodeAt(start - 1) === 0x26) return undefined;
        index = endOfQuoted(text, start, 0x22);
        if (index === -1) return undefined;
        break;
      case DOLLAR:
        if (!isDigit(text.charCodeAt(index))) return undefined;
        while (isDigit(text.charCodeAt(index))) index++;
        // `$1a` is read differently by different servers, and `$1$` may begin something else.
        if (isWordPart(text.charCodeAt(index))) return undefined;
        break;
      case DOT:
        if (isDigit(text.charCodeAt(index))) return undefined;
        break;
      case MINUS:
        if (text.charCodeAt(index) === 0x2d) return undefined;
        break;
      case SLASH:
        if (text.charCodeAt(index) === 0x2a) return undefined;
        break;
      case PARENTHESIS:
        // LIMIT (5): the count is no longer next to its word.
        if (isCounting) return undefined;
        break;
      case UNSURE:
        return undefined;
      case PLAIN:
    }
    isCounting = false;
  }
  return key + text.slice(keptFrom);
}

/** Most words are told apart by length and first letter, without making a string of them. */
function isCountingWord(text: string, start: number, end: number): boolean {
  if (end - start < 4 || end - start > 6) return false;
  const letter = text.charCodeAt(start) | 0x20;
  if (letter !== 0x6c && letter !== 0x6f && letter !== 0x66 && letter !== 0x6e) return false;
  return COUNTING_WORDS.has(text.slice(start, end).toLowerCase());
}

/** Past a number such as `1`, `1.5`, `1e-5` that something else clearly follows; -1 for any other form. */
function endOfNumber(text: string, start: number): number {
  let index = start;
  while (isDigit(text.charCodeAt(index))) index++;
  if (text.charCodeAt(index) === 0x2e) {
    index++;
    if (!isDigit(text.charCodeAt(index))) return -1;
    while (isDigit(text.charCodeAt(index))) index++;
  }
  if ((text.charCodeAt(index) | 0x20) === 0x65) {
    index++;
    const sign = text.charCodeAt(index);
    if (sign === 0x2b || sign === 0x2d) index++;
    if (!isDigit(text.charCodeAt(index))) return -1;
    while (isDigit(text.charCodeAt(index))) index++;
  }
  const next = text.charCodeAt(index);
  return isWordPart(next) || next === 0x27 || next === 0x2e || next === 0x22 ? -1 : index;
}

/** Past the closing quote, a doubled one being part of the text; -1 if there is none, or a backslash or other than ASCII before it. */
function endOfQuoted(text: string, start: number, quote: number): number {
  let index = start + 1;
  for (;;) {
    const code = text.charCodeAt(index++);
    if (code === quote) {
      if (text.charCodeAt(index) !== quote) return index;
      index++;
    } else if (!(code < 128) || code === 0x5c || code === 0) return -1;
  }
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isWordPart(code: number): boolean {
  return code >= 128 || IS_WORD_PART[code] === 1;
}

function classifyCharacters(): Uint8Array {
  const classes = new Uint8Array(128);
  const set = (characters: string, kind: number): void => {
    for (const character of characters) classes[character.charCodeAt(0)] = kind;
  };
  classes.fill(UNSURE, 0, 0x20);
  classes[0x7f] = UNSURE;
  set(' \t\n\r\f', SPACE);
  set('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_', WORD);
  set('0123456789', DIGIT);
  set("'", QUOTE);
  set('"', DOUBLE_QUOTE);
  set('$', DOLLAR);
  set('.', DOT);
  set('-', MINUS);
  set('/', SLASH);
  set('(', PARENTHESIS);
  set('\\', UNSURE);
  return classes;
}
