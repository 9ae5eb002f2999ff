import { isWordByte } from './byte-set.ts';
import { GAZETTEER_KIND, MATCH_BYTES_MAX, type ScanTables, scan, type TakeToken } from './scan.ts';
import { type Code, encodeModule, op } from './wasm-assembler.ts';
import { HASH_FACTOR, HASH_START, WORD_BYTES_MAX } from './word-hashes.ts';

/** Bytes copied into the scanner's memory at a time. */
const WINDOW_BYTES = 65_536;

/** Below this, copying and calling cost more than the interpreter's slower loop. */
const WASM_BYTES_MIN = 48;

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
  /** Looks from `from` to `limit`, reading up to `end`; returns where it stopped for want of room. */
  scan(from: number, limit: number, end: number, behindWord: number): number;
  readonly memory: { readonly buffer: ArrayBuffer };
}

/** `scan`, compiled to WebAssembly for one set of tables. Has memory of its own: one per process will do. */
export class WasmScanner {
  readonly #tables: ScanTables;
  readonly #exports: ScannerExports;
  readonly #memory: Uint8Array;
  readonly #tokens: Uint32Array;
  readonly #count: Uint32Array;
  readonly #inputAt: number;

  constructor(tables: ScanTables) {
    const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: WasmRuntime };
    const { dfa, words } = tables;
    const slotsAt = TABLE_AT + 4 * dfa.table.length;
    this.#tables = tables;
    this.#inputAt = slotsAt + 4 * words.slots.length;
    const bytes = this.#inputAt + 1 + WINDOW_BYTES + MATCH_BYTES_MAX + 1;
    const module = encodeModule({
      name: 'scan',
      parameterCount: 4,
      localCount: LOCAL_COUNT,
      body: scanCode(tables, slotsAt),
      memoryPages: Math.ceil(bytes / 65_536),
    });
    this.#exports = new WebAssembly.Instance(new WebAssembly.Module(module)).exports;
    const { buffer } = this.#exports.memory;
    this.#memory = new Uint8Array(buffer);
    this.#count = new Uint32Array(buffer, 0, 1);
    this.#tokens = new Uint32Array(buffer, TOKENS_AT, (TOKENS_MAX * TOKEN_BYTES) / 4);
    writeTables(buffer, tables, slotsAt);
  }

  /** As `scan`. */
  scan(bytes: Uint8Array, start: number, end: number, take: TakeToken): void {
    if (end - start < WASM_BYTES_MIN) {
      scan(this.#tables, bytes, { start, end }, take);
      return;
    }
    let behindWord = 0;
    for (let from = start; from < end; from += WINDOW_BYTES) {
      const limit = Math.min(end, from + WINDOW_BYTES);
      this.#scanWindow(bytes, { from, limit, end, behindWord }, take);
      behindWord = isWordByte(bytes[limit - 1] as number) ? 1 : 0;
    }
  }

  #scanWindow(
    bytes: Uint8Array,
    at: {
      readonly from: number;
      readonly limit: number;
      readonly end: number;
      readonly behindWord: number;
    },
    take: TakeToken,
  ): void {
    const inputAt = this.#inputAt;
    // One byte more than a match may have: whether a word ends there depends on the next.
    const readEnd = Math.min(at.end, at.limit + MATCH_BYTES_MAX + 1);
    this.#memory.set(bytes.subarray(at.from, readEnd), inputAt);
    const limit = inputAt + at.limit - at.from;
    const end = inputAt + readEnd - at.from;
    const shift = at.from - inputAt;
    let from = inputAt;
    let behindWord = at.behindWord;
    while (from < limit) {
      from = this.#exports.scan(from, limit, end, behindWord);
      behindWord = isWordByte(this.#memory[from - 1] as number) ? 1 : 0;
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
}

function writeTables(buffer: ArrayBuffer, { dfa, words }: ScanTables, slotsAt: number): void {
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
  new Uint32Array(buffer, slotsAt, words.slots.length).set(words.slots);
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
const LOCAL_COUNT = 8;

/** The body of `scan`, with addresses and sizes as constants. States are byte offsets from `TABLE_AT`. */
function scanCode({ dfa, words }: ScanTables, slotsAt: number): Code {
  const roomNeeded = (MATCH_BYTES_MAX + 1) * TOKEN_BYTES;
  const outMax = TOKENS_AT + TOKENS_MAX * TOKEN_BYTES - roomNeeded;
  return [
    ...op.set(OUT, op.const(TOKENS_AT)),
    ...op.block(
      op.loop(
        op.branchIf(1, op.notLess(op.get(FROM), op.get(LIMIT))),
        op.branchIf(1, op.less(op.const(outMax), op.get(OUT))),
        op.set(OFFSET, op.get(FROM)),
        op.set(STATE, step(startState(dfa.startInWord, dfa.startOfWord))),
        op.when(op.get(STATE), matchCode(dfa.acceptingFrom, dfa.rowLength)),
        op.when(startsWordCode(), wordCode(words.slots.length, slotsAt)),
        op.set(BEHIND_WORD, op.loadByte(op.loadByte(op.get(FROM)), WORD_BYTES_AT)),
        op.set(FROM, op.add(op.get(FROM), op.const(1))),
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

function startState(inWord: number, ofWord: number): Code {
  return op.select(op.const(4 * inWord), op.const(4 * ofWord), op.get(BEHIND_WORD));
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
