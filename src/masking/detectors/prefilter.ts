import { type ByteSet, byteSetWhere, complementOf, isWordByte, unionOf } from './byte-set.ts';
import type { Nfa } from './nfa.ts';
import type { ParsedPattern } from './parse-pattern.ts';
import { CAPITAL_BEFORE, CAPITAL_BEHIND, DIGIT_BEHIND, type TokenNeeds } from './token-needs.ts';

/**
 * Where a match may begin, by what stands there. Bytes count by their sort: letters without regard to case, digits,
 * spaces and a few more.
 */
export interface Prefilter {
  /** For each byte its sort, below `SORTS`. */
  readonly sortOfByte: Uint8Array;
  /** By the bits of what stands behind: without it, what needs it there is not worth a look. */
  readonly starts: readonly WordStarts[];
  /** As `ofWord`, for what may begin anywhere; looked up only where `halves` lets a byte and the next one through. */
  readonly anywhere: Uint32Array;
  /**
   * Bits of eight buckets for 16 bytes at once: by the lower half of a byte, by its upper half, by the lower half of the
   * byte behind it, by its upper half. A match may begin where all four have a bit in common.
   */
  readonly halves: readonly (readonly number[])[];
  /**
   * For each place in the prefix, for each byte: bits of the patterns that begin words with too many sorts of bytes to be
   * in `ofWord`. A match begins only where one bit is set for each of the bytes.
   */
  readonly wide: Uint32Array;
}

/** What may begin where a word does. */
export interface WordStarts {
  /** At the index of three sorts (the first counts most) one bit for each fourth sort. */
  readonly ofWord: Uint32Array;
  /** The same for what begins in few ways; a match begins only if `runs` has the bit of its six sorts too. */
  readonly ofFewWords: Uint32Array;
  /** A bit for the number of six sorts, times `RUN_FACTOR`: in its highest bits the index, then that of the bit. */
  readonly runs: Uint32Array;
}

/** Letters, digits, and sorts of other bytes. */
export const SORTS = 32;

/** Bytes that the tables of sorts tell apart. */
const SORTED_BYTES = 4;

/** Bytes that are looked at in all. */
export const PREFIX_BYTES = 6;

/** Scatters the numbers of runs of sorts over the bits of `runs`. */
export const RUN_FACTOR = 0x9e37_79b1;
/** Words in `runs`: 4 KB, in 2^10 words of 2^5 bits. */
const RUN_WORDS = 1_024;

/** Ways in which one pattern begins; of more than these, each place holds whatever may be there. */
const PREFIXES_MAX = 5_000;

/** Runs of sorts that a way to begin with a letter may take up in `ofWord`; it would let most words through otherwise. */
const RUNS_MAX = 8_192;
/** Runs of six sorts that one way to begin may take up in `runs`. */
const FEW_RUNS_MAX = 64;

/** Bytes that are looked up by their halves. */
const HALVES_BYTES = 2;
/** Bits of the lookups. */
const HALVES_BUCKETS = 8;
const WIDE_BUCKETS = 32;

/** What each of the first bytes may be. */
type Prefix = readonly ByteSet[];

const ANY: ByteSet = byteSetWhere(() => true);
const NOT_OF_WORD: ByteSet = complementOf(byteSetWhere(isWordByte));

/**
 * Behind a text there must be a byte that is of no word.
 *
 * @param needs By pattern.
 */
