const GLYPHS = '◆▒␉␌␍␊°±␤␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·';

/** What letters are drawn as while `ESC ( 0` is in force, by code point: backquote to tilde. */
export const LINE_DRAWING: ReadonlyMap<number, number> = new Map(
  Array.from(GLYPHS, (glyph, index) => [0x60 + index, glyph.codePointAt(0) as number]),
);
