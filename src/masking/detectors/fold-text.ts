/** Text as the detectors read it, and where each of its bytes comes from. */
export interface FoldedText {
  readonly bytes: Uint8Array;
  /** By offset in `bytes`, and one more: the offset in the original. */
  readonly origins: Uint32Array;
}

/** Spelled with a mark that the gazetteer leaves out: U+00C0 to U+017F, two bytes each. */
const PLAIN_LETTERS = buildPlainLetters();

/**
 * Writes text the way patterns are written: letters without accents, plain spaces, hyphens, quotes
 * and digits; without what a terminal does not show. Bytes that are no UTF-8 stay as they are.
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

interface Fold {
  /** Undefined: left out. */
  readonly plain: number | undefined;
  readonly taken: number;
}

const HYPHEN = 0x2d;
const APOSTROPHE = 0x27;
const QUOTE = 0x22;
const SPACE = 0x20;

function foldAt(bytes: Uint8Array, offset: number, end: number): Fold {
  const first = bytes[offset] as number;
  if (first === 0x1b) return foldEscape(bytes, offset, end);
  if (first < 0xc2) return { plain: first, taken: 1 };
  const second = offset + 1 < end ? (bytes[offset + 1] as number) : 0;
  if (first <= 0xc5 && second >= 0x80 && second <= 0xbf) {
    const codePoint = ((first & 0x1f) << 6) | (second & 0x3f);
    if (codePoint === 0xa0) return { plain: SPACE, taken: 2 };
    if (codePoint === 0xad) return { plain: undefined, taken: 2 };
    const plain = PLAIN_LETTERS.get(codePoint);
    return plain === undefined ? { plain: first, taken: 1 } : { plain, taken: 2 };
  }
  const third = offset + 2 < end ? (bytes[offset + 2] as number) : 0;
  if (second < 0x80 || third < 0x80) return { plain: first, taken: 1 };
  return foldThree(first, ((second & 0x3f) << 6) | (third & 0x3f));
}

/** Three bytes: punctuation (U+2000 to U+206F, the minus sign), and the wide forms of ASCII (U+FF01 to U+FF5E). */
function foldThree(first: number, rest: number): Fold {
  const codePoint = ((first & 0x0f) << 12) | rest;
  if (codePoint >= 0xff01 && codePoint <= 0xff5e) return { plain: codePoint - 0xfee0, taken: 3 };
  if (codePoint === 0xfeff || (codePoint >= 0x200b && codePoint <= 0x200f))
    return { plain: undefined, taken: 3 };
  if (codePoint >= 0x2060 && codePoint <= 0x2064) return { plain: undefined, taken: 3 };
  if (codePoint >= 0x2000 && codePoint <= 0x200a) return { plain: SPACE, taken: 3 };
  if (codePoint === 0x202f || codePoint === 0x205f || codePoint === 0x3000)
    return { plain: SPACE, taken: 3 };
  if ((codePoint >= 0x2010 && codePoint <= 0x2015) || codePoint === 0x2212)
    return { plain: HYPHEN, taken: 3 };
  if (codePoint >= 0x2018 && codePoint <= 0x201b) return { plain: APOSTROPHE, taken: 3 };
  if (codePoint >= 0x201c && codePoint <= 0x201f) return { plain: QUOTE, taken: 3 };
  return { plain: first, taken: 1 };
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
  for (let codePoint = 0xc0; codePoint <= 0x17f; codePoint++) {
    const base = String.fromCodePoint(codePoint).normalize('NFD').charCodeAt(0);
    if (base < 0x80) letters.set(codePoint, base);
  }
  const others = { Ø: 'O', ø: 'o', Ł: 'L', ł: 'l', Đ: 'D', đ: 'd', ı: 'i', ß: 's', Æ: 'A', æ: 'a' };
  for (const [letter, plain] of Object.entries(others)) {
    letters.set(letter.charCodeAt(0), plain.charCodeAt(0));
  }
  return letters;
}
