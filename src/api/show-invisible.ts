/**
 * What is not seen, looks like a blank (which PostgreSQL takes for a part of a name), or changes the order in which a line is read.
 * Line ends, tabs and blanks are left.
 */
const INVISIBLE = /[^\P{C}\n\t\r]|\r(?!\n)|[^\P{Z} ]|\p{Default_Ignorable_Code_Point}|\u2800/gu;

/** Shows such characters as their escapes: what is read is what runs. */
export function showInvisible(text: string): string {
  return text.replaceAll(
    INVISIBLE,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