export function compilePrefilter(
  nfa: Nfa,
  patterns: readonly ParsedPattern[],
  needs: readonly TokenNeeds[],
): Prefilter {
  const anywhere = new Map<string, Prefix>();
  /** By what they need behind them. */
  const narrow = BITS_BEHIND.map(() => new Map<string, Prefix>());
  const wide = new Map<string, Prefix>();
  for (const [index, { wordStart, wordEnd }] of patterns.entries()) {
    for (const prefix of findPrefixes(nfa, nfa.starts[index] as number, wordEnd)) {
      const key = prefix.map(keyOf).join();
      const ofNeeds = narrow[neededBehind(needs[index] ?? 0)];
      const kind = !wordStart || !beginsWord(prefix) ? anywhere : isWide(prefix) ? wide : ofNeeds;
      kind?.set(key, prefix);
    }
  }
  const inOrder = (prefixes: ReadonlyMap<string, Prefix>): Prefix[] =>
    [...prefixes].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, prefix]) => prefix);
  const firstTwo = inOrder(anywhere).map((prefix) => prefix.slice(0, HALVES_BYTES).map(ofHalves));
  return {
    sortOfByte: SORT_OF_BYTE,
    starts: startsBehind(narrow.map((prefixes) => wordStarts([...prefixes.values()]))),
    anywhere: sortTable([...anywhere.values()]),
    halves: halvesOf(joinPrefixes(firstTwo, HALVES_BUCKETS)),
    wide: masksOf(joinPrefixes(inOrder(wide), WIDE_BUCKETS)),
  };
}

/** What may stand behind a word, as bits of needs. */
const BITS_BEHIND: readonly TokenNeeds[] = [
  0,
  DIGIT_BEHIND,
  CAPITAL_BEHIND,
  DIGIT_BEHIND | CAPITAL_BEHIND,
];

/** Of which bits one has to be set of what stands behind; 0 if it does not matter. */
function neededBehind(needs: TokenNeeds): TokenNeeds {
  return (needs & CAPITAL_BEFORE) === 0 ? needs : 0;
}

/** For all bits of what stands behind, from what begins with each of the needs. */
function startsBehind(ofNeeds: readonly WordStarts[]): WordStarts[] {
  return BITS_BEHIND.map((behind) => {
    const worth = ofNeeds.filter((_, needs) => needs === 0 || (needs & behind) !== 0);
    return {
      ofWord: unionOfBits(worth.map(({ ofWord }) => ofWord)),
      ofFewWords: unionOfBits(worth.map(({ ofFewWords }) => ofFewWords)),
      runs: unionOfBits(worth.map(({ runs }) => runs)),
    };
  });
}

function unionOfBits(tables: readonly Uint32Array[]): Uint32Array {
  return tables.reduce((all, table) => all.map((bits, index) => bits | (table[index] as number)));
}

function wordStarts(prefixes: readonly Prefix[]): WordStarts {
  const ofFewRuns = prefixes.filter(isOfFewRuns);
  return {
    ofWord: sortTable(prefixes.filter((prefix) => !isOfFewRuns(prefix))),
    ofFewWords: sortTable(ofFewRuns),
    runs: runBits(ofFewRuns),
  };
}

const SORT_OF_BYTE: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => {
  const letter = (byte | 0x20) - 0x61;
  if (letter >= 0 && letter < 26) return letter;
  if (isWordByte(byte)) return 26;
  const place = [' ', '.,', '-/', ':=|*'].findIndex((bytes) =>
    bytes.includes(String.fromCharCode(byte)),
  );
  return 27 + (place === -1 ? 4 : place);
});

const sortsOfSet = new WeakMap<ByteSet, readonly number[]>();

function sortsOf(set: ByteSet): readonly number[] {
  let sorts = sortsOfSet.get(set);
  if (sorts === undefined) {
    sorts = [...new Set(bytesOf(set).map((byte) => SORT_OF_BYTE[byte] as number))];
    sortsOfSet.set(set, sorts);
  }
  return sorts;
}

function bytesOf(set: ByteSet): number[] {
  return [...set.keys()].filter((byte) => set[byte] === 1);
}

function countRuns(prefix: Prefix): number {
  return prefix.reduce((product, set) => product * sortsOf(set).length, 1);
}

function isWide(prefix: Prefix): boolean {
  return countRuns(prefix.slice(0, SORTED_BYTES)) > RUNS_MAX;
}

function isOfFewRuns(prefix: Prefix): boolean {
  return countRuns(prefix) <= FEW_RUNS_MAX;
}

