import { PREFIX_BYTES, RUN_FACTOR } from './prefilter.ts';
import { GAZETTEER_KIND, MATCH_BYTES_MAX, type ScanTables } from './scan.ts';
import {
  BEFORE_REACH,
  CAPITAL_BEFORE,
  CAPITAL_BEHIND,
  DIGIT_BEHIND,
  LABEL_REACH,
  NAME_REACH,
} from './token-needs.ts';
import { type Code, type LocalType, op } from './wasm-assembler.ts';
import { HASH_FACTOR, HASH_START, WORD_BYTES_MAX } from './word-hashes.ts';

/** Found between two calls; from one byte at most `MATCH_BYTES_MAX + 1` tokens start. */
export const TOKENS_MAX = 4_096;
/** A token is three numbers: its kind, where it starts and where it ends. */
export const TOKEN_BYTES = 12;

/** Where things are in memory. The count of tokens is at 0. */
export const SORTS_AT = 256;
export const WORD_BYTES_AT = 512;
export const CLASSES_AT = 1_024;
export const WIDE_AT = 8_192;
/** One table for each of the bits of what stands behind. */
export const RUNS_AT = 16_384;
export const RUNS_BYTES = 4_096;
export const TOKENS_AT = 32_768;
/** Pairs of the entries of `ofWord` and `ofFewWords`; as many tables. */
export const STARTS_AT = 131_072;
export const STARTS_BYTES = 262_144;
export const ANYWHERE_AT = 1_179_648;
export const TABLE_AT = 1_310_720;

/** Where the tables are that have no fixed place. */
export interface Addresses {
  readonly slotsAt: number;
  /** One byte for each kind. */
  readonly needsAt: number;
}

/** Bytes that are looked at together. */
export const BLOCK_BYTES = 64;

/** Parameters, then locals. */
const FROM = 0;
const LIMIT = 1;
const END = 2;
const BEGIN = 3;
const BLOCK = 4;
const STARTS_TABLE = 5;
const RUNS_TABLE = 6;
const LAST_DIGIT = 7;
const LAST_CAPITAL = 8;
const STATE = 9;
const OFFSET = 10;
const LAST = 11;
const OUT = 12;
const KIND = 13;
const HASH = 14;
const LETTER = 15;
const SLOT = 16;
const RUN = 17;
const FOURTH = 18;
const MAY_BEGIN = 19;
const NEEDS = 20;
const IS_NEAR = 21;
const STARTS = 22;
const ANYWHERE = 23;
const OPEN = 24;
const AT = 25;
const PAIR = 26;
const BYTES = 27;
const NEXT = 28;

/** All of `i32`. */
export const PARAMETER_COUNT = 4;
/** In the order of the numbers above. */
export const LOCALS: readonly LocalType[] = [
  ...Array.from({ length: 18 }, (): LocalType => 'i32'),
  ...Array.from({ length: 5 }, (): LocalType => 'i64'),
  'v128',
  'v128',
];

const ROOM_NEEDED = (MATCH_BYTES_MAX + 1) * TOKEN_BYTES;
const OUT_MAX = TOKENS_AT + TOKENS_MAX * TOKEN_BYTES - ROOM_NEEDED;

/**
 * The body of `scan(from, limit, end, begin)`: looks for what starts in [from, limit) in the bytes [begin, end), and
 * returns where it stopped for want of room. States of the automaton are byte offsets from `TABLE_AT`.
 *
 * Where words start, and where anything else may, is found for a block of bytes at once; the prefilter's tables then
 * say for each of these places whether it is worth a walk through the automaton.
 */
