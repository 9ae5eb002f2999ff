/** Bytes that the text formats of PostgreSQL give a meaning. No byte of a longer UTF-8 sequence equals one of them. */
export const Ascii = {
  lineFeed: 0x0a,
  quote: 0x22,
  openParenthesis: 0x28,
  closeParenthesis: 0x29,
  comma: 0x2c,
  zero: 0x30,
  equals: 0x3d,
  openBracket: 0x5b,
  backslash: 0x5c,
  closeBracket: 0x5d,
  lowerX: 0x78,
  openBrace: 0x7b,
  closeBrace: 0x7d,
} as const;
