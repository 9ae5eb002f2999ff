/** Text as the detectors read it, and where each of its bytes comes from. */
export interface FoldedText {
  readonly bytes: Uint8Array;
  /** By offset in `bytes`, and one more: the offset in the original. */
  readonly origins: Uint32Array;
}

/** Spelled with a mark that the gazetteer leaves out: U+00C0 to U+024F, and U+1E00 to U+1EFF with two marks, as in Vietnamese. */
const PLAIN_LETTERS = buildPlainLetters();

/**
 * Writes text the way patterns are written: letters without accents, plain spaces, hyphens, quotes
 * and digits of whatever script, also where HTML and XML refer to them (`&nbsp;`, `&#45;`); without what a terminal does not show. Bytes that are no
 * UTF-8 stay as they are.
 */
export function foldText(bytes: Uint8Array, start: number, end: number): FoldedText {
  const folded = new Uint8Array(end - start);
  const origins = new Uint32Array(end - start + 1);
  let length = 0;
  let offset = start;
  while (offset < end) {
    const { plain, taken } = foldAt(bytes, offset, end);
    if (plain !== undefined) {
      folded[length] = plain;
      origins[length] = offset;
      length += 1;
    }
    offset += taken;
  }
  origins[length] = end;
  return { bytes: folded.subarray(0, length), origins };
}

/** Where what stands at `offset` ends: a reference, or one character. */
export function endOfFolded(bytes: Uint8Array, offset: number, end: number): number {
  const lead = bytes[offset] as number;
  if (lead === AMPERSAND) return offset + foldReference(bytes, offset, end).taken;
  return offset + (lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4);
}

interface Fold {
  /** Undefined: left out. */
  readonly plain: number | undefined;
  readonly taken: number;
}

const HYPHEN = 0x2d;
const APOSTROPHE = 0x27;
const QUOTE = 0x22;
const SLASH = 0x2f;
const BAR = 0x7c;
const PLUS = 0x2b;
const STAR = 0x2a;
const SPACE = 0x20;
const AMPERSAND = 0x26;
const SEMICOLON = 0x3b;

function foldAt(bytes: Uint8Array, offset: number, end: number): Fold {
  const first = bytes[offset] as number;
  if (first === 0x1b) return foldEscape(bytes, offset, end);
  if (first === AMPERSAND) return foldReference(bytes, offset, end);
  if (first < 0xc2) return { plain: first, taken: 1 };
  const second = offset + 1 < end ? (bytes[offset + 1] as number) : 0;
  if (first <= 0xcd && second >= 0x80 && second <= 0xbf) {
    const codePoint = ((first & 0x1f) << 6) | (second & 0x3f);
    // A mark by itself, behind its letter.
    if (codePoint >= 0x300 && codePoint <= 0x36f) return { plain: undefined, taken: 2 };
    if (codePoint === 0xa0) return { plain: SPACE, taken: 2 };
    if (codePoint === 0xad) return { plain: undefined, taken: 2 };
    const plain = PLAIN_LETTERS.get(codePoint);
    return plain === undefined ? { plain: first, taken: 1 } : { plain, taken: 2 };
  }
  if (second < 0x80) return { plain: first, taken: 1 };
  if (first < 0xe0) return foldDigit(((first & 0x1f) << 6) | (second & 0x3f), first, 2);
  const third = offset + 2 < end ? (bytes[offset + 2] as number) : 0;
  if (third < 0x80) return { plain: first, taken: 1 };
  const rest = ((second & 0x3f) << 6) | (third & 0x3f);
  if (first < 0xf0) return foldThree(first, rest);
  const fourth = offset + 3 < end ? (bytes[offset + 3] as number) : 0;
  if (fourth < 0x80) return { plain: first, taken: 1 };
  return foldDigit(((first & 0x07) << 18) | (rest << 6) | (fourth & 0x3f), first, 4);
}

/** The zeros of Arabic, Persian, Devanagari, Bengali and Thai, and those of mathematics, bold and otherwise; nine digits follow each. */
const ZEROS: readonly number[] = [
  0x660, 0x6f0, 0x966, 0x9e6, 0xe50, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6,
];
const DIGIT_ZERO = 0x30;

function foldDigit(codePoint: number, first: number, taken: number): Fold {
  const zero = ZEROS.find((one) => codePoint >= one && codePoint < one + 10);
  return zero === undefined
    ? { plain: first, taken: 1 }
    : { plain: DIGIT_ZERO + codePoint - zero, taken };
}

/** Three bytes: see {@link plainOf}. */
function foldThree(first: number, rest: number): Fold {
  const codePoint = ((first & 0x0f) << 12) | rest;
  const plain = plainOf(codePoint);
  return plain === 'other' ? foldDigit(codePoint, first, 3) : { plain, taken: 3 };
}

/** Letters with two marks, punctuation (U+2000 to U+206F, the minus sign), and the wide forms of ASCII (U+FF01 to U+FF5E). */
function plainOf(codePoint: number): number | undefined | 'other' {
  if (codePoint >= 0x1e00 && codePoint <= 0x1eff) return PLAIN_LETTERS.get(codePoint) ?? 'other';
  if (codePoint >= 0xff01 && codePoint <= 0xff5e) return codePoint - 0xfee0;
  if (codePoint === 0xfeff || (codePoint >= 0x200b && codePoint <= 0x200f)) return undefined;
  if (codePoint >= 0x2060 && codePoint <= 0x2064) return undefined;
  if (codePoint >= 0x2000 && codePoint <= 0x200a) return SPACE;
  if (codePoint === 0x202f || codePoint === 0x205f || codePoint === 0x3000) return SPACE;
  if ((codePoint >= 0x2010 && codePoint <= 0x2015) || codePoint === 0x2212) return HYPHEN;
  if (codePoint === 0x2022 || codePoint === 0x25cf) return STAR;
  if (codePoint === 0x2044 || codePoint === 0x2215) return SLASH;
  if (codePoint >= 0x2500 && codePoint <= 0x257f) return plainBox(codePoint);
  if (codePoint >= 0x2018 && codePoint <= 0x201b) return APOSTROPHE;
  if (codePoint >= 0x201c && codePoint <= 0x201f) return QUOTE;
  return 'other';
}