export function scanCode(tables: ScanTables, addresses: Addresses): Code {
  return [
    ...op.set(OUT, op.const(TOKENS_AT)),
    ...lastPlacesCode(),
    ...op.set(BLOCK, op.get(FROM)),
    ...op.block(
      op.loop(
        op.set(FROM, op.get(LIMIT)),
        op.branchIf(1, op.notLess(op.get(BLOCK), op.get(LIMIT))),
        startsTablesCode(),
        blockCode(tables),
        op.block(
          op.loop(
            op.branchIf(1, op.isZero64(op.get(OPEN))),
            op.set(AT, op.lowestBit64(op.get(OPEN))),
            op.set(OPEN, op.and64(op.get(OPEN), op.subtract64(op.get(OPEN), op.const64(1)))),
            op.set(FROM, op.add(op.get(BLOCK), op.narrow(op.get(AT)))),
            op.branchIf(3, op.less(op.const(OUT_MAX), op.get(OUT))),
            mayBeginCode(),
            startCode(tables, addresses),
            op.branch(0),
          ),
        ),
        op.set(BLOCK, op.add(op.get(BLOCK), op.const(BLOCK_BYTES))),
        op.branch(0),
      ),
    ),
    ...op.store(
      op.const(0),
      op.divide(op.subtract(op.get(OUT), op.const(TOKENS_AT)), op.const(TOKEN_BYTES)),
      0,
    ),
    ...op.get(FROM),
  ];
}

/**
 * Sets where the last digit is, and the last byte that announces names; what is found before FROM is behind nothing
 * that is looked at.
 */
function lastPlacesCode(): Code {
  return [
    ...op.set(LAST_DIGIT, op.const(0)),
    ...op.set(LAST_CAPITAL, op.const(0)),
    ...op.set(OFFSET, op.get(END)),
    ...op.block(
      op.loop(
        op.branchIf(1, op.notLess(op.get(FROM), op.get(OFFSET))),
        op.set(OFFSET, op.subtract(op.get(OFFSET), op.const(16))),
        op.set(BYTES, op.loadBytes(op.get(OFFSET))),
        op.branchIf(0, op.isZero(op.highestBits(areFrom(0x30, 0x2b)))),
        lastPlaceCode(LAST_DIGIT, areDigits()),
        lastPlaceCode(LAST_CAPITAL, announceNames()),
        op.branchIf(0, op.isZero(op.select(op.get(LAST_DIGIT), op.const(0), op.get(LAST_CAPITAL)))),
      ),
    ),
  ];
}

/** Sets a place to that of the last of the BYTES that are meant, unless one was found behind them. */
function lastPlaceCode(place: number, areMeant: Code): Code {
  const last = op.subtract(op.const(31), op.leadingZeros(op.get(KIND)));
  return op.when(
    op.isZero(op.get(place)),
    op.set(KIND, op.highestBits(areMeant)),
    op.when(op.get(KIND), op.set(place, op.add(op.get(OFFSET), last))),
  );
}

/** Chooses the tables of word starts by what is behind the block's first byte. */
function startsTablesCode(): Code {
  const bitOf = (place: number): Code => op.less(op.get(BLOCK), op.get(place));
  const bits = op.or(bitOf(LAST_DIGIT), op.shiftLeft(bitOf(LAST_CAPITAL), op.const(1)));
  return [
    ...op.set(RUNS_TABLE, op.multiply(bits, op.const(RUNS_BYTES))),
    ...op.set(STARTS_TABLE, op.multiply(op.get(RUNS_TABLE), op.const(STARTS_BYTES / RUNS_BYTES))),
  ];
}

/** Sets one bit for each byte of the block: where words start, where else something may, and where to look. */
function blockCode({ dfa }: ScanTables): Code {
  const { halves } = dfa.prefilter;
  const parts = [0, 16, 32, 48].map((offset) => [
    ...op.set(BYTES, op.loadBytes(op.get(BLOCK), offset)),
    ...op.set(NEXT, op.loadBytes(op.get(BLOCK), offset + 1)),
    ...addBits(PAIR, op.orBytes(areLetters(), areDigits()), offset),
    ...addBits(ANYWHERE, mayBeginAnywhere(halves), offset),
  ]);
  const behindWord = op.isZero(op.isZero(wordByteBefore(op.get(BLOCK))));
  const behind = op.or64(op.shiftLeft64(op.get(PAIR), op.const64(1)), op.widen(behindWord));
  const inBlock = lowBits(op.subtract(op.get(LIMIT), op.get(BLOCK)));
  return [
    ...op.set(PAIR, op.const64(0)),
    ...op.set(ANYWHERE, op.const64(0)),
    ...parts.slice(0, 2).flat(),
    ...op.when(
      op.less(op.const(32), op.subtract(op.get(LIMIT), op.get(BLOCK))),
      parts.slice(2).flat(),
    ),
    ...op.set(STARTS, op.and64(op.get(PAIR), op.xor64(behind, op.const64(-1)))),
    ...op.set(OPEN, op.and64(op.or64(op.get(STARTS), op.get(ANYWHERE)), inBlock)),
  ];
}

