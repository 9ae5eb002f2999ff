import { type Token, tokenize } from '../../sql/postgres/tokens.ts';
import { RewriteRefusal } from './rewrite-refusal.ts';

/** Words that end a select list. */
const CLAUSE_WORDS: ReadonlySet<string> = new Set(
  'into where having window union intersect except order limit offset fetch for'.split(' '),
);

/** A range of a text, in UTF-16 units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A client's text with its tokens: finds what a node of the parser's tree covers. */
export class SourceText {
  readonly text: string;
  readonly #tokens: readonly Token[];
  /** Unit for each byte, or undefined for an ASCII text. */
  readonly #units: Uint32Array | undefined;

  constructor(text: string) {
    this.text = text;
    this.#tokens = tokenize(text);
    this.#units = unitsOfBytes(text);
  }

  /** Index of the token at a location of the tree, which counts UTF-8 bytes. */
  tokenAt(location: number | undefined): number {
    const byte = location ?? 0;
    const unit = this.#units === undefined ? byte : (this.#units[byte] ?? -1);
    let low = 0;
    let high = this.#tokens.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const { start } = this.#get(middle);
      if (start === unit) return middle;
      if (start < unit) low = middle + 1;
      else high = middle - 1;
    }
    throw new RewriteRefusal('a place in the statement was not found again');
  }

  /** The token's text as written; empty outside the text. */
  textAt(index: number): string {
    const token = this.#tokens[index];
    return token === undefined ? '' : this.text.slice(token.start, token.end);
  }

  spanAt(index: number): Span {
    const { start, end } = this.#get(index);
    return { start, end };
  }

  /** Whether the token is that keyword, unquoted. */
  isWord(index: number, word: string): boolean {
    return this.#tokens[index]?.kind === 'word' && this.textAt(index).toLowerCase() === word;
  }

  /** Index past a qualified name that begins at `index`: `a.b."c"`, `a.*`, with `UESCAPE`. */
  endOfName(index: number): number {
    let next = this.endOfPart(index);
    while (this.textAt(next) === '.') next = this.endOfPart(next + 1);
    return next;
  }

  /** Index past the bracket that closes the one at `index`. */
  endOfBracket(index: number): number {
    let open = 0;
    for (let next = index; next < this.#tokens.length; next++) {
      const sign = this.textAt(next);
      if (sign === '(' || sign === '[') open++;
      else if (sign === ')' || sign === ']') open--;
      if (open === 0) return next + 1;
    }
    throw new RewriteRefusal('a bracket in the statement was not found again');
  }

  /** Index past an item of a select list or of RETURNING that has no label. */
  endOfOutput(index: number): number {
    let next = index;
    while (next < this.#tokens.length && !this.#endsOutput(next)) {
      next = /^[([]$/.test(this.textAt(next)) ? this.endOfBracket(next) : next + 1;
    }
    return next;
  }

  /** A comma, a closing bracket, or a reserved word with which another clause begins. */
  #endsOutput(index: number): boolean {
    if (this.#tokens[index]?.kind === 'sign') return /^[,;)\]]$/.test(this.textAt(index));
    if (this.#tokens[index]?.kind !== 'word' || this.textAt(index - 1) === '.') return false;
    const word = this.textAt(index).toLowerCase();
    if (word === 'from') return !this.isWord(index - 1, 'distinct');
    if (word === 'group') return this.isWord(index + 1, 'by');
    return CLAUSE_WORDS.has(word);
  }

  /** Position past the `GROUP BY` that stands nearest before a location of the tree. */
  positionAfterGroupBy(location: number): number {
    let index = this.tokenAt(location);
    while (index > 0 && !(this.isWord(index, 'by') && this.isWord(index - 1, 'group'))) index--;
    if (index === 0) throw new RewriteRefusal('GROUP BY was not found again');
    return this.spanAt(this.isWord(index + 1, 'all') ? index + 1 : index).end;
  }

  /** Index past one part of a name. */
  endOfPart(index: number): number {
    const isEscaped = this.isWord(index + 1, 'uescape') && this.#tokens[index]?.kind === 'name';
    return index + (isEscaped ? 3 : 1);
  }

  #get(index: number): Token {
    const token = this.#tokens[index];
    if (token === undefined) throw new RewriteRefusal('the statement ends too early');
    return token;
  }
}

function unitsOfBytes(text: string): Uint32Array | undefined {
  const length = Buffer.byteLength(text);
  if (length === text.length) return undefined;
  const units = new Uint32Array(length + 1);
  let byte = 0;
  for (let unit = 0; unit < text.length; ) {
    const point = text.codePointAt(unit) ?? 0;
    units[byte] = unit;
    unit += point > 0xffff ? 2 : 1;
    byte += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  units[byte] = text.length;
  return units;
}
