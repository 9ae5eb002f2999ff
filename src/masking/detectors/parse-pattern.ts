import {
  ANY_BUT_NEWLINE,
  type ByteSet,
  byteSetOf,
  byteSetWhere,
  complementOf,
  DIGITS,
  SPACE,
  unionOf,
  WORD,
  withBothCases,
} from './byte-set.ts';
import { PatternError } from './pattern-error.ts';

/** What a pattern says, as a tree over bytes. */
export type PatternNode =
  | { readonly kind: 'bytes'; readonly set: ByteSet }
  | { readonly kind: 'sequence'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'choice'; readonly options: readonly PatternNode[] }
  /** `max` is undefined where there is no bound but that of a match's length. */
  | {
      readonly kind: 'repeat';
      readonly part: PatternNode;
      readonly min: number;
      readonly max: number | undefined;
    };

/** A pattern, and where it may match. */
export interface ParsedPattern {
  readonly source: string;
  readonly root: PatternNode;
  /** Starts only where no letter or digit stands before it. */
  readonly wordStart: boolean;
  /** Ends only where no letter or digit follows. */
  readonly wordEnd: boolean;
}

/** Groups within groups; the parser is recursive. */
const NESTING_MAX = 50;
/** As long as a match may be; see `MATCH_BYTES_MAX` of the automaton. */
const REPETITION_MAX = 256;

/**
 * Parses a pattern of the subset that one automaton can match in linear time: literals, `.`, classes,
 * `\d \w \s`, groups, `|`, `? * + {m,n}`, `\b` at either end, and `(?i)` at the start.
 *
 * @throws {PatternError} If it is not of that subset.
 */
export function parsePattern(source: string): ParsedPattern {
  return new Parser(source).parse();
}

class Parser {
  readonly #source: string;
  #position = 0;
  #depth = 0;
  #ignoreCase = false;
  #last = 0;

  constructor(source: string) {
    this.#source = source;
  }

