import type { ByteSet } from './byte-set.ts';
import type { ParsedPattern, PatternNode } from './parse-pattern.ts';
import { PatternError } from './pattern-error.ts';

/** A nondeterministic automaton for many patterns (Thompson's construction). Arrays are indexed by state. */
export interface Nfa {
  /** The bytes that lead on from a state to `next`; undefined where none do. */
  readonly sets: readonly (ByteSet | undefined)[];
  readonly next: readonly number[];
  /** States reached without a byte. */
  readonly free: readonly (readonly number[])[];
  /** The pattern that ends in a state, or -1. */
  readonly accepts: readonly number[];
  /** The first state of each pattern. */
  readonly starts: readonly number[];
}

/** For one pattern: repetitions are written out, and repetitions of repetitions multiply. */
const STATES_PER_PATTERN_MAX = 20_000;

/** @throws {PatternError} If a pattern's repetitions, written out, are too many. */
export function buildNfa(patterns: readonly ParsedPattern[]): Nfa {
  const builder = new Builder();
  const starts = patterns.map((pattern, index) => builder.add(pattern, index));
  return { ...builder.arrays, starts };
}

class Builder {
  readonly arrays: {
    readonly sets: (ByteSet | undefined)[];
    readonly next: number[];
    readonly free: number[][];
    readonly accepts: number[];
  } = { sets: [], next: [], free: [], accepts: [] };
  #source = '';
  #countMax = 0;

  add(pattern: ParsedPattern, index: number): number {
    this.#source = pattern.source;
    this.#countMax = this.arrays.next.length + STATES_PER_PATTERN_MAX;
    const end = this.#state();
    this.arrays.accepts[end] = index;
    return this.#build(pattern.root, end);
  }

  /** Builds the automaton of `node` that goes on to `after`, from the end to the start. */
  #build(node: PatternNode, after: number): number {
    switch (node.kind) {
      case 'bytes': {
        const state = this.#state();
        this.arrays.sets[state] = node.set;
        this.arrays.next[state] = after;
        return state;
      }
      case 'sequence':
        return node.parts.reduceRight((then, part) => this.#build(part, then), after);
      case 'choice': {
        const state = this.#state();
        this.arrays.free[state] = node.options.map((option) => this.#build(option, after));
        return state;
      }
      case 'repeat':
        return this.#repeat(node, after);
    }
  }

  #repeat({ part, min, max }: PatternNode & { readonly kind: 'repeat' }, after: number): number {
    let start = after;
    if (max === undefined) {
      start = this.#state();
      this.arrays.free[start] = [this.#build(part, start), after];
    }
    for (let count = min; count < (max ?? min); count++) {
      const optional = this.#state();
      this.arrays.free[optional] = [this.#build(part, start), after];
      start = optional;
    }
    for (let count = 0; count < min; count++) start = this.#build(part, start);
    return start;
  }

  #state(): number {
    const { sets, next, free, accepts } = this.arrays;
    if (next.length >= this.#countMax) {
      throw new PatternError(this.#source, 'its repetitions are too many');
    }
    sets.push(undefined);
    free.push([]);
    accepts.push(-1);
    return next.push(-1) - 1;
  }
}
