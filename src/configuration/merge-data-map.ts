import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMap, isScalar, type Pair, parseDocument, type YAMLMap } from 'yaml';
import type { NamePattern } from './name-pattern.ts';

/** An entry that a data map does not have yet. */
export interface DataMapAddition {
  readonly schema: string;
  readonly relation: string;
  readonly column: string;
  /** A class, or `none`. */
  readonly dataClass: string;
  /** Of the class `json`. */
  readonly paths?: readonly { readonly path: string; readonly dataClass: string }[];
  /** Stands behind the entry; one line. */
  readonly comment: string;
}

/** Says which column of a relation tells whose row it is. */
export interface PatientKeyAddition {
  readonly schema: string;
  readonly relation: string;
  readonly column: string;
}

export interface DataMapAdditions {
  readonly columns: readonly DataMapAddition[];
  readonly patientKeys: readonly PatientKeyAddition[];
}

type Names = Pick<DataMapAddition, 'schema' | 'relation'> & { readonly column?: string };

/** An entry as far as it says what it is about; that of a patient key is about a whole relation. */
interface Entry {
  readonly schema: NamePattern;
  readonly relation: NamePattern;
  readonly column: NamePattern | string;
}

/** Leaves out what a section of the data map decides already, be it by a wildcard. */
export function withoutDecided<Addition extends Required<Names>>(
  additions: readonly Addition[],
  entries: readonly Entry[] = [],
): readonly Addition[] {
  const lists = entries.map(patternsOf);
  // Entries without wildcards are as many as there are columns.
  const named = new Set(lists.filter(isName).map((patterns) => JSON.stringify(patterns.flat())));
  const wildcards = lists
    .filter((patterns) => !isName(patterns))
    .map((patterns) => patterns.map(compile));
  return additions.filter(({ schema, relation, column }) => {
    const names = [schema, relation, column];
    const isNamed = [names.slice(0, 2), names].some((list) => named.has(JSON.stringify(list)));
    const matches = (expressions: readonly RegExp[]): boolean =>
      expressions.every((expression, index) => expression.test(names[index] ?? ''));
    return !isNamed && !wildcards.some(matches);
  });
}

/** Of a column, or of a relation. */
function patternsOf({ schema, relation, column }: Entry): readonly NamePattern[] {
  return typeof column === 'string' ? [schema, relation] : [schema, relation, column];
}

function isName(patterns: readonly NamePattern[]): boolean {
  return patterns.every(({ length }) => length === 1);
}

function compile(pattern: NamePattern): RegExp {
  const pieces = pattern.map((piece) => piece.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${pieces.join('[^]*')}$`, 'u');
}

/**
 * Writes entries into the text of a target's file. All that was there stays as it is, byte for byte, comments and order included.
 *
 * @param text A file that is valid.
 */
export function mergeDataMap(text: string, additions: DataMapAdditions): string {
  const columns = additions.columns.map(
    ({ comment, ...addition }) =>
      `${quoteKey(addition)}: ${writeClass(addition)}${comment === '' ? '' : `  # ${comment}`}`,
  );
  const patientKeys = additions.patientKeys.map(
    ({ column, ...relation }) => `${quoteKey(relation)}: ${quoteScalar(quoteName(column))}`,
  );
  return addToSection(addToSection(text, 'columns', columns), 'patientKeys', patientKeys);
}

function writeClass({ dataClass, paths = [] }: Omit<DataMapAddition, 'comment'>): string {
  if (paths.length === 0) return dataClass;
  const list = paths.map(({ path, dataClass: of }) => `${JSON.stringify(path)}: ${of}`);
  return `{class: ${dataClass}, paths: {${list.join(', ')}}}`;
}

/** Adds lines to a section of `dataMap`, which is made if it is not there. */
function addToSection(text: string, section: string, lines: readonly string[]): string {
  if (lines.length === 0) return text;
  const document = parseDocument(text, { stringKeys: true });
  const dataMap = findPair(document.contents, 'dataMap');
  if (dataMap === undefined) {
    const block = [`dataMap:`, `  ${section}:`, ...lines.map((line) => `    ${line}`)];
    return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}\n${block.join('\n')}\n`;
  }
  const found = findPair(dataMap.value, section);
  if (isBlock(found?.value)) {
    const indent = ' '.repeat(columnOf(text, startOf(found.value.items[0])));
    return insertBehind(
      text,
      endOf(found.value.items.at(-1)),
      lines.map((line) => indent + line),
    );
  }
  if (found === undefined && isBlock(dataMap.value)) {
    const indent = ' '.repeat(columnOf(text, startOf(dataMap.value.items[0])));
    const block = [`${section}:`, ...lines.map((line) => `  ${line}`)];
    return insertBehind(
      text,
      endOf(dataMap.value.items.at(-1)),
      block.map((line) => indent + line),
    );
  }
  // In braces, or empty: written anew in one piece.
  if (!isMap(dataMap.value)) document.delete('dataMap');
  else if (!isMap(found?.value)) document.deleteIn(['dataMap', section]);
  const parsed = parseDocument(lines.join('\n'), { stringKeys: true });
  for (const pair of (parsed.contents as YAMLMap).items) {
    document.setIn(['dataMap', section, (pair.key as { value: string }).value], pair.value);
  }
  return document.toString({ lineWidth: 0 });
}

