/** What the detectors read for the code points met so far. */
const plainForms = new Map<number, string>();
const FORMS_KEPT = 4_096;

const DIGIT = /^\p{Nd}$/u;
const ASCII = /^[\x20-\x7e]+$/;

/**
 * A character as the detectors know it. Digits of any script or shape (full width, mathematical, circled,
 * superscript) are read by people as the digits they are, so they are those; everything else stays.
 */
export function plainCharacter(codePoint: number): string {
  let plain = plainForms.get(codePoint);
  if (plain === undefined) {
    plain = findPlainForm(codePoint);
    if (plainForms.size >= FORMS_KEPT) plainForms.clear();
    plainForms.set(codePoint, plain);
  }
  return plain;
}

function findPlainForm(codePoint: number): string {
  const character = String.fromCodePoint(codePoint);
  if (codePoint < 0x80) return character;
  if (DIGIT.test(character)) return String(digitValue(codePoint));
  const composed = character.normalize('NFKC');
  return ASCII.test(composed) ? composed : character;
}

/** Each script has its ten digits in a row, zero first; but some rows follow each other without a gap. */
function digitValue(codePoint: number): number {
  const composed = String.fromCodePoint(codePoint).normalize('NFKC');
  if (/^\d$/.test(composed)) return Number(composed);
  let value = 0;
  while (value < 9 && DIGIT.test(String.fromCodePoint(codePoint - value - 1))) value += 1;
  return value;
}