/** Lines of boxes, by their last two digits from U+2500 on: those that only go across, and those that only go down. */
const ACROSS: ReadonlySet<number> = new Set([
  ...[0x00, 0x01, 0x04, 0x05, 0x08, 0x09, 0x4c, 0x4d, 0x50],
  ...[0x74, 0x76, 0x78, 0x7a, 0x7c, 0x7e],
]);
const DOWN: ReadonlySet<number> = new Set([
  ...[0x02, 0x03, 0x06, 0x07, 0x0a, 0x0b, 0x4e, 0x4f, 0x51],
  ...[0x75, 0x77, 0x79, 0x7b, 0x7d, 0x7f],
]);

/** A line of a box (U+2500 to U+257F) as tables without such characters are drawn. */
export function plainBox(codePoint: number): number {
  const line = codePoint - 0x2500;
  return ACROSS.has(line) ? HYPHEN : DOWN.has(line) ? BAR : PLUS;
}

/** Characters of a reference, its marks included. */
const REFERENCE_BYTES_MAX = 10;
const NUMERIC_REFERENCE = /^#(?:0*(\d{1,6})|[xX]0*([0-9a-fA-F]{1,5}))$/u;

/** Characters by the names that HTML gives those which stand in and around values. */
const NAMED_REFERENCES: ReadonlyMap<string, number> = new Map(
  Object.entries({
    ...{ nbsp: 0xa0, ensp: 0x2002, emsp: 0x2003, thinsp: 0x2009, shy: 0xad },
    ...{ hyphen: 0x2010, ndash: 0x2013, mdash: 0x2014, minus: 0x2212 },
    ...{ commat: 0x40, sol: 0x2f, colon: 0x3a, period: 0x2e, comma: 0x2c },
    ...{ lt: 0x3c, gt: 0x3e, amp: 0x26 },
    ...{ apos: 0x27, lsquo: 0x2018, rsquo: 0x2019, quot: 0x22, ldquo: 0x201c, rdquo: 0x201d },
  }),
);

/** A character reference of HTML and XML. What is none, or stands for nothing that is folded, stays as it is. */
function foldReference(bytes: Uint8Array, offset: number, end: number): Fold {
  const last = Math.min(end, offset + REFERENCE_BYTES_MAX);
  let name = '';
  for (let index = offset + 1; index < last; index++) {
    const byte = bytes[index] as number;
    if (byte === SEMICOLON) {
      const plain = plainOfReference(name);
      if (plain === 'other') break;
      return { plain, taken: index + 1 - offset };
    }
    name += String.fromCharCode(byte);
  }
  return { plain: AMPERSAND, taken: 1 };
}

function plainOfReference(name: string): number | undefined | 'other' {
  const [, decimal, hexadecimal] = NUMERIC_REFERENCE.exec(name) ?? [];
  const codePoint =
    decimal === undefined
      ? hexadecimal === undefined
        ? NAMED_REFERENCES.get(name)
        : Number.parseInt(hexadecimal, 16)
      : Number(decimal);
  if (codePoint === undefined) return 'other';
  if (codePoint < 0x7f) return codePoint < SPACE ? SPACE : codePoint;
  if (codePoint === 0xa0) return SPACE;
  if (codePoint === 0xad) return undefined;
  return PLAIN_LETTERS.get(codePoint) ?? plainOf(codePoint);
}

/** Bytes of a control sequence; a terminal gives up on longer ones too. */
const SEQUENCE_BYTES_MAX = 64;

/** A control sequence (ECMA-48): colours are left out; what moves the cursor parts words as a space does. */
function foldEscape(bytes: Uint8Array, offset: number, end: number): Fold {
  if (bytes[offset + 1] !== 0x5b) return { plain: SPACE, taken: 1 };
  const last = Math.min(end, offset + SEQUENCE_BYTES_MAX);
  for (let index = offset + 2; index < last; index++) {
    const byte = bytes[index] as number;
    if (byte < 0x40 || byte > 0x7e) continue;
    const isColour = byte === 0x6d || byte === 0x4b;
    return { plain: isColour ? undefined : SPACE, taken: index + 1 - offset };
  }
  return { plain: SPACE, taken: 1 };
}

function buildPlainLetters(): ReadonlyMap<number, number> {
  const letters = new Map<number, number>();
  for (const [first, last] of [
    [0xc0, 0x24f],
    [0x1e00, 0x1eff],
  ] as const) {
    for (let codePoint = first; codePoint <= last; codePoint++) {
      const base = String.fromCodePoint(codePoint).normalize('NFD').charCodeAt(0);
      if (base < 0x80) letters.set(codePoint, base);
    }
  }
  const others = { Ø: 'O', ø: 'o', Ł: 'L', ł: 'l', Đ: 'D', đ: 'd', ı: 'i', ß: 's', Æ: 'A', æ: 'a' };
  for (const [letter, plain] of Object.entries(others)) {
    letters.set(letter.charCodeAt(0), plain.charCodeAt(0));
  }
  return letters;
}
