/**
 * Depth that a text may ask of the parser: brackets and CASE open at one place, plus the operators, joins and set operations
 * chained at each of those levels.
 *
 * Measured with libpg-query 18.1.5 on Node 24 (V8's default 984 KiB stack), an instance is lost at about 1 000 nested
 * sub-selects or `IN (`, 1 500 `CASE WHEN`, 3 000 calls, and 5 000 chained operators, casts, joins or UNIONs. AND, OR, lists and
 * statements are flat and cost nothing. 300 leaves room for a deep caller, and is far more than people or ORMs write.
 */
export const nestingMax = 300;

/** What is open at one level of brackets. Operators end with the expression; joins and set operations with the level. */
interface Level {
  readonly isCase: boolean;
  operators: number;
  joins: number;
  betweens: number;
}

/** Words that lengthen a chain, and words after which an expression starts afresh. */
const OPERATOR_WORDS: ReadonlySet<string> = new Set(
  'not collate at operator is isnull notnull between like ilike similar in overlaps'.split(' '),
);
const JOIN_WORDS: ReadonlySet<string> = new Set(['join', 'union', 'intersect', 'except']);
const FRESH_WORDS: ReadonlySet<string> = new Set([
  'or',
  'on',
  'when',
  'then',
  'else',
  'where',
  'from',
  'set',
  'as',
]);
const WORD_LENGTH_MAX = 9;

/**
 * Whether parsing `text` could exhaust the parser's stack. Linear in the text, constant in memory beyond `nestingMax`.
 *
 * It follows PostgreSQL's lexical rules (with `standard_conforming_strings` on), or brackets inside a literal would hide
 * brackets outside it. Being wrong here costs a parser instance, never a wrong answer.
 */
export function isTooDeep(text: string, depthMax: number = nestingMax): boolean {
  // Every unit of depth takes a character.
  if (text.length <= depthMax) return false;
  const depth = new DepthCounter(depthMax);
  let index = 0;
  while (index < text.length && !depth.isExceeded) {
    const code = text.charCodeAt(index);
    if (isWordStart(code)) {
      const end = skipWord(text, index);
      const quote = text.charCodeAt(end);
      if (quote === 0x27 && end - index === 1 && (code | 0x20) === 0x65) {
        index = skipQuoted(text, end, 0x27, true);
        continue;
      }
      // After a dot it is only a name.
      const isName = text.charCodeAt(index - 1) === 0x2e;
      if (!isName && end - index <= WORD_LENGTH_MAX)
        depth.word(text.slice(index, end).toLowerCase());
      index = end;
    } else if (code === 0x27 || code === 0x22) index = skipQuoted(text, index, code, false);
    else if (code === 0x24) index = skipDollarQuoted(text, index);
    else if (code === 0x2d && text.charCodeAt(index + 1) === 0x2d) index = skipLine(text, index);
    else if (code === 0x2f && text.charCodeAt(index + 1) === 0x2a) index = skipComment(text, index);
    else if (isOperator(code)) {
      depth.operator();
      do index++;
      while (isOperator(text.charCodeAt(index)) && !startsComment(text, index));
    } else {
      depth.punctuation(code);
      index++;
    }
  }
  return depth.isExceeded;
}

class DepthCounter {
  #levels: Level[] = [newLevel(false)];
  /** Sum over all open levels of 1 + operators + joins. */
  #depth = 0;
  isExceeded = false;
  readonly #depthMax: number;

  constructor(depthMax: number) {
    this.#depthMax = depthMax;
  }

  word(word: string): void {
    const level = this.#top();
    if (word === 'case') this.#open(true);
    else if (word === 'end') {
      // Elsewhere END is a statement, or a name.
      if (level.isCase) this.#close();
    } else if (word === 'and') {
      // The AND of BETWEEN ends nothing.
      if (level.betweens > 0) level.betweens--;
      else this.#startExpression(level);
    } else if (FRESH_WORDS.has(word)) this.#startExpression(level);
    else if (JOIN_WORDS.has(word)) {
      level.joins++;
      this.#add(1);
    } else if (OPERATOR_WORDS.has(word)) {
      if (word === 'between') level.betweens++;
      this.operator();
    }
  }

