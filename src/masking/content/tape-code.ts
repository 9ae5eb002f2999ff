import { JsonByte } from '../detectors/json-byte.ts';
import { type Code, type LocalType, op } from '../detectors/wasm-assembler.ts';
import {
  DEPTH_MAX,
  LETTER_U,
  LONG_ESCAPE_BYTES,
  Next,
  Sort,
  TokenKind,
  UNKNOWN_NAME,
} from './json-grammar.ts';
import { HASH_FACTORS } from './key-names.ts';

/** Tokens of one value; one that has more is read elsewhere. */
export const TOKENS_MAX = 65_536;
/** Bytes of the longest name, filled up with zeros. */
export const NAME_BYTES_MAX = 64;

/** Where things are in memory: how many tokens were read, and the flags of all of them; two `i32`. */
export const SAID_AT = 0;
/** Objects read so far, to tell them apart. */
const OBJECTS_AT = 8;
/** Tokens of the arrays and objects that are open. */
const OPEN_AT = 64;
/** What each byte is to the grammar, and in an escape. */
export const SORTS_AT = 4096;
export const ESCAPES_AT = 4352;
/** For each name, the number of the last object that was found to have it. */
export const SEEN_AT = 8192;
export const SLOTS_AT = 65_536;

/** Where the tables are whose place depends on how many names there are. */
export interface TapeAddresses {
  /** One byte for each name. */
  readonly lengthsAt: number;
  readonly namesAt: number;
  readonly kindsAt: number;
  readonly startsAt: number;
  readonly endsAt: number;
  readonly linksAt: number;
  /** Slots of the names, less 1. */
  readonly slotMask: number;
}

/** What a byte is behind a backslash: by itself, or as a digit behind `\u`. */
export const Escape = { short: 1, digit: 2 } as const;
/** Of values: a string has bytes beyond ASCII; a key is none of the names. */
export const Flag = { mayBeyondAscii: 1, hasUnknownKey: 2 } as const;

/** Parameters, then locals. */
const AT = 0;
const END = 1;
const SHIFT = 2;
const BYTE = 3;
const CLOSE = 4;
const OUT = 5;
const NEXT = 6;
const DEPTH = 7;
const TOP = 8;
const IS_ARRAY = 9;
const FLAGS = 10;
const NAME = 11;
const SLOT = 12;
const LENGTH = 13;
const BITS = 14;
const KEY = 15;
const OBJECT = 16;
const KIND = 17;
const BYTES = 18;

/** All of `i32`. */
export const PARAMETER_COUNT = 3;
/** In the order of the numbers above. */
export const LOCALS: readonly LocalType[] = [
  ...Array.from({ length: 15 }, (): LocalType => 'i32'),
  'v128',
];

const DIGIT_0 = 0x30;
const CONTROLS = 0x20;
const QUOTE = op.const(JsonByte.quote);

/** Whatever is not as most values are is read elsewhere, which says what is wrong with it. */
const GIVE_UP: Code = op.return(op.const(0));

function giveUpIf(condition: Code): Code {
  return op.when(condition, GIVE_UP);
}

/**
 * The body of `read(at, end, shift)`: reads the object that begins at `at` and ends in front of `end`; returns where it
 * ends, or 0 if it does not, is no JSON, has a key twice, or has one of the forms that are rare. Offsets of tokens are
 * those in memory, plus `shift`.
 */