function findPair(map: unknown, key: string): Pair | undefined {
  if (!isMap(map)) return undefined;
  return map.items.find((item) => isScalar(item.key) && item.key.value === key);
}

function isBlock(value: unknown): value is YAMLMap {
  return isMap(value) && value.flow !== true && value.items.length > 0;
}

type Placed = { readonly range?: readonly number[] | null } | null | undefined;

function startOf(pair: Pair | undefined): number {
  return (pair?.key as Placed)?.range?.[0] ?? 0;
}

/** Behind the last character of what a pair says. */
function endOf(pair: Pair | undefined): number {
  const { value } = pair ?? {};
  if (isMap(value) && value.flow !== true && value.items.length > 0) {
    return endOf(value.items.at(-1));
  }
  const keyEnd = (pair?.key as Placed)?.range?.[1] ?? 0;
  return Math.max((value as Placed)?.range?.[1] ?? keyEnd, keyEnd);
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf('\n', offset - 1) + 1);
}

/** Below the line on which something ends. */
function insertBehind(text: string, offset: number, lines: readonly string[]): string {
  const lineEnd = text.indexOf('\n', offset);
  const head = lineEnd === -1 ? `${text}\n` : text.slice(0, lineEnd + 1);
  return `${head}${lines.join('\n')}\n${text.slice(head.length)}`;
}

function quoteKey({ schema, relation, column }: Names): string {
  const parts = column === undefined ? [schema, relation] : [schema, relation, column];
  return quoteScalar(parts.map(quoteName).join('.'));
}

/** As PostgreSQL would quote it. */
function quoteName(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

function quoteScalar(text: string): string {
  return /^[a-z_][a-zA-Z0-9_.$]*$/.test(text) ? text : JSON.stringify(text);
}

/** A file of `targets/`. */
export interface TargetSource {
  readonly path: string;
  readonly text: string;
}

/** Finds the file that describes a target: it has its name, or says it. Undefined if there is none. */
export async function findTargetSource(
  directory: string,
  name: string,
): Promise<TargetSource | undefined> {
  const folder = join(directory, 'targets');
  for (const file of (await readdir(folder)).toSorted()) {
    if (!file.endsWith('.yaml')) continue;
    const path = join(folder, file);
    const text = await readFile(path, 'utf8');
    const { contents } = parseDocument(text, { stringKeys: true });
    const said = findPair(contents, 'name')?.value;
    const own = isScalar(said) ? said.value : file.slice(0, -'.yaml'.length);
    if (own === name) return { path, text };
  }
  return undefined;
}
