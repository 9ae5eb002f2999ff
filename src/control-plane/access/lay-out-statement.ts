import type { HiddenSpan, ShownText } from '../../api/shown-operation.ts';

/** A word, quoted thing, comment or sign of a statement; `start` and `end` in UTF-16 code units. */
interface Token {
  readonly kind: 'word' | 'quoted' | 'comment' | 'sign';
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const PATTERNS: readonly { readonly kind: Token['kind']; readonly pattern: RegExp }[] = [
  { kind: 'comment', pattern: /--[^\n\r]*/uy },
  { kind: 'word', pattern: /[\p{L}_][\p{L}\p{N}_$]*|\d[\p{L}\p{N}_.]*|\$\d+/uy },
  { kind: 'quoted', pattern: /"(?:[^"]|"")*"|'(?:[^'\\]|'')*'/uy },
  { kind: 'sign', pattern: /::|[<>=!~@#%^&|`?+*-]+(?<!--)|[(),;.[\]:/•]/uy },
];

/** Words that begin a line, outside of parentheses. */
const LINE_STARTS: ReadonlySet<string> = new Set([
  'FROM',
  'WHERE',
  'GROUP',
  'HAVING',
  'WINDOW',
  'ORDER',
  'LIMIT',
  'OFFSET',
  'FETCH',
  'UNION',
  'INTERSECT',
  'EXCEPT',
  'VALUES',
  'SET',
  'RETURNING',
  'ON',
  'USING',
]);
/** Words that begin a line a step further in. */
const STEP_STARTS: ReadonlySet<string> = new Set(['AND', 'OR']);
const JOIN_WORDS: ReadonlySet<string> = new Set([
  'JOIN',
  'LEFT',
  'RIGHT',
  'FULL',
  'INNER',
  'CROSS',
  'NATURAL',
]);

const LENGTH_MAX = 65_536;
/** A statement that fits is left on one line. */
const LINE_LENGTH_MAX = 60;

/**
 * Lays a statement out for reading: only white space between its words changes, so that what is read is
 * what runs. A text that is not simple (a comment of several lines, a dollar quote, an escape) is left
 * as it is: where its words end is then not for us to say.
 */
export function layOutStatement(shown: ShownText): ShownText {
  const { text } = shown;
  const tokens = text.length > LENGTH_MAX ? undefined : readTokens(text);
  if (tokens === undefined || tokens.length === 0) return shown;
  if (text.length <= LINE_LENGTH_MAX && !/\s{2}|\n/u.test(text)) return shown;
  let laidOut = '';
  let depth = 0;
  /** Where each token went. */
  const moved = new Map<number, number>();
  for (const [index, token] of tokens.entries()) {
    const before = tokens[index - 1];
    if (before !== undefined) laidOut += spaceBetween(text, before, { token, depth });
    if (token.text === ')') depth = Math.max(0, depth - 1);
    moved.set(token.start, laidOut.length);
    laidOut += token.text;
    if (token.text === '(') depth += 1;
  }
  const hidden = moveSpans(shown.hidden, moved);
  return hidden === undefined ? shown : { text: laidOut, hidden };
}

function readTokens(text: string): readonly Token[] | undefined {
  const tokens: Token[] = [];
  let offset = 0;
  while (offset < text.length) {
    // PostgreSQL takes any other white space for a part of a name.
    const space = /[ \t\n\v\f\r]*/uy;
    space.lastIndex = offset;
    space.exec(text);
    offset = space.lastIndex;
    if (offset === text.length) break;
    const token = readToken(text, offset);
    if (token === undefined) return undefined;
    tokens.push(token);
    offset = token.end;
  }
  return tokens;
}

function readToken(text: string, start: number): Token | undefined {
  if (text.startsWith('/*', start)) return undefined;
  for (const { kind, pattern } of PATTERNS) {
    pattern.lastIndex = start;
    const match = pattern.exec(text);
    if (match !== null && match[0] !== '') {
      return { kind, text: match[0], start, end: pattern.lastIndex };
    }
  }
  return undefined;
}

/** Where there was white space, and nowhere else, there is white space: a line end, or one blank. */
function spaceBetween(
  text: string,
  before: Token,
  { token, depth }: { readonly token: Token; readonly depth: number },
): string {
  const indent = '  '.repeat(depth);
  if (before.kind === 'comment') return `\n${indent}`;
  if (before.text === ';') return '\n';
  if (before.end === token.start) return '';
  const word = token.kind === 'word' ? token.text.toUpperCase() : '';
  const last = before.kind === 'word' ? before.text.toUpperCase() : '';
  const startsJoin = JOIN_WORDS.has(word) && !JOIN_WORDS.has(last) && last !== 'OUTER';
  if (depth === 0 && (startsJoin || (LINE_STARTS.has(word) && !isMiddle(word, last)))) return '\n';
  if (depth === 0 && STEP_STARTS.has(word)) return '\n  ';
  return text.slice(before.end, token.start).includes('\n') && depth === 0 ? '\n  ' : ' ';
}

/** `IS DISTINCT FROM`, `DELETE FROM` and the like go on. */
function isMiddle(word: string, last: string): boolean {
  if (word === 'FROM') return last === 'DELETE' || last === 'DISTINCT';
  return word === 'SET' && last !== '' && ['CHARACTER', 'ON'].includes(last);
}

/** Undefined when a hidden value is not one token: then nothing is moved. */
function moveSpans(
  hidden: readonly HiddenSpan[],
  moved: ReadonlyMap<number, number>,
): readonly HiddenSpan[] | undefined {
  const spans: HiddenSpan[] = [];
  for (const span of hidden) {
    const start = moved.get(span.start);
    if (start === undefined) return undefined;
    spans.push({ ...span, start, end: start + span.end - span.start });
  }
  return spans;
}