export function tapeCode(addresses: TapeAddresses): Code {
  const sort = op.loadByte(op.get(BYTE), SORTS_AT);
  const isSort = (wanted: number): Code => op.equal(op.get(KIND), op.const(wanted));
  return [
    ...op.loop(
      giveUpIf(op.notLess(op.get(AT), op.get(END))),
      giveUpIf(op.notLess(op.get(OUT), op.const(TOKENS_MAX))),
      op.set(BYTE, op.loadByte(op.get(AT))),
      op.set(KIND, sort),
      op.when(isSort(Sort.quote), stringCode(addresses), op.branch(1)),
      op.when(isSort(Sort.comma), commaCode(), op.branch(1)),
      op.when(isSort(Sort.space), step(AT, 1), op.branch(1)),
      op.when(isSort(Sort.close), closeCode(addresses), op.branch(1)),
      op.when(isSort(Sort.open), openCode(addresses), op.branch(1)),
      op.when(isSort(Sort.literal), literalCode(addresses), op.branch(1)),
    ),
    ...op.const(0),
  ];
}

function step(local: number, count: number): Code {
  return op.set(local, op.add(op.get(local), op.const(count)));
}

function commaCode(): Code {
  return [
    ...giveUpIf(op.isZero(isNext(Next.commaOrEnd))),
    ...op.set(NEXT, op.select(op.const(Next.value), op.const(Next.key), op.get(IS_ARRAY))),
    ...step(AT, 1),
  ];
}

function isNext(next: number): Code {
  return op.equal(op.get(NEXT), op.const(next));
}

/** Gives up unless a value may come. */
function expectValue(): Code {
  return giveUpIf(op.less(op.const(Next.valueOrEnd), op.get(NEXT)));
}

function openCode(addresses: TapeAddresses): Code {
  const either = (ofArray: number, ofObject: number): Code =>
    op.select(op.const(ofArray), op.const(ofObject), op.get(IS_ARRAY));
  return [
    ...expectValue(),
    ...giveUpIf(op.equal(op.get(DEPTH), op.const(DEPTH_MAX))),
    ...op.store(words(DEPTH), op.get(TOP), OPEN_AT),
    ...step(DEPTH, 1),
    ...op.set(TOP, op.get(OUT)),
    ...op.set(IS_ARRAY, op.equal(op.get(BYTE), op.const(JsonByte.openArray))),
    ...addToken(addresses, either(TokenKind.array, TokenKind.object), op.const(0)),
    ...op.set(NEXT, either(Next.valueOrEnd, Next.keyOrEnd)),
    ...step(AT, 1),
  ];
}

function closeCode(addresses: TapeAddresses): Code {
  const isArray = op.equal(op.get(BYTE), op.const(JsonByte.closeArray));
  const ifEmpty = op.select(op.const(Next.valueOrEnd), op.const(Next.keyOrEnd), op.get(IS_ARRAY));
  const mayEnd = op.or(isNext(Next.commaOrEnd), op.equal(op.get(NEXT), ifEmpty));
  const kind = op.loadByte(op.get(TOP), addresses.kindsAt);
  return [
    ...giveUpIf(op.isZero(op.and(mayEnd, op.equal(isArray, op.get(IS_ARRAY))))),
    ...step(AT, 1),
    ...op.store(words(TOP), op.add(op.get(AT), op.get(SHIFT)), addresses.endsAt),
    ...op.store(words(TOP), op.get(OUT), addresses.linksAt),
    ...op.when(op.isZero(op.get(IS_ARRAY)), refuseTwins(addresses)),
    ...op.set(DEPTH, op.subtract(op.get(DEPTH), op.const(1))),
    ...op.when(
      op.isZero(op.get(DEPTH)),
      op.store(op.const(0), op.get(OUT), SAID_AT),
      op.store(op.const(0), op.get(FLAGS), SAID_AT + 4),
      op.return(op.get(AT)),
    ),
    ...op.set(TOP, op.load(words(DEPTH), OPEN_AT)),
    ...op.set(IS_ARRAY, op.equal(kind, op.const(TokenKind.array))),
    ...op.set(NEXT, op.const(Next.commaOrEnd)),
  ];
}

