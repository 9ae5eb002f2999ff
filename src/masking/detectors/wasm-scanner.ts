import { isWordByte } from './byte-set.ts';
import { PREFIX_BYTES } from './prefilter.ts';
import { GAZETTEER_KIND, MATCH_BYTES_MAX, type ScanTables, type TakeToken } from './scan.ts';
import { type Code, encodeModule, op } from './wasm-assembler.ts';
import { HASH_FACTOR, HASH_START, WORD_BYTES_MAX } from './word-hashes.ts';

/** Bytes copied into the scanner's memory at a time. */
const WINDOW_BYTES = 65_536;

/** Up to here a loop copies faster than a call does. */
const COPY_LOOP_BYTES_MAX = 64;

/** Found between two calls; from one byte at most `MATCH_BYTES_MAX + 1` tokens start. */
const TOKENS_MAX = 4_096;
const TOKEN_BYTES = 12;

/** Where things are in memory. The count of tokens is at 0. */
const CLASSES_AT = 1_024;
const WORD_BYTES_AT = 2_048;
const TOKENS_AT = 4_096;
const TABLE_AT = 65_536;

/** WebAssembly as far as it is used here; the types that come with Node.js leave it out. */
interface WasmRuntime {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object) => { readonly exports: ScannerExports };
}

interface ScannerExports {
  /** Looks from `from` to `limit`, reading from the byte before up to `end`; returns where it stopped for want of room. */
  scan(from: number, limit: number, end: number): number;
  readonly memory: { readonly buffer: ArrayBuffer };
}

/** Where the tables are that have no fixed place. */
interface Addresses {
  readonly prefiltersAt: number;
  readonly slotsAt: number;
  /** The first byte of a window; the byte before it is the one before the window. */
  readonly inputAt: number;
}

/** `scan`, compiled to WebAssembly for one set of tables. Has memory of its own: one per process will do. */
export class WasmScanner {
  readonly #exports: ScannerExports;
  readonly #memory: Uint8Array;
  readonly #tokens: Uint32Array;
  readonly #count: Uint32Array;
  readonly #inputAt: number;

  constructor(tables: ScanTables) {
    const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: WasmRuntime };
    const { dfa, words } = tables;
    const prefiltersAt = TABLE_AT + 4 * dfa.table.length;
    const slotsAt = prefiltersAt + 4 * dfa.prefilter.table.length;
    this.#inputAt = slotsAt + 4 * words.slots.length + 1;
    const bytes = this.#inputAt + WINDOW_BYTES + MATCH_BYTES_MAX + 1;
    const addresses = { prefiltersAt, slotsAt, inputAt: this.#inputAt };
    const module = encodeModule({
      name: 'scan',
      parameterCount: PARAMETER_COUNT,
      localCount: LOCAL_COUNT,
      body: scanCode(tables, addresses),
      memoryPages: Math.ceil(bytes / 65_536),
    });
    this.#exports = new WebAssembly.Instance(new WebAssembly.Module(module)).exports;
    const { buffer } = this.#exports.memory;
    this.#memory = new Uint8Array(buffer);
    this.#count = new Uint32Array(buffer, 0, 1);
    this.#tokens = new Uint32Array(buffer, TOKENS_AT, (TOKENS_MAX * TOKEN_BYTES) / 4);
    writeTables(buffer, tables, addresses);
  }

  /** As `scan`. */
  scan(bytes: Uint8Array, start: number, end: number, take: TakeToken): void {
    let before = 0;
    for (let from = start; from < end; from += WINDOW_BYTES) {
      const limit = Math.min(end, from + WINDOW_BYTES);
      this.#memory[this.#inputAt - 1] = before;
      this.#scanWindow(bytes, { from, limit, end }, take);
      before = bytes[limit - 1] as number;
    }
  }

  #scanWindow(
    bytes: Uint8Array,
    at: { readonly from: number; readonly limit: number; readonly end: number },
    take: TakeToken,
  ): void {
    const inputAt = this.#inputAt;
    // One byte more than a match may have: whether a word ends there depends on the next.
    const readEnd = Math.min(at.end, at.limit + MATCH_BYTES_MAX + 1);
    this.#copy(bytes, at.from, readEnd);
    const limit = inputAt + at.limit - at.from;
    const end = inputAt + readEnd - at.from;
    const shift = at.from - inputAt;
    let from = inputAt;
    while (from < limit) {
      from = this.#exports.scan(from, limit, end);
      const tokens = this.#tokens;
      const length = 3 * (this.#count[0] as number);
      for (let index = 0; index < length; index += 3) {
        take(
          tokens[index] as number,
          (tokens[index + 1] as number) + shift,
          (tokens[index + 2] as number) + shift,
        );
      }
    }
  }

  #copy(bytes: Uint8Array, from: number, end: number): void {
    if (end - from > COPY_LOOP_BYTES_MAX) {
      this.#memory.set(bytes.subarray(from, end), this.#inputAt);
      return;
    }
    const shift = this.#inputAt - from;
    for (let offset = from; offset < end; offset++)
      this.#memory[offset + shift] = bytes[offset] as number;
  }
}

