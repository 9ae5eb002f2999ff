import { readFile, writeFile } from 'node:fs/promises';

const BEGIN = '<!-- npm run bench -- --write: begin -->';
const END = '<!-- npm run bench -- --write: end -->';

/** Puts `text` between the marks of a Markdown file, and leaves the rest as it is. */
export async function writeReport(file: string, text: string): Promise<void> {
  await writeFile(file, replaceReport(await readFile(file, 'utf8'), text));
}

/**
 * Replaces what stands between the marks.
 *
 * @throws {Error} If the marks are not there: the report must not disappear silently.
 */
export function replaceReport(document: string, text: string): string {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  if (begin === -1 || end < begin) {
    throw new Error('Cannot write the report: the marks around it are gone');
  }
  return `${document.slice(0, begin + BEGIN.length)}\n\n${text}\n\n${document.slice(end)}`;
}