/** Adds a bit for each of 16 bytes to those in a local. */
function addBits(local: number, bytes: Code, offset: number): Code {
  const bits = op.shiftLeft64(op.widen(op.highestBits(bytes)), op.const64(offset));
  return op.set(local, op.or64(op.get(local), bits));
}

/** Which of BYTES are from `first` on, and no more than `count`. */
function areFrom(first: number, count: number, bytes: Code = op.get(BYTES)): Code {
  return op.notMoreBytes(op.subtractBytes(bytes, op.eachByte(first)), op.eachByte(count - 1));
}

function areDigits(): Code {
  return areFrom(0x30, 10);
}

function areLetters(): Code {
  return areFrom(0x61, 26, op.orBytes(op.get(BYTES), op.eachByte(0x20)));
}

/** Looks BYTES up, and NEXT, which are those behind them. */
function mayBeginAnywhere(halves: readonly (readonly number[])[]): Code {
  const lookups = halves.map((table, index) => {
    const bytes = op.get(index < 2 ? BYTES : NEXT);
    const half = index % 2 === 0 ? bytes : op.shiftRightPairs(bytes, 4);
    return op.lookUpBytes(op.constBytes(table), op.andBytes(half, op.eachByte(0x0f)));
  });
  return op.notEqualBytes(lookups.reduce(op.andBytes), op.eachByte(0));
}

/** As many low bits as a number says, or all. */
function lowBits(count: Code): Code {
  const bit = op.shiftLeft64(op.const64(1), op.widen(count));
  const isAll = op.notLess(count, op.const(64));
  return op.select(op.const64(-1), op.subtract64(bit, op.const64(1)), isAll);
}

/** Whether the bit of FROM is set in a block's bits. */
function isSet(bits: number): Code {
  return op.narrow(op.and64(op.shiftRight64(op.get(bits), op.get(AT)), op.const64(1)));
}

/** Sets MAY_BEGIN to 1 if the prefilter lets the bytes from FROM on through. */
function mayBeginCode(): Code {
  const sort = (place: number): Code => op.loadByte(op.loadByte(op.get(FROM), place), SORTS_AT);
  const then = (run: Code, next: Code): Code => op.or(op.shiftLeft(run, op.const(5)), next);
  const run = then(then(then(op.get(RUN), op.get(FOURTH)), sort(4)), sort(5));
  const runWord = op.shiftLeft(op.shiftRight(op.get(HASH), op.const(5)), op.const(2));
  const runBit = op.shiftRight(op.load(op.add(op.get(RUNS_TABLE), runWord), RUNS_AT), op.get(HASH));
  const ofFewWords = op.narrow(op.shiftRight64(op.get(PAIR), op.const64(32)));
  const anywhere = op.load(op.shiftLeft(op.get(RUN), op.const(2)), ANYWHERE_AT);
  return [
    ...op.set(MAY_BEGIN, op.const(0)),
    ...op.set(RUN, then(then(sort(0), sort(1)), sort(2))),
    ...op.set(FOURTH, sort(3)),
    ...op.when(
      isSet(STARTS),
      op.set(
        PAIR,
        op.load64(op.add(op.get(STARTS_TABLE), op.shiftLeft(op.get(RUN), op.const(3))), STARTS_AT),
      ),
      op.set(PAIR, op.shiftRight64(op.get(PAIR), op.widen(op.get(FOURTH)))),
      op.set(HASH, op.shiftRight(op.multiply(run, op.const(RUN_FACTOR)), op.const(17))),
      op.set(MAY_BEGIN, op.or(op.narrow(op.get(PAIR)), op.and(ofFewWords, runBit))),
      op.when(op.tee(LETTER, wideMask(0)), ofWideCode()),
    ),
    ...op.when(
      isSet(ANYWHERE),
      op.set(MAY_BEGIN, op.or(op.get(MAY_BEGIN), op.shiftRight(anywhere, op.get(FOURTH)))),
    ),
    ...op.set(MAY_BEGIN, op.and(op.get(MAY_BEGIN), op.const(1))),
  ];
}