function runBits(prefixes: readonly Prefix[]): Uint32Array {
  const words = new Uint32Array(RUN_WORDS);
  for (const prefix of prefixes) {
    for (const run of runsOf(prefix.map(sortsOf))) {
      const hash = Math.imul(run, RUN_FACTOR) >>> 17;
      words[hash >>> 5] = (words[hash >>> 5] as number) | (1 << (hash & 31));
    }
  }
  return words;
}

/** The numbers of the runs that take one sort from each place; the first counts most. */
function runsOf(sorts: readonly (readonly number[])[]): readonly number[] {
  return sorts.reduce<readonly number[]>(
    (runs, here) => runs.flatMap((run) => here.map((sort) => SORTS * run + sort)),
    [0],
  );
}

function sortTable(prefixes: readonly Prefix[]): Uint32Array {
  const table = new Uint32Array(SORTS ** (SORTED_BYTES - 1));
  for (const prefix of prefixes) {
    const sorts = prefix.slice(0, SORTED_BYTES).map(sortsOf);
    const bits = sorts.pop()?.reduce((all, sort) => all | (1 << sort), 0) ?? 0;
    for (const run of runsOf(sorts)) table[run] = (table[run] as number) | bits;
  }
  return table;
}

/** A pattern that starts where no word byte stands before may yet start with a byte that is of no word. */
function beginsWord([first]: Prefix): boolean {
  return first?.every((held, byte) => held === 0 || isWordByte(byte)) === true;
}

/** What one pattern begins with, each way for itself. */
function findPrefixes(nfa: Nfa, start: number, wordEnd: boolean): readonly Prefix[] {
  const found: Prefix[] = [];
  const follow = (places: readonly number[], before: Prefix): void => {
    const isEnd = before.length > 0 && places.some((place) => nfa.accepts[place] !== -1);
    if (isEnd) found.push(padded([...before, wordEnd ? NOT_OF_WORD : ANY]));
    else if (before.length === PREFIX_BYTES) found.push(before);
    if (before.length === PREFIX_BYTES) return;
    const afterSet = new Map<ByteSet, number[]>();
    for (const place of places) {
      const set = nfa.sets[place];
      if (set === undefined) continue;
      afterSet.set(set, [...(afterSet.get(set) ?? []), nfa.next[place] as number]);
    }
    for (const [set, after] of afterSet) {
      if (found.length > PREFIXES_MAX) return;
      follow(closureOf(nfa, after), [...before, set]);
    }
  };
  const first = closureOf(nfa, [start]);
  follow(first, []);
  return found.length <= PREFIXES_MAX ? found : [widePrefix(nfa, first, wordEnd)];
}

/** What may be at each place, whatever stands at the others. */
function widePrefix(nfa: Nfa, start: readonly number[], wordEnd: boolean): Prefix {
  const prefix: ByteSet[] = [];
  let places = start;
  while (prefix.length < PREFIX_BYTES) {
    const isEnd = prefix.length > 0 && places.some((place) => nfa.accepts[place] !== -1);
    const sets = places.map((place) => nfa.sets[place]).filter((set) => set !== undefined);
    prefix.push(unionOf([...new Set(isEnd ? [...sets, wordEnd ? NOT_OF_WORD : ANY] : sets)]));
    if (isEnd) break;
    places = closureOf(
      nfa,
      places.map((place) => nfa.next[place] as number).filter((place) => place !== -1),
    );
  }
  return padded(prefix);
}

/** Behind the end of a match may be anything. */
function padded(prefix: Prefix): Prefix {
  return Array.from({ length: PREFIX_BYTES }, (_, place) => prefix[place] ?? ANY);
}

/** The places reached without a byte where there is one to read, or where a pattern ends. */
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

/** Prefixes in one bucket, and how often text will look like one. */
interface Bucket {
  readonly prefix: Prefix;
  readonly cost: number;
}