/** Gives up if two keys of the object at TOP have the same name. */
function refuseTwins({ linksAt }: TapeAddresses): Code {
  return [
    ...op.set(OBJECT, op.add(op.load(op.const(0), OBJECTS_AT), op.const(1))),
    ...op.store(op.const(0), op.get(OBJECT), OBJECTS_AT),
    ...op.set(KEY, op.add(op.get(TOP), op.const(1))),
    ...op.block(
      op.loop(
        op.branchIf(1, op.notLess(op.get(KEY), op.get(OUT))),
        op.set(NAME, op.load(words(KEY), linksAt)),
        op.when(
          op.isZero(op.equal(op.get(NAME), op.const(UNKNOWN_NAME))),
          giveUpIf(op.equal(op.load(words(NAME), SEEN_AT), op.get(OBJECT))),
          op.store(words(NAME), op.get(OBJECT), SEEN_AT),
        ),
        op.set(KEY, op.load(words(KEY), linksAt + 4)),
        op.branch(0),
      ),
    ),
  ];
}

/** Reads a string, or a key and the colon behind it. */
function stringCode(addresses: TapeAddresses): Code {
  const kind = op.add(op.const(TokenKind.string), op.get(KIND));
  const mayBeKey = op.equal(op.and(op.get(NEXT), op.const(6)), op.const(Next.key));
  return [
    ...findQuote(),
    ...step(CLOSE, 1),
    ...op.when(
      mayBeKey,
      // Names are seldom written with escapes, and then read elsewhere.
      giveUpIf(op.get(KIND)),
      findName(addresses),
      op.when(
        op.equal(op.get(NAME), op.const(UNKNOWN_NAME)),
        op.set(FLAGS, op.or(op.get(FLAGS), op.const(Flag.hasUnknownKey))),
      ),
      addToken(addresses, op.const(TokenKind.key), op.get(NAME)),
      passColon(),
      op.set(NEXT, op.const(Next.value)),
      // To the loop over tokens.
      op.branch(2),
    ),
    ...expectValue(),
    ...addValue(addresses, kind),
  ];
}

/** Sets CLOSE to the quote that ends the string at AT, and KIND to 1 if there are escapes in it, else to 0. */
function findQuote(): Code {
  const isOdd = [JsonByte.quote, JsonByte.backslash].map((byte) =>
    op.equalBytes(op.get(BYTES), op.eachByte(byte)),
  );
  const isControl = op.notMoreBytes(op.get(BYTES), op.eachByte(CONTROLS - 1));
  return [
    ...op.set(CLOSE, op.add(op.get(AT), op.const(1))),
    ...op.set(KIND, op.const(0)),
    ...op.block(
      op.loop(
        giveUpIf(op.notLess(op.get(CLOSE), op.get(END))),
        op.set(BYTES, op.loadBytes(op.get(CLOSE))),
        op.when(
          op.highestBits(op.get(BYTES)),
          op.set(FLAGS, op.or(op.get(FLAGS), op.const(Flag.mayBeyondAscii))),
        ),
        op.set(BITS, op.highestBits(isOdd.reduce(op.orBytes, isControl))),
        op.when(op.isZero(op.get(BITS)), step(CLOSE, 16), op.branch(1)),
        op.set(CLOSE, op.add(op.get(CLOSE), op.lowestBit(op.get(BITS)))),
        giveUpIf(op.notLess(op.get(CLOSE), op.get(END))),
        op.set(BYTE, op.loadByte(op.get(CLOSE))),
        op.branchIf(1, op.equal(op.get(BYTE), QUOTE)),
        giveUpIf(op.less(op.get(BYTE), op.const(CONTROLS))),
        passEscape(),
        op.set(KIND, op.const(1)),
        op.branch(0),
      ),
    ),
  ];
}

