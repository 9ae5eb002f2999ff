/** Characters by which a text could command a terminal, show itself in another order than it is, or look like a blank. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2800\u3164\uffa0\u115f\u1160]|[^\P{Z} ]/gu;
const UNSAFE_BUT_LAYOUT =
  /[^\P{Cc}\n\t]|[\p{Cf}\p{Cs}\p{Co}\u2800\u3164\uffa0\u115f\u1160]|[^\P{Z} ]/gu;

/** Text from elsewhere on one line: every control character is shown as its escape. */
export function escapeLine(text: string): string {
  return text.replaceAll(UNSAFE, describe);
}

/** Text from elsewhere with its own line ends and tabs, and nothing else that a terminal acts on. */
export function escapeText(text: string): string {
  return text.replaceAll(UNSAFE_BUT_LAYOUT, describe);
}

function describe(character: string): string {
  switch (character) {
    case '\n':
      return '\\n';
    case '\r':
      return '\\r';
    case '\t':
      return '\\t';
  }
  const codePoint = character.codePointAt(0) ?? 0;
  const hex = codePoint.toString(16);
  return codePoint < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`;
}

/** Columns a text takes in a terminal, near enough: wide East Asian characters and emoji take two. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    const codePoint = character.codePointAt(0) ?? 0;
    if (/\p{M}/u.test(character)) continue;
    width += isWide(codePoint) ? 2 : 1;
  }
  return width;
}

/** Blocks of Unicode's East Asian Width W and F that are worth telling apart. */
function isWide(codePoint: number): boolean {
  return (
    (codePoint >= 0x1100 && codePoint <= 0x115f) ||
    (codePoint >= 0x2e80 && codePoint <= 0xa4cf) ||
    (codePoint >= 0xac00 && codePoint <= 0xd7a3) ||
    (codePoint >= 0xf900 && codePoint <= 0xfaff) ||
    (codePoint >= 0xfe30 && codePoint <= 0xfe6f) ||
    (codePoint >= 0xff00 && codePoint <= 0xff60) ||
    (codePoint >= 0xffe0 && codePoint <= 0xffe6) ||
    (codePoint >= 0x1f300 && codePoint <= 0x1faff) ||
    (codePoint >= 0x20000 && codePoint <= 0x3fffd)
  );
}
