import { readFile, writeFile } from 'node:fs/promises';

/** Whose marks are looked for where nothing else is said. */
const COMMAND = 'npm run bench -- --write';

/** Puts `text` between the marks of a Markdown file, and leaves the rest as it is. @param command As the marks have it. */
export async function writeReport(file: string, text: string, command?: string): Promise<void> {
  await writeFile(file, replaceReport(await readFile(file, 'utf8'), text, command));
}

/**
 * Replaces what stands between the marks that a command has in the document.
 *
 * @throws {Error} If the marks are not there: the report must not disappear silently.
 */
export function replaceReport(document: string, text: string, command: string = COMMAND): string {
  const mark = `<!-- ${command}: begin -->`;
  const begin = document.indexOf(mark);
  const end = document.indexOf(`<!-- ${command}: end -->`);
  if (begin === -1 || end < begin) {
    throw new Error('Cannot write the report: the marks around it are gone');
  }
  return `${document.slice(0, begin + mark.length)}\n\n${text}\n\n${document.slice(end)}`;
}
