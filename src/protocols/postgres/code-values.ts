import type { ParsedStatement } from '../../sql/postgres/parser.ts';
import { tokenize } from '../../sql/postgres/tokens.ts';
import type { Node } from '../../sql/postgres/tree.ts';

/** A part of a text, in UTF-16 units; `end` exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Languages that PostgreSQL cuts into words as it does SQL. */
const READ_AS_SQL: ReadonlySet<string> = new Set(['sql', 'plpgsql']);

/** EXECUTE of a text that EXECUTE of a text builds … */
const DEPTH_MAX = 4;

/**
 * Where the code of DO and CREATE FUNCTION stands: in the first string constant from each of these bytes on.
 * Code in a language that is not cut into words as SQL is not among them.
 */
export function locateCode(statements: readonly ParsedStatement[]): readonly number[] {
  return statements.flatMap(({ node }) => {
    const isBlock = 'DoStmt' in node;
    const options = isBlock
      ? node.DoStmt.args
      : 'CreateFunctionStmt' in node && node.CreateFunctionStmt.options;
    const elements = (options || []).flatMap((option) =>
      'DefElem' in option ? option.DefElem : [],
    );
    const language = textOf(elements.find(({ defname }) => defname === 'language')?.arg);
    const [code, ...others] = elements.filter(({ defname }) => defname === 'as');
    const isRead = READ_AS_SQL.has(language ?? (isBlock ? 'plpgsql' : ''));
    return isRead && code !== undefined && others.length === 0 ? [code.location ?? 0] : [];
  });
}

/**
 * The values in the code of a string constant: what a reader may not see while the code around it is shown. Undefined
 * where it is not certain where they end: then all of it may be one.
 */
export function findCodeValues(text: string, constant: Span): readonly Span[] | undefined {
  return findValues(text, constant, 0);
}

function findValues(text: string, constant: Span, depth: number): readonly Span[] | undefined {
  const opened = openCode(text, constant);
  if (opened === undefined) return undefined;
  const { code, offsetOf } = opened;
  const values: Span[] = [];
  let before = 0;
  let words = '';
  for (const { kind, start, end } of tokenize(code)) {
    values.push(...findComment(code, before, start));
    before = end;
    const token = code.slice(start, end);
    if (kind === 'string') {
      // With the setting of old, a backslash hides the end of such a constant.
      if (token.startsWith("'") && token.includes('\\')) return undefined;
      const isCode = RUN_NEXT.test(words) && depth < DEPTH_MAX;
      values.push(...((isCode && findValues(code, { start, end }, depth + 1)) || [{ start, end }]));
    } else if (kind === 'number') {
      values.push({ start, end });
    }
    words = `${words.slice(-WORDS_LENGTH)} ${token.toLowerCase()}`;
  }
  values.push(...findComment(code, before, code.length));
  return values.map(({ start, end }) => ({ start: offsetOf(start), end: offsetOf(end) }));
}

/** Words before a text that is run: it begins as code does. */
const RUN_NEXT = / execute(?: format \()?$/u;
const WORDS_LENGTH = 40;

/** What a constant stands for, and where each unit of that stands in the text. */
function openCode(
  text: string,
  { start, end }: Span,
): { readonly code: string; readonly offsetOf: (index: number) => number } | undefined {
  const constant = text.slice(start, end);
  const tag = /^\$[^$]*\$/u.exec(constant)?.[0];
  if (tag !== undefined) {
    if (constant.length < 2 * tag.length || !constant.endsWith(tag)) return undefined;
    const begin = start + tag.length;
    return { code: text.slice(begin, end - tag.length), offsetOf: (index) => begin + index };
  }
  if (!/^'(?:[^'\\]|'')*'$/u.test(constant)) return undefined;
  const offsets: number[] = [];
  for (let at = start + 1; at < end - 1; at++) {
    offsets.push(at);
    if (text[at] === "'") at++;
  }
  return {
    code: constant.slice(1, -1).replaceAll("''", "'"),
    offsetOf: (index) => offsets[index] ?? end - 1,
  };
}

/** Whatever stands between tokens and is not white space. */
export function findComment(text: string, from: number, to: number): readonly Span[] {
  const gap = text.slice(from, to);
  const comment = gap.trim();
  if (comment === '') return [];
  const start = from + gap.indexOf(comment);
  return [{ start, end: start + comment.length }];
}

function textOf(node: Node | undefined): string | undefined {
  return node !== undefined && 'String' in node ? node.String.sval : undefined;
}