  parse(): ParsedPattern {
    this.#ignoreCase = this.#take('(?i)');
    const wordStart = this.#take('\\b');
    // An even number of backslashes before the `b` would make it a literal.
    const wordEnd =
      /(?<!\\)(?:\\\\)*\\b$/.test(this.#source) && this.#source.length > this.#position;
    this.#last = this.#source.length - (wordEnd ? 2 : 0);
    const root = this.#choice();
    if (this.#position !== this.#last) this.#fail('there is a ) without its (');
    if (matchesEmpty(root)) this.#fail('it matches the empty text');
    return { source: this.#source, root, wordStart, wordEnd };
  }

  #choice(): PatternNode {
    const options = [this.#sequence()];
    while (this.#take('|')) options.push(this.#sequence());
    return options.length === 1 ? (options[0] as PatternNode) : { kind: 'choice', options };
  }

  #sequence(): PatternNode {
    const parts: PatternNode[] = [];
    while (this.#position < this.#last && !'|)'.includes(this.#peek())) {
      parts.push(this.#repeated(this.#atom()));
    }
    return parts.length === 1 ? (parts[0] as PatternNode) : { kind: 'sequence', parts };
  }

  #repeated(part: PatternNode): PatternNode {
    const bounds = this.#bounds();
    if (bounds === undefined) return part;
    if ('?*+{'.includes(this.#peek()) && this.#position < this.#last) {
      this.#fail('one quantifier follows another: lazy and possessive ones are not supported');
    }
    return { kind: 'repeat', part, ...bounds };
  }

  #bounds(): { min: number; max: number | undefined } | undefined {
    if (this.#take('?')) return { min: 0, max: 1 };
    if (this.#take('*')) return { min: 0, max: undefined };
    if (this.#take('+')) return { min: 1, max: undefined };
    if (this.#peek() !== '{') return undefined;
    const match = /^\{(\d{1,4})(,(\d{0,4}))?\}/.exec(
      this.#source.slice(this.#position, this.#last),
    );
    if (match === null) this.#fail('a { is neither a repetition nor escaped');
    this.#position += match[0].length;
    const min = Number(match[1]);
    const max = match[2] === undefined ? min : match[3] === '' ? undefined : Number(match[3]);
    if (max !== undefined && max < min) this.#fail('a repetition ends before it starts');
    if ((max ?? min) > REPETITION_MAX) this.#fail(`a repetition goes beyond ${REPETITION_MAX}`);
    return { min, max };
  }

  #atom(): PatternNode {
    if (this.#take('(')) return this.#group();
    if (this.#take('[')) return this.#bytes(this.#class());
    if (this.#take('.')) return this.#bytes(ANY_BUT_NEWLINE);
    if (this.#take('\\')) return this.#bytes(this.#escape());
    const character = String.fromCodePoint(this.#source.codePointAt(this.#position) as number);
    if ('^$'.includes(character)) this.#fail('^ and $ are not supported; \\b is, at either end');
    if ('?*+{'.includes(character)) this.#fail('a quantifier has nothing to repeat');
    this.#position += character.length;
    const parts = [...Buffer.from(character)].map((byte) => this.#bytes(byteSetOf(byte)));
    return parts.length === 1 ? (parts[0] as PatternNode) : { kind: 'sequence', parts };
  }

  #group(): PatternNode {
    if (!this.#take('?:') && this.#peek() === '?') {
      this.#fail('lookaround, named groups and inline flags are not supported');
    }
    this.#depth += 1;
    if (this.#depth > NESTING_MAX) this.#fail(`groups are nested deeper than ${NESTING_MAX}`);
    const inner = this.#choice();
    if (!this.#take(')')) this.#fail('there is a ( without its )');
    this.#depth -= 1;
    return inner;
  }

  #class(): ByteSet {
    const negated = this.#take('^');
    const sets: ByteSet[] = [];
    while (!this.#take(']')) {
      if (this.#position >= this.#last) this.#fail('there is a [ without its ]');
      const low = this.#classMember();
      const isRange = this.#peek() === '-' && this.#source[this.#position + 1] !== ']';
      if (typeof low !== 'number' || !isRange) {
        sets.push(typeof low === 'number' ? byteSetOf(low) : low);
        continue;
      }
      this.#position += 1;
      const high = this.#classMember();
      if (typeof high !== 'number' || high < low) this.#fail('a range in [ ] goes backwards');
      sets.push(byteSetWhere((byte) => byte >= low && byte <= high));
    }
    const cased = this.#cased(unionOf(sets));
    const set = negated ? complementOf(cased) : cased;
    if (!set.includes(1)) this.#fail('a [ ] is empty');
    return set;
  }

  /** One byte, or the set that an escape stands for. */
  #classMember(): number | ByteSet {
    if (this.#position >= this.#last) this.#fail('there is a [ without its ]');
    if (this.#take('\\')) {
      const set = this.#escape();
      const first = set.indexOf(1);
      return set.indexOf(1, first + 1) === -1 ? first : set;
    }
    const code = this.#source.charCodeAt(this.#position);
    if (code > 0x7f) this.#fail('a [ ] holds a character outside ASCII');
    this.#position += 1;
    return code;
  }

  #escape(): ByteSet {
    const character = this.#position < this.#last ? this.#peek() : '';
    this.#position += 1;
    const named = NAMED_SETS[character];
    if (named !== undefined) return named;
    if (character === 'x') {
      const hex = /^[0-9a-fA-F]{2}/.exec(this.#source.slice(this.#position, this.#last));
      if (hex === null) this.#fail('\\x wants two hexadecimal digits');
      this.#position += 2;
      return byteSetOf(Number.parseInt(hex[0], 16));
    }
    if (/^[1-9]$/.test(character)) this.#fail('backreferences are not supported');
    if (character === 'b') this.#fail('\\b is supported at either end only');
    if (!/^[!-/:-@[-`{-~ ]$/.test(character)) this.#fail(`\\${character} is not supported`);
    return byteSetOf(character.charCodeAt(0));
  }

  #bytes(set: ByteSet): PatternNode {
    return { kind: 'bytes', set: this.#cased(set) };
  }

  #cased(set: ByteSet): ByteSet {
    return this.#ignoreCase ? withBothCases(set) : set;
  }

  #peek(): string {
    return this.#source[this.#position] ?? '';
  }

  #take(text: string): boolean {
    if (!this.#source.startsWith(text, this.#position)) return false;
    this.#position += text.length;
    return true;
  }

  #fail(reason: string): never {
    throw new PatternError(this.#source, reason);
  }
}

const NAMED_SETS: Readonly<Record<string, ByteSet>> = {
  d: DIGITS,
  D: complementOf(DIGITS),
  w: WORD,
  W: complementOf(WORD),
  s: SPACE,
  S: complementOf(SPACE),
  t: byteSetOf(0x09),
  n: byteSetOf(0x0a),
  v: byteSetOf(0x0b),
  f: byteSetOf(0x0c),
  r: byteSetOf(0x0d),
};

function matchesEmpty(node: PatternNode): boolean {
  switch (node.kind) {
    case 'bytes':
      return false;
    case 'sequence':
      return node.parts.every(matchesEmpty);
    case 'choice':
      return node.options.some(matchesEmpty);
    case 'repeat':
      return node.min === 0 || matchesEmpty(node.part);
  }
}
