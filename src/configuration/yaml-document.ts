import {
  isMap,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml';
import type { z } from 'zod';

import type { ConfigurationProblem } from './configuration-error.ts';
import { describeIssue, UNKNOWN_KEYS } from './describe-issue.ts';

/** Characters of one file. Larger ones are refused unread. */
export const FILE_LENGTH_MAX = 1_048_576;

/** Keys and indexes that lead to a value. */
export type ValuePath = readonly (string | number)[];

/** Places values of a document in its text. */
export interface DocumentPositions {
  /** A problem at the value that `path` leads to, or at the nearest one around it. */
  problem(path: ValuePath, message: string): ConfigurationProblem;
}

export type DocumentReading<Value> =
  | { readonly kind: 'read'; readonly value: Value; readonly positions: DocumentPositions }
  | { readonly kind: 'invalid'; readonly problems: readonly ConfigurationProblem[] };

/**
 * Reads one YAML 1.2 document and validates it.
 *
 * @param file Its name in messages.
 */
export function readYamlDocument<Value>(
  file: string,
  text: string,
  schema: z.ZodType<Value>,
): DocumentReading<Value> {
  const fail = (line: number, column: number, message: string): DocumentReading<Value> => ({
    kind: 'invalid',
    problems: [{ file, line, column, message }],
  });
  if (text.length > FILE_LENGTH_MAX) {
    return fail(1, 1, `Cannot read file: longer than ${FILE_LENGTH_MAX} characters`);
  }
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false, stringKeys: true });
  const place = (offset: number, message: string): ConfigurationProblem => {
    const { line, col } = lineCounter.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1), message };
  };
  // Most of those behind the first follow from it.
  const flaw = document.errors[0] ?? document.warnings[0];
  if (flaw !== undefined) {
    // What follows a colon may quote the text.
    const message = `Cannot read YAML: ${flaw.message.split(/[:\n]/, 1)[0]}`;
    return { kind: 'invalid', problems: [place(flaw.pos[0], message)] };
  }
  let content: unknown;
  try {
    content = document.toJS();
  } catch {
    // The library's own limit on aliases: a few lines could stand for gigabytes.
    return fail(1, 1, 'Cannot read YAML: too many or unresolved aliases');
  }

  const root = isNode(document.contents) ? document.contents : undefined;
  const positions: DocumentPositions = {
    problem: (path, message) => place(findOffset(root, path).value, formatMessage(path, message)),
  };
  const parsed = schema.safeParse(content ?? {});
  if (parsed.success) return { kind: 'read', value: parsed.data, positions };
  const problems = parsed.error.issues.flatMap((issue) => {
    const path = issue.path.map((key) => (typeof key === 'number' ? key : String(key)));
    if (issue.code !== UNKNOWN_KEYS) {
      return [positions.problem(path, describeIssue(issue, findValue(content, path)))];
    }
    return issue.keys.map((key) => {
      const keyPath = [...path, key];
      const message = describeIssue({ ...issue, keys: [key] }, undefined);
      return place(findOffset(root, keyPath).key, formatMessage(keyPath, message));
    });
  });
  return { kind: 'invalid', problems };
}

/** A text of a document, and where it stands. */
export interface PlacedText {
  readonly value: string;
  /** 1-based, as in {@link ConfigurationProblem}. */
  readonly line: number;
  readonly column: number;
}

/** Every text of a YAML document that was read before, in its order; keys, too. */
export function listYamlTexts(text: string): readonly PlacedText[] {
  const lineCounter = new LineCounter();
  const texts: PlacedText[] = [];
  visit(parseDocument(text, { lineCounter, prettyErrors: false, stringKeys: true }), {
    Scalar: (_, { value, range }) => {
      if (typeof value !== 'string') return;
      const { line, col } = lineCounter.linePos(range?.[0] ?? 0);
      texts.push({ value, line, column: col });
    },
  });
  return texts;
}

function formatMessage(path: ValuePath, message: string): string {
  if (path.length === 0) return `Cannot read file: ${message}`;
  const name = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('');
  return `Cannot read ${name.replace(/^\./, '')}: ${message}`;
}

interface Offsets {
  /** Where the last key of the path stands, or what is nearest to it. */
  readonly key: number;
  /** Where the value stands if it is a scalar; otherwise `key`, so that the line shows what is meant. */
  readonly value: number;
}

function findOffset(root: Node | undefined, path: ValuePath): Offsets {
  let node: unknown = root;
  let offset = root?.range?.[0] ?? 0;
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && item.key.value === key);
      if (!isPair(pair)) return { key: offset, value: offset };
      offset = (isNode(pair.key) ? pair.key.range?.[0] : undefined) ?? offset;
      node = pair.value;
    } else {
      node = hasItems(node) && typeof key === 'number' ? node.items[key] : undefined;
      offset = (isNode(node) ? node.range?.[0] : undefined) ?? offset;
    }
  }
  return { key: offset, value: (isScalar(node) ? node.range?.[0] : undefined) ?? offset };
}

function hasItems(node: unknown): node is { readonly items: readonly unknown[] } {
  return typeof node === 'object' && node !== null && 'items' in node && Array.isArray(node.items);
}

function findValue(content: unknown, path: ValuePath): unknown {
  let value = content;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.getOwnPropertyDescriptor(value, key)?.value;
  }
  return value;
}