function wideMask(place: number): Code {
  const entry = op.shiftLeft(op.loadByte(op.get(FROM), place), op.const(2));
  return op.load(entry, WIDE_AT + 1_024 * place);
}

/** With the bits of the first byte in LETTER. */
function ofWideCode(): Code {
  const places = Array.from({ length: PREFIX_BYTES - 1 }, (_, index) => wideMask(index + 1));
  const common = places.reduce(op.and, op.get(LETTER));
  return op.set(MAY_BEGIN, op.or(op.get(MAY_BEGIN), op.isZero(op.isZero(common))));
}

/** Emits the tokens that start at FROM. */
function startCode({ dfa, words }: ScanTables, { slotsAt, needsAt }: Addresses): Code {
  const letter = op.subtract(op.loadByte(op.get(FROM)), op.const(0x41));
  return [
    ...op.when(
      op.get(MAY_BEGIN),
      op.set(OFFSET, op.get(FROM)),
      op.set(STATE, step(startState(dfa.startInWord, dfa.startOfWord, op.get(FROM)))),
      op.when(op.get(STATE), matchCode(dfa, needsAt)),
    ),
    ...op.when(
      op.and(isSet(STARTS), op.less(letter, op.const(26))),
      wordCode(words.slots.length, slotsAt),
    ),
  ];
}

function startState(inWord: number, ofWord: number, address: Code): Code {
  return op.select(op.const(4 * inWord), op.const(4 * ofWord), wordByteBefore(address));
}

function wordByteBefore(address: Code): Code {
  return op.loadByte(op.loadByte(op.subtract(address, op.const(1))), WORD_BYTES_AT);
}

/** The state after `state` and the byte at OFFSET. */
function step(state: Code): Code {
  const twice = op.shiftLeft(op.loadByte(op.get(OFFSET)), op.const(1));
  return op.load(op.add(state, op.loadShort(twice, CLASSES_AT)), TABLE_AT);
}

/** From the state behind the byte at OFFSET on, until nothing matches any more. */
function matchCode({ acceptingFrom, rowLength }: ScanTables['dfa'], needsAt: number): Code {
  const fartherThanEnd = op.less(op.get(END), op.get(LAST));
  const nextInWord = op.select(
    op.loadByte(op.loadByte(op.get(OFFSET)), WORD_BYTES_AT),
    op.const(0),
    op.less(op.get(OFFSET), op.get(END)),
  );
  const kindsAt = TABLE_AT + 4 * (rowLength - 2);
  return [
    ...op.set(LAST, op.add(op.get(FROM), op.const(MATCH_BYTES_MAX))),
    ...op.set(LAST, op.select(op.get(END), op.get(LAST), fartherThanEnd)),
    ...op.block(
      op.loop(
        op.set(OFFSET, op.add(op.get(OFFSET), op.const(1))),
        op.when(
          op.notLess(op.get(STATE), op.const(4 * acceptingFrom)),
          op.set(KIND, op.load(op.add(op.get(STATE), nextInWord), kindsAt)),
          op.when(
            op.get(KIND),
            nearCode(needsAt),
            op.when(op.get(IS_NEAR), emitCode(op.get(KIND))),
          ),
        ),
        op.branchIf(1, op.notLess(op.get(OFFSET), op.get(LAST))),
        op.branchIf(0, op.tee(STATE, step(op.get(STATE)))),
      ),
    ),
  ];
}

