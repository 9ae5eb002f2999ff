import { isWordByte } from './byte-set.ts';
import type { Nfa } from './nfa.ts';
import type { ParsedPattern } from './parse-pattern.ts';
import { PatternError } from './pattern-error.ts';

/**
 * An automaton that reads each byte once, and is in state 0 where a match may have begun: one of the
 * last `PREFIX_BYTES` bytes starts as some pattern does, or a capital letter starts a word. Rows are as
 * long as those of the automaton that it stands before.
 */
export interface Prefilter {
  readonly table: Uint32Array;
  /** Offsets of the rows to start in, behind a word byte and where none stands before. */
  readonly startInWord: number;
  readonly startOfWord: number;
}

/** Bytes of a match that must fit before it is looked at. More bytes tell words apart better, but take more states. */
export const PREFIX_BYTES = 5;

const STATES_MAX = 20_000;
const ALARM = 0;

/** A place in a pattern, and the bytes read to come there. */
type Thread = number;

/** @throws {PatternError} If it needs too many states. */
export function compilePrefilter(
  nfa: Nfa,
  patterns: readonly ParsedPattern[],
  { samples, rowLength }: { readonly samples: readonly number[]; readonly rowLength: number },
): Prefilter {
  const builder = new Builder(nfa, patterns);
  const startInWord = builder.find([], true);
  const startOfWord = builder.find([], false);
  const rows: number[][] = [[]];
  for (let state = 1; state < builder.states.length; state++) {
    if (builder.states.length > STATES_MAX) {
      throw new PatternError(patterns.at(-1)?.source ?? '', 'the patterns begin in too many ways');
    }
    rows.push(samples.map((byte) => builder.step(state, byte)));
  }
  const table = new Uint32Array(rows.length * rowLength);
  for (const [state, row] of rows.entries()) {
    for (const [index, next] of row.entries()) table[state * rowLength + index] = next * rowLength;
  }
  return { table, startInWord: startInWord * rowLength, startOfWord: startOfWord * rowLength };
}

class Builder {
  readonly states: { readonly threads: readonly Thread[]; readonly behindWord: boolean }[] = [
    { threads: [], behindWord: false },
  ];
  readonly #nfa: Nfa;
  readonly #patterns: readonly ParsedPattern[];
  readonly #foundStarted: number[] = [];
  readonly #closures = new Map<number, readonly number[] | undefined>();
  readonly #numbers = new Map<string, number>();
  /** What may start behind a word byte, and anywhere else. */
  readonly #started: readonly [
    Map<number, readonly Thread[] | undefined>,
    Map<number, readonly Thread[] | undefined>,
  ] = [new Map(), new Map()];
  readonly #starts: readonly [readonly Thread[], readonly Thread[]];

  constructor(nfa: Nfa, patterns: readonly ParsedPattern[]) {
    this.#nfa = nfa;
    this.#patterns = patterns;
    const inWord = nfa.starts.filter((_, index) => patterns[index]?.wordStart === false);
    this.#starts = [inWord, nfa.starts].map((starts) =>
      closureOf(nfa, starts).map((place) => place * PREFIX_BYTES),
    ) as [Thread[], Thread[]];
  }

  find(threads: readonly Thread[], behindWord: boolean): number {
    const key = `${behindWord ? 1 : 0},${threads.join()}`;
    let found = this.#numbers.get(key);
    if (found === undefined) {
      found = this.states.push({ threads, behindWord }) - 1;
      this.#numbers.set(key, found);
    }
    return found;
  }

  step(number: number, byte: number): number {
    const state = this.states[number];
    if (state === undefined) return ALARM;
    const { threads, behindWord } = state;
    if (!behindWord && byte >= 0x41 && byte <= 0x5a) return ALARM;
    const started = this.#startedBy(behindWord, byte);
    if (started === undefined) return ALARM;
    let next: Thread[] | undefined;
    for (const thread of threads) {
      const after = this.#advance(thread, byte);
      if (after === undefined) return ALARM;
      if (after.length > 0) next = [...(next ?? started), ...after];
    }
    // Mostly what was under way ends here, and what starts here is all.
    if (next === undefined) return this.#findStarted(behindWord, byte, started);
    const distinct = [...new Set(next)].sort((left, right) => left - right);
    return this.find(distinct, isWordByte(byte));
  }

  #findStarted(behindWord: boolean, byte: number, started: readonly Thread[]): number {
    const key = 2 * byte + (behindWord ? 1 : 0);
    this.#foundStarted[key] ??= this.find(
      [...new Set(started)].sort((left, right) => left - right),
      isWordByte(byte),
    );
    return this.#foundStarted[key];
  }

  /** What is under way after a byte where a match may start; undefined for an alarm. */
  #startedBy(behindWord: boolean, byte: number): readonly Thread[] | undefined {
    const known = this.#started[behindWord ? 0 : 1];
    if (!known.has(byte)) {
      const after = this.#starts[behindWord ? 0 : 1].map((thread) => this.#advance(thread, byte));
      const all = after.filter((threads) => threads !== undefined).flat();
      known.set(byte, after.includes(undefined) ? undefined : all);
    }
    return known.get(byte);
  }

  /** The threads that one becomes; undefined for an alarm. */
  #advance(thread: Thread, byte: number): readonly Thread[] | undefined {
    const place = Math.floor(thread / PREFIX_BYTES);
    // Here a pattern ended that wants the word to end too.
    if (this.#nfa.accepts[place] !== -1) return isWordByte(byte) ? [] : undefined;
    if (this.#nfa.sets[place]?.[byte] !== 1) return [];
    const length = (thread % PREFIX_BYTES) + 1;
    if (length === PREFIX_BYTES) return undefined;
    const after = this.#after(this.#nfa.next[place] as number);
    return after?.map((reached) => reached * PREFIX_BYTES + length);
  }

  /** The places reached from one without a byte; undefined if a pattern ends there, whatever follows. */
  #after(place: number): readonly number[] | undefined {
    if (this.#closures.has(place)) return this.#closures.get(place);
    const reached = closureOf(this.#nfa, [place]);
    const endsAnyhow = reached.some((other) => {
      const pattern = this.#nfa.accepts[other] as number;
      return pattern !== -1 && this.#patterns[pattern]?.wordEnd === false;
    });
    const after = endsAnyhow ? undefined : reached;
    this.#closures.set(place, after);
    return after;
  }
}

function closureOf({ sets, free, accepts }: Nfa, places: readonly number[]): number[] {
  const seen = new Set<number>();
  const open = [...places];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    if (seen.has(place)) continue;
    seen.add(place);
    open.push(...(free[place] as readonly number[]));
  }
  return [...seen].filter((place) => sets[place] !== undefined || accepts[place] !== -1);
}