/** Joins neighbours in the order of their bytes, those first that let the least more text through. */
function joinPrefixes(prefixes: readonly Prefix[], countMax: number): Prefix[] {
  const buckets: Bucket[] = prefixes.map((prefix) => ({ prefix, cost: costOf(prefix) }));
  const joined = buckets.slice(1).map((bucket, index) => join(buckets[index] as Bucket, bucket));
  while (buckets.length > countMax) {
    let [best, leastMore] = [0, Number.POSITIVE_INFINITY];
    for (const [index, { cost }] of joined.entries()) {
      const more = cost - (buckets[index] as Bucket).cost - (buckets[index + 1] as Bucket).cost;
      if (more < leastMore) [best, leastMore] = [index, more];
    }
    const both = joined[best] as Bucket;
    buckets.splice(best, 2, both);
    joined.splice(best, 1);
    if (best > 0) joined[best - 1] = join(buckets[best - 1] as Bucket, both);
    if (best < joined.length) joined[best] = join(both, buckets[best + 1] as Bucket);
  }
  return buckets.map(({ prefix }) => prefix);
}

function join(left: Bucket, right: Bucket): Bucket {
  const both = left.prefix.map((set, place) => unionOfTwo(set, right.prefix[place] as ByteSet));
  // What the halves let through by themselves costs as much as what is meant.
  const prefix = both.length === HALVES_BYTES ? both.map(ofHalves) : both;
  return { prefix, cost: costOf(prefix) };
}

function unionOfTwo(left: ByteSet, right: ByteSet): ByteSet {
  return left === right ? left : left.map((held, byte) => held | (right[byte] as number));
}

const closures = new WeakMap<ByteSet, ByteSet>();

/** The bytes of a set, and what has the lower half of one and the upper half of another: as `halves` tell them. */
function ofHalves(set: ByteSet): ByteSet {
  let closure = closures.get(set);
  if (closure === undefined) {
    const bytes = bytesOf(set);
    const [lower, upper] = [
      new Set(bytes.map((byte) => byte & 0x0f)),
      new Set(bytes.map((byte) => byte >> 4)),
    ];
    closure = byteSetWhere((byte) => lower.has(byte & 0x0f) && upper.has(byte >> 4));
    closures.set(set, closure);
  }
  return closure;
}

const keys = new WeakMap<ByteSet, string>();

/** Sets with the same bytes have the same key; those that start alike stand near each other. */
function keyOf(set: ByteSet): string {
  let key = keys.get(set);
  if (key === undefined) {
    key = Buffer.from(bytesOf(set)).toString('latin1');
    keys.set(set, key);
  }
  return key;
}

/** How often each byte is met, roughly: text is mostly small letters. */
const FREQUENCIES: readonly number[] = Array.from({ length: 256 }, (_, byte) => {
  if (byte >= 0x61 && byte <= 0x7a) return 6;
  if (byte === 0x20) return 30;
  return byte >= 0x20 && byte < 0x7f ? 1 : 0.1;
});

const costs = new WeakMap<ByteSet, number>();

function costOf(prefix: Prefix): number {
  return prefix.reduce((product, set) => {
    let cost = costs.get(set);
    if (cost === undefined) {
      cost = set.reduce((sum, held, byte) => sum + held * (FREQUENCIES[byte] as number), 0);
      costs.set(set, cost);
    }
    return product * cost;
  }, 1);
}

function masksOf(buckets: readonly Prefix[]): Uint32Array {
  const masks = new Uint32Array(PREFIX_BYTES * 256);
  for (const [bucket, prefix] of buckets.entries()) {
    for (const [place, set] of prefix.entries()) {
      for (const byte of bytesOf(set)) {
        const index = 256 * place + byte;
        masks[index] = (masks[index] as number) | (1 << bucket);
      }
    }
  }
  return masks;
}

function halvesOf(buckets: readonly Prefix[]): number[][] {
  const halves = Array.from({ length: 4 }, () => Array.from({ length: 16 }, () => 0));
  const mark = (table: number, half: number, bucket: number): void => {
    const row = halves[table] as number[];
    row[half] = (row[half] as number) | (1 << bucket);
  };
  for (const [bucket, prefix] of buckets.entries()) {
    for (const [place, set] of prefix.entries()) {
      for (const byte of bytesOf(set)) {
        mark(2 * place, byte & 0x0f, bucket);
        mark(2 * place + 1, byte >> 4, bucket);
      }
    }
  }
  return halves;
}