/** Sets CLOSE behind the escape that begins there. What stands behind END is found out afterwards. */
function passEscape(): Code {
  const isOf = (place: number, escape: number): Code =>
    op.and(op.loadByte(op.loadByte(op.get(CLOSE), place), ESCAPES_AT), op.const(escape));
  const digits = [2, 3, 4, 5].map((place) => isOf(place, Escape.digit)).reduce(op.and);
  return [
    ...op.set(BITS, op.const(2)),
    ...op.when(
      op.isZero(isOf(1, Escape.short)),
      giveUpIf(op.isZero(op.equal(op.loadByte(op.get(CLOSE), 1), op.const(LETTER_U)))),
      giveUpIf(op.isZero(digits)),
      op.set(BITS, op.const(LONG_ESCAPE_BYTES)),
    ),
    ...op.set(CLOSE, op.add(op.get(CLOSE), op.get(BITS))),
  ];
}

/** Sets AT behind the colon that follows CLOSE. */
function passColon(): Code {
  const sort = op.loadByte(op.loadByte(op.get(AT)), SORTS_AT);
  return [
    ...op.set(AT, op.get(CLOSE)),
    ...op.loop(
      giveUpIf(op.notLess(op.get(AT), op.get(END))),
      op.when(op.equal(sort, op.const(Sort.space)), step(AT, 1), op.branch(1)),
    ),
    ...giveUpIf(op.isZero(op.equal(op.loadByte(op.get(AT)), op.const(JsonByte.colon)))),
    ...step(AT, 1),
  ];
}

/** Sets NAME to the number of the name that stands between the quotes at AT and in front of CLOSE. */
function findName({ lengthsAt, namesAt, slotMask }: TapeAddresses): Code {
  const number = op.loadShort(op.shiftLeft(op.get(SLOT), op.const(1)), SLOTS_AT);
  return [
    ...op.set(LENGTH, op.subtract(op.subtract(op.get(CLOSE), op.get(AT)), op.const(2))),
    ...giveUpIf(op.isZero(op.get(LENGTH))),
    ...op.set(SLOT, hashOfKey()),
    ...op.set(NAME, op.const(UNKNOWN_NAME)),
    ...op.block(
      op.loop(
        op.set(SLOT, op.and(op.get(SLOT), op.const(slotMask))),
        op.branchIf(1, op.isZero(op.tee(KEY, number))),
        op.set(KEY, op.subtract(op.get(KEY), op.const(1))),
        op.when(
          op.equal(op.loadByte(op.get(KEY), lengthsAt), op.get(LENGTH)),
          compareName(namesAt),
          // Behind both: it is this name.
          op.when(op.get(BITS), op.set(NAME, op.get(KEY)), op.branch(3)),
        ),
        step(SLOT, 1),
        op.branch(0),
      ),
    ),
  ];
}

/** As `KeyNames` has it. */
function hashOfKey(): Code {
  const ofKey = (place: Code): Code => op.loadByte(op.add(op.get(AT), place), 1);
  const length = op.get(LENGTH);
  const fromEnd = op.select(op.const(3), op.const(1), op.less(op.const(3), length));
  const parts = [
    ofKey(op.const(0)),
    ofKey(op.less(op.const(1), length)),
    ofKey(op.shiftRight(length, op.const(1))),
    ofKey(op.subtract(length, fromEnd)),
    ofKey(op.subtract(length, op.const(1))),
    length,
  ];
  const products = parts.map((part, index) =>
    op.multiply(part, op.const(HASH_FACTORS[index] as number)),
  );
  return [
    ...op.set(KEY, products.reduce(op.add)),
    ...op.xor(op.get(KEY), op.shiftRight(op.get(KEY), op.const(15))),
  ];
}