  operator(): void {
    this.#top().operators++;
    this.#add(1);
  }

  punctuation(code: number): void {
    if (code === 0x28 || code === 0x5b) this.#open(false);
    else if (code === 0x29 || code === 0x5d) this.#close();
    else if (code === 0x2c) this.#startExpression(this.#top());
    else if (code === 0x3b && this.#levels.length === 1) {
      this.#levels = [newLevel(false)];
      this.#depth = 0;
    }
  }

  #top(): Level {
    const level = this.#levels.at(-1);
    if (level === undefined) throw new RangeError('Cannot count nesting: no level is open');
    return level;
  }

  #open(isCase: boolean): void {
    this.#levels.push(newLevel(isCase));
    this.#add(1);
  }

  #close(): void {
    if (this.#levels.length === 1) return;
    const level = this.#top();
    this.#levels.pop();
    this.#depth -= 1 + level.operators + level.joins;
  }

  #startExpression(level: Level): void {
    this.#depth -= level.operators;
    level.operators = 0;
    level.betweens = 0;
  }

  #add(units: number): void {
    this.#depth += units;
    if (this.#depth > this.#depthMax) this.isExceeded = true;
  }
}

function newLevel(isCase: boolean): Level {
  return { isCase, operators: 0, joins: 0, betweens: 0 };
}

function isWordStart(code: number): boolean {
  const letter = code | 0x20;
  return (letter >= 0x61 && letter <= 0x7a) || code === 0x5f || code >= 0x80;
}

function isWordPart(code: number): boolean {
  return isWordStart(code) || (code >= 0x30 && code <= 0x39) || code === 0x24;
}

function skipWord(text: string, start: number): number {
  let index = start + 1;
  while (isWordPart(text.charCodeAt(index))) index++;
  return index;
}

/** `+ - * / < > = ~ ! @ # % ^ & | backtick ? :` */
function isOperator(code: number): boolean {
  switch (code) {
    case 0x2b:
    case 0x2d:
    case 0x2a:
    case 0x2f:
    case 0x3c:
    case 0x3e:
    case 0x3d:
    case 0x7e:
    case 0x21:
    case 0x40:
    case 0x23:
    case 0x25:
    case 0x5e:
    case 0x26:
    case 0x7c:
    case 0x60:
    case 0x3f:
    case 0x3a:
      return true;
    default:
      return false;
  }
}

function startsComment(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  const next = text.charCodeAt(index + 1);
  return (code === 0x2d && next === 0x2d) || (code === 0x2f && next === 0x2a);
}

/** A doubled quote reads as two literals side by side, which is the same depth. */
function skipQuoted(text: string, start: number, quote: number, escapes: boolean): number {
  let index = start + 1;
  while (index < text.length) {
    const code = text.charCodeAt(index++);
    if (code === quote) return index;
    if (escapes && code === 0x5c) index++;
  }
  return index;
}

function skipDollarQuoted(text: string, start: number): number {
  let index = start + 1;
  if (isWordStart(text.charCodeAt(index))) {
    do index++;
    while (isWordPart(text.charCodeAt(index)) && text.charCodeAt(index) !== 0x24);
  }
  if (text.charCodeAt(index) !== 0x24) return start + 1;
  const tag = text.slice(start, index + 1);
  const end = text.indexOf(tag, index + 1);
  return end === -1 ? text.length : end + tag.length;
}

function skipLine(text: string, start: number): number {
  let index = start;
  while (index < text.length && text.charCodeAt(index) !== 0x0a && text.charCodeAt(index) !== 0x0d)
    index++;
  return index;
}

function skipComment(text: string, start: number): number {
  let open = 1;
  let index = start + 2;
  while (index < text.length && open > 0) {
    const code = text.charCodeAt(index++);
    if (code === 0x2f && text.charCodeAt(index) === 0x2a) {
      open++;
      index++;
    } else if (code === 0x2a && text.charCodeAt(index) === 0x2f) {
      open--;
      index++;
    }
  }
  return index;
}