/** Sets IS_NEAR to 0 if what the readers of KIND need is not near the token from FROM to OFFSET; see `isNear`. */
function nearCode(needsAt: number): Code {
  const needs = (need: number): Code => op.and(op.get(NEEDS), op.const(need));
  const isBehind = (bits: Code): Code =>
    op.isZero(op.isZero64(op.and64(bits, lowBits(op.subtract(op.get(END), op.get(OFFSET))))));
  const before = op.subtract(op.get(FROM), op.get(BEGIN));
  const reach = op.const(BEFORE_REACH);
  const count = op.select(before, reach, op.less(before, reach));
  const isBefore = op.isZero64(
    op.shiftRight64(op.get(PAIR), op.widen(op.subtract(op.const(32), count))),
  );
  return [
    ...op.set(NEEDS, op.loadByte(op.get(KIND), needsAt)),
    ...op.set(IS_NEAR, op.isZero(op.get(NEEDS))),
    ...op.when(
      needs(DIGIT_BEHIND),
      bitsFrom(op.get(OFFSET), LABEL_REACH, areDigits()),
      op.set(IS_NEAR, isBehind(op.get(PAIR))),
    ),
    ...op.when(
      needs(CAPITAL_BEHIND),
      bitsFrom(op.get(OFFSET), NAME_REACH, announceNames()),
      op.set(IS_NEAR, op.or(op.get(IS_NEAR), isBehind(op.get(PAIR)))),
    ),
    ...op.when(
      needs(CAPITAL_BEFORE),
      bitsFrom(op.subtract(op.get(FROM), op.const(32)), 32, areFrom(0x41, 26)),
      op.set(IS_NEAR, op.or(op.get(IS_NEAR), op.isZero(isBefore))),
    ),
  ];
}

/** Capitals, and the signs behind a label. */
function announceNames(): Code {
  const isSign = [0x3a, 0x3d].map((sign) => op.equalBytes(op.get(BYTES), op.eachByte(sign)));
  return isSign.reduce(op.orBytes, areFrom(0x41, 26));
}

/** Sets PAIR to a bit for each byte from an address on that `bytes` says of BYTES. */
function bitsFrom(address: Code, length: number, bytes: Code): Code {
  const parts = Array.from({ length: length / 16 }, (_, part) => [
    ...op.set(BYTES, op.loadBytes(address, 16 * part)),
    ...addBits(PAIR, bytes, 16 * part),
  ]);
  return [...op.set(PAIR, op.const64(0)), ...parts.flat()];
}

/** Hashes the letters from FROM on, and looks the hash up. */
function wordCode(slotCount: number, slotsAt: number): Code {
  const address = op.shiftLeft(op.get(SLOT), op.const(2));
  return [
    ...op.set(HASH, op.const(HASH_START)),
    ...op.set(OFFSET, op.get(FROM)),
    ...op.set(LAST, op.add(op.get(FROM), op.const(WORD_BYTES_MAX))),
    ...op.block(
      op.block(
        op.loop(
          op.branchIf(1, op.notLess(op.get(OFFSET), op.get(END))),
          op.set(LETTER, op.and(op.loadByte(op.get(OFFSET)), op.const(0xdf))),
          op.branchIf(1, op.notLess(op.subtract(op.get(LETTER), op.const(0x41)), op.const(26))),
          op.branchIf(2, op.notLess(op.get(OFFSET), op.get(LAST))),
          op.set(HASH, op.multiply(op.xor(op.get(HASH), op.get(LETTER)), op.const(HASH_FACTOR))),
          op.set(OFFSET, op.add(op.get(OFFSET), op.const(1))),
          op.branch(0),
        ),
      ),
      op.set(HASH, op.or(op.get(HASH), op.isZero(op.get(HASH)))),
      op.set(SLOT, op.and(op.get(HASH), op.const(slotCount - 1))),
      op.loop(
        op.branchIf(1, op.isZero(op.tee(LETTER, op.load(address, slotsAt)))),
        op.when(
          op.equal(op.get(LETTER), op.get(HASH)),
          emitCode(op.const(GAZETTEER_KIND)),
          op.branch(2),
        ),
        op.set(SLOT, op.and(op.add(op.get(SLOT), op.const(1)), op.const(slotCount - 1))),
        op.branch(0),
      ),
    ),
  ];
}

/** Appends a token of this kind, from FROM to OFFSET. */
function emitCode(kind: Code): Code {
  return [
    ...op.store(op.get(OUT), kind, 0),
    ...op.store(op.get(OUT), op.get(FROM), 4),
    ...op.store(op.get(OUT), op.get(OFFSET), 8),
    ...op.set(OUT, op.add(op.get(OUT), op.const(TOKEN_BYTES))),
  ];
}
