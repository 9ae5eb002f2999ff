import type { ByteSet } from './byte-set.ts';
import { buildNfa, type Nfa } from './nfa.ts';
import type { ParsedPattern } from './parse-pattern.ts';
import { PatternError } from './pattern-error.ts';
import { compilePrefilter, type Prefilter } from './prefilter.ts';
import { anyOf, type TokenNeeds } from './token-needs.ts';

/**
 * One deterministic automaton for all patterns, as a table.
 *
 * A state is the offset of its row in `table`, in entries; row 0 is the state from which nothing
 * matches. A row holds the next state for each class of bytes, then two numbers of token kinds: what ends here
 * if no word byte follows, and what ends here if one does; 0 stands for nothing.
 */
export interface Dfa {
  readonly table: Uint32Array;
  readonly classOfByte: Uint8Array;
  /** Entries per row. */
  readonly rowLength: number;
  /** Rows from here on have an end in them. */
  readonly acceptingFrom: number;
  /** Where a match may start behind a word byte, and where none stands before. */
  readonly startInWord: number;
  readonly startOfWord: number;
  /** Tells where to look. */
  readonly prefilter: Prefilter;
  /** By token kind: the patterns that end there, in the order given. Kind 0 is none. */
  readonly patternsOfKind: readonly (readonly number[])[];
  /** By token kind: what must be near. */
  readonly needsOfKind: readonly TokenNeeds[];
}

/** 40 000 rows of 100 entries are 16 MB. The patterns that come with the product need a tenth. */
export const STATES_MAX = 40_000;

/** What differs from the defaults of {@link compileDfa}. */
export interface DfaOptions {
  /** Default: `STATES_MAX`. */
  readonly statesMax?: number;
  /** By pattern. Default: what they match is a token wherever it stands. */
  readonly needs?: readonly TokenNeeds[];
}

/**
 * Compiles patterns into one automaton (subset construction).
 *
 * @throws {PatternError} If they need more than `statesMax` states.
 */
export function compileDfa(
  patterns: readonly ParsedPattern[],
  { statesMax = STATES_MAX, needs = patterns.map(() => 0) }: DfaOptions = {},
): Dfa {
  const nfa = buildNfa(patterns);
  const { classOfByte, samples } = classesOf(nfa);
  const subsets = new Subsets(nfa);
  const inWord = subsets.find(
    nfa.starts.filter((_, index) => patterns[index]?.wordStart === false),
  );
  const ofWord = subsets.find(nfa.starts);
  const rows: number[][] = [];
  for (let state = 0; state < subsets.members.length; state++) {
    if (subsets.members.length > statesMax) {
      const source = patterns.at(-1)?.source ?? '';
      throw new PatternError(source, `it needs more than ${statesMax} states with those before it`);
    }
    rows.push(samples.map((byte) => subsets.step(state, byte)));
  }
  const kinds = new TokenKinds(patterns);
  const ends = subsets.members.map((members) => kinds.find(nfa, members));
  const laidOut = layOut(rows, ends);
  return {
    ...laidOut,
    classOfByte,
    startInWord: laidOut.offsetOf(inWord),
    startOfWord: laidOut.offsetOf(ofWord),
    prefilter: compilePrefilter(nfa, patterns, needs),
    patternsOfKind: kinds.patternsOfKind,
    needsOfKind: kinds.patternsOfKind.map((indexes) =>
      anyOf(indexes.map((index) => needs[index] ?? 0)),
    ),
  };
}

/** Sets of states of the nondeterministic automaton, each found under one number. Number 0 is the empty set. */
class Subsets {
  readonly members: (readonly number[])[] = [[]];
  readonly #nfa: Nfa;
  readonly #numbers = new Map<string, number>([['', 0]]);
  readonly #seenIn: Uint32Array;
  #round = 0;

  constructor(nfa: Nfa) {
    this.#nfa = nfa;
    this.#seenIn = new Uint32Array(nfa.next.length);
  }

  find(states: readonly number[]): number {
    const members = this.#close(states);
    const key = members.join();
    let found = this.#numbers.get(key);
    if (found === undefined) {
      found = this.members.push(members) - 1;
      this.#numbers.set(key, found);
    }
    return found;
  }