function writeTables(buffer: ArrayBuffer, { dfa, words }: ScanTables, addresses: Addresses): void {
  const classes = new Uint16Array(buffer, CLASSES_AT, 256);
  const wordBytes = new Uint8Array(buffer, WORD_BYTES_AT, 256);
  for (let byte = 0; byte < 256; byte++) {
    classes[byte] = 4 * (dfa.classOfByte[byte] as number);
    wordBytes[byte] = isWordByte(byte) ? 4 : 0;
  }
  const table = new Uint32Array(buffer, TABLE_AT, dfa.table.length);
  const { rowLength } = dfa;
  for (const [index, entry] of dfa.table.entries()) {
    table[index] = index % rowLength < rowLength - 2 ? 4 * entry : entry;
  }
  const prefilter = new Uint32Array(buffer, addresses.prefiltersAt, dfa.prefilter.table.length);
  for (const [index, entry] of dfa.prefilter.table.entries()) prefilter[index] = 4 * entry;
  new Uint32Array(buffer, addresses.slotsAt, words.slots.length).set(words.slots);
}

/** Parameters, then locals. */
const FROM = 0;
const LIMIT = 1;
const END = 2;
const BEHIND_WORD = 3;
const STATE = 4;
const OFFSET = 5;
const LAST = 6;
const OUT = 7;
const KIND = 8;
const HASH = 9;
const LETTER = 10;
const SLOT = 11;
const READ = 12;
const STOP = 13;
const PREFIX = 14;
const PARAMETER_COUNT = 3;
const LOCAL_COUNT = 12;

/**
 * The body of `scan`, with addresses and sizes as constants. States are byte offsets from `TABLE_AT`, or from
 * `prefiltersAt` in the prefilter, which runs ahead and stops where a match may have begun.
 */
function scanCode({ dfa, words }: ScanTables, { slotsAt, prefiltersAt }: Addresses): Code {
  const { startInWord, startOfWord } = dfa.prefilter;
  const roomNeeded = (MATCH_BYTES_MAX + 1) * TOKEN_BYTES;
  const outMax = TOKENS_AT + TOKENS_MAX * TOKEN_BYTES - roomNeeded;
  const prefixBefore = op.subtract(op.get(READ), op.const(PREFIX_BYTES));
  const twice = op.shiftLeft(op.loadByte(op.get(READ)), op.const(1));
  return [
    ...op.set(OUT, op.const(TOKENS_AT)),
    ...op.set(READ, op.get(FROM)),
    ...op.set(STOP, op.add(op.get(LIMIT), op.const(PREFIX_BYTES))),
    ...op.set(STOP, op.select(op.get(STOP), op.get(END), op.less(op.get(STOP), op.get(END)))),
    ...op.block(
      op.loop(
        op.set(PREFIX, startState(startInWord, startOfWord, op.get(READ))),
        op.block(
          op.loop(
            op.branchIf(1, op.notLess(op.get(READ), op.get(STOP))),
            op.set(
              PREFIX,
              op.load(op.add(op.get(PREFIX), op.loadShort(twice, CLASSES_AT)), prefiltersAt),
            ),
            op.set(READ, op.add(op.get(READ), op.const(1))),
            op.branchIf(0, op.get(PREFIX)),
          ),
        ),
        // Nothing began in what was read but in its last bytes, and not even there if there was no alarm; where the
        // text ends, so may a word that the prefilter waits for the end of.
        op.when(op.less(op.get(FROM), prefixBefore), op.set(FROM, prefixBefore)),
        op.when(
          op.get(PREFIX),
          op.when(op.less(op.get(READ), op.get(END)), op.set(FROM, op.get(LIMIT))),
        ),
        op.loop(
          op.branchIf(2, op.notLess(op.get(FROM), op.get(LIMIT))),
          op.branchIf(2, op.less(op.const(outMax), op.get(OUT))),
          startCode({ dfa, words }, slotsAt),
          op.set(FROM, op.add(op.get(FROM), op.const(1))),
          op.branchIf(0, op.less(op.get(FROM), op.get(READ))),
        ),
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

/** Emits the tokens that start at FROM. */
function startCode({ dfa, words }: ScanTables, slotsAt: number): Code {
  return [
    ...op.set(BEHIND_WORD, wordByteBefore(op.get(FROM))),
    ...op.set(OFFSET, op.get(FROM)),
    ...op.set(STATE, step(startState(dfa.startInWord, dfa.startOfWord, op.get(FROM)))),
    ...op.when(op.get(STATE), matchCode(dfa.acceptingFrom, dfa.rowLength)),
    ...op.when(startsWordCode(), wordCode(words.slots.length, slotsAt)),
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
function matchCode(acceptingFrom: number, rowLength: number): Code {
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
          op.when(op.get(KIND), emitCode(op.get(KIND))),
        ),
        op.branchIf(1, op.notLess(op.get(OFFSET), op.get(LAST))),
        op.branchIf(0, op.tee(STATE, step(op.get(STATE)))),
      ),
    ),
  ];
}

/** Whether a capital letter stands at FROM and no word byte before it. */
function startsWordCode(): Code {
  const letter = op.subtract(op.loadByte(op.get(FROM)), op.const(0x41));
  return op.and(op.isZero(op.get(BEHIND_WORD)), op.less(letter, op.const(26)));
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