/** Sets BITS to 1 if the name of number KEY is the key's, of the same length, else to 0. */
function compareName(namesAt: number): Code {
  const name = op.multiply(op.get(KEY), op.const(NAME_BYTES_MAX));
  const left = op.subtract(op.get(LENGTH), op.get(OBJECT));
  const someBits = op.subtract(op.shiftLeft(op.const(1), left), op.const(1));
  const wanted = op.select(someBits, op.const(0xffff), op.less(left, op.const(16)));
  const equal = op.equalBytes(
    op.loadBytes(op.add(op.get(AT), op.get(OBJECT)), 1),
    op.loadBytes(op.add(name, op.get(OBJECT)), namesAt),
  );
  return [
    ...op.set(OBJECT, op.const(0)),
    ...op.loop(
      op.set(BITS, op.isZero(op.and(op.xor(op.highestBits(equal), op.const(-1)), wanted))),
      step(OBJECT, 16),
      op.branchIf(0, op.and(op.get(BITS), op.less(op.get(OBJECT), op.get(LENGTH)))),
    ),
  ];
}

/** Reads a word, or a number without exponent. */
function literalCode(addresses: TapeAddresses): Code {
  const startsWith = (word: string): Code =>
    op.equal(op.load(op.get(AT), 0), op.const(Buffer.from(word).readInt32LE()));
  const isFalse = op.and(startsWith('fals'), op.equal(op.loadByte(op.get(AT), 4), op.const(0x65)));
  const behind = op.loadByte(op.loadByte(op.get(CLOSE)), SORTS_AT);
  return [
    ...expectValue(),
    ...op.set(CLOSE, op.get(AT)),
    ...op.set(KIND, op.const(TokenKind.word)),
    ...op.when(op.or(startsWith('true'), startsWith('null')), step(CLOSE, 4)),
    ...op.when(isFalse, step(CLOSE, 5)),
    ...op.when(op.equal(op.get(CLOSE), op.get(AT)), numberCode()),
    ...giveUpIf(op.notLess(op.get(CLOSE), op.get(END))),
    ...giveUpIf(op.equal(behind, op.const(Sort.literal))),
    ...addValue(addresses, op.get(KIND)),
  ];
}

function numberCode(): Code {
  const digit = op.subtract(op.loadByte(op.get(CLOSE)), op.const(DIGIT_0));
  const isDigit = op.less(digit, op.const(10));
  const passDigits = op.loop(op.when(isDigit, step(CLOSE, 1), op.branch(1)));
  return [
    ...op.set(KIND, op.const(TokenKind.number)),
    ...op.when(op.equal(op.get(BYTE), op.const(0x2d)), step(CLOSE, 1)),
    ...giveUpIf(op.isZero(isDigit)),
    ...op.set(BITS, op.isZero(digit)),
    ...step(CLOSE, 1),
    // Behind a zero that begins a number no digit may come, which is a literal that goes on.
    ...op.when(op.isZero(op.get(BITS)), passDigits),
    ...op.when(
      op.equal(op.loadByte(op.get(CLOSE)), op.const(0x2e)),
      step(CLOSE, 1),
      giveUpIf(op.isZero(isDigit)),
      passDigits,
    ),
  ];
}

/** Adds the value from AT to CLOSE, and goes on behind it. */
function addValue(addresses: TapeAddresses, kind: Code): Code {
  return [
    ...addToken(addresses, kind, op.add(op.get(OUT), op.const(1))),
    ...op.set(AT, op.get(CLOSE)),
    ...op.set(NEXT, op.const(Next.commaOrEnd)),
  ];
}

/** Adds a token from AT to CLOSE. */
function addToken(addresses: TapeAddresses, kind: Code, link: Code): Code {
  const { kindsAt, startsAt, endsAt, linksAt } = addresses;
  return [
    ...op.storeByte(op.get(OUT), kind, kindsAt),
    ...op.store(words(OUT), op.add(op.get(AT), op.get(SHIFT)), startsAt),
    ...op.store(words(OUT), op.add(op.get(CLOSE), op.get(SHIFT)), endsAt),
    ...op.store(words(OUT), link, linksAt),
    ...step(OUT, 1),
  ];
}

/** Bytes from the start of a table of `i32`. */
function words(local: number): Code {
  return op.shiftLeft(op.get(local), op.const(2));
}