  step(subset: number, byte: number): number {
    const { sets, next } = this.#nfa;
    const reached: number[] = [];
    for (const state of this.members[subset] as readonly number[]) {
      if (sets[state]?.[byte] === 1) reached.push(next[state] as number);
    }
    return reached.length === 0 ? 0 : this.find(reached);
  }

  /** The states reached without a byte that matter: those with bytes to read, or where a pattern ends. */
  #close(states: readonly number[]): number[] {
    const { sets, free, accepts } = this.#nfa;
    this.#round += 1;
    const open = [...states];
    const members: number[] = [];
    for (let state = open.pop(); state !== undefined; state = open.pop()) {
      if (this.#seenIn[state] === this.#round) continue;
      this.#seenIn[state] = this.#round;
      if (sets[state] !== undefined || accepts[state] !== -1) members.push(state);
      open.push(...(free[state] as readonly number[]));
    }
    return members.sort((left, right) => left - right);
  }
}

/** Bytes that no pattern tells apart share a class. `samples` holds one byte of each class. */
function classesOf(nfa: Nfa): { classOfByte: Uint8Array; samples: number[] } {
  const classOfByte = new Uint8Array(256);
  const seen = new Set<ByteSet>();
  for (const set of nfa.sets) {
    if (set === undefined || seen.has(set)) continue;
    seen.add(set);
    const numbers = new Map<number, number>();
    for (let byte = 0; byte < 256; byte++) {
      const key = 2 * (classOfByte[byte] as number) + (set[byte] as number);
      if (!numbers.has(key)) numbers.set(key, numbers.size);
      classOfByte[byte] = numbers.get(key) as number;
    }
  }
  const samples: number[] = [];
  for (let byte = 0; byte < 256; byte++) samples[classOfByte[byte] as number] ??= byte;
  return { classOfByte, samples };
}

/** Numbers the sets of patterns that end in one place. */
class TokenKinds {
  readonly patternsOfKind: (readonly number[])[] = [[]];
  readonly #patterns: readonly ParsedPattern[];
  readonly #numbers = new Map<string, number>([['', 0]]);

  constructor(patterns: readonly ParsedPattern[]) {
    this.#patterns = patterns;
  }

  /** What ends in these states: where no word byte follows, and where one does. */
  find(nfa: Nfa, states: readonly number[]): readonly [number, number] {
    const ending = states
      .map((state) => nfa.accepts[state] as number)
      .filter((index) => index >= 0);
    const all = [...new Set(ending)].sort((left, right) => left - right);
    return [
      this.#number(all),
      this.#number(all.filter((index) => !this.#patterns[index]?.wordEnd)),
    ];
  }

  #number(indexes: readonly number[]): number {
    const key = indexes.join();
    let found = this.#numbers.get(key);
    if (found === undefined) {
      found = this.patternsOfKind.push(indexes) - 1;
      this.#numbers.set(key, found);
    }
    return found;
  }
}

/** Writes the rows in one table: the empty set first, those with an end last. */
function layOut(
  rows: readonly (readonly number[])[],
  ends: readonly (readonly [number, number])[],
): Pick<Dfa, 'table' | 'rowLength' | 'acceptingFrom'> & { offsetOf(state: number): number } {
  const isAccepting = (state: number): boolean => ends[state]?.[0] !== 0;
  const states = [...rows.keys()];
  const order = [...states.filter((s) => !isAccepting(s)), ...states.filter(isAccepting)];
  const rowLength = (rows[0]?.length ?? 0) + 2;
  const offsets = new Uint32Array(rows.length);
  for (const [position, state] of order.entries()) offsets[state] = position * rowLength;

  const table = new Uint32Array(rows.length * rowLength);
  for (const state of states) {
    const row = rows[state] as readonly number[];
    const offset = offsets[state] as number;
    for (const [index, next] of row.entries()) table[offset + index] = offsets[next] as number;
    table.set(ends[state] as readonly [number, number], offset + rowLength - 2);
  }
  const acceptingFrom = states.filter((state) => !isAccepting(state)).length * rowLength;
  return { table, rowLength, acceptingFrom, offsetOf: (state) => offsets[state] as number };
}
