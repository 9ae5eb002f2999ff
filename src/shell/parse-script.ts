import { type ParsedScript, parse } from 'unbash';

/** UTF-16 units. Longer commands are files, and are better sent as such; Linux takes up to 128 KiB as one argument. */
export const TEXT_LENGTH_MAX = 65_536;

/**
 * Of brackets and backquotes times the text's length. What lies in brackets may be read once more for each
 * bracket around it, 80 ns a character.
 */
const WORK_MAX = 1_000_000;

/** The parser itself follows 256 levels, which our stack holds only just. */
const OPENERS_MAX = 200;

/**
 * Reads a text as bash does.
 *
 * @returns `too-large` for what would take too long or too deep a stack.
 */
export function parseScript(text: string): ParsedScript | 'too-large' {
  if (text.length > TEXT_LENGTH_MAX) return 'too-large';
  const openers = countOpeners(text);
  if (openers > OPENERS_MAX || openers * text.length > WORK_MAX) return 'too-large';
  return parse(text);
}

function countOpeners(text: string): number {
  let count = 0;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    // ( ` and ${
    if (unit === 0x28 || unit === 0x60) count += 1;
    else if (unit === 0x7b && text.charCodeAt(index - 1) === 0x24) count += 1;
  }
  return count;
}
