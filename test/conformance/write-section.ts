import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const REPORT = fileURLToPath(new URL('../../docs/conformance.md', import.meta.url));

/** Puts a section of docs/conformance.md in the place of the one with the same heading, or at the end. */
export async function writeSection(heading: string, body: string): Promise<void> {
  await writeFile(REPORT, replaceSection(await readFile(REPORT, 'utf8'), heading, body));
}

/** A page with another body under one of its headings of the second level. */
export function replaceSection(page: string, heading: string, body: string): string {
  const section = `## ${heading}\n\n${body.trim()}\n`;
  const [head = '', ...sections] = page.trimEnd().split(/^(?=## )/m);
  const index = sections.findIndex((one) => one.startsWith(`## ${heading}\n`));
  const parts = index === -1 ? [...sections, section] : sections.with(index, section);
  return [head, ...parts]
    .map((part) => part.trimEnd())
    .join('\n\n')
    .concat('\n');
}
