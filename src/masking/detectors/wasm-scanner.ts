import { isWordByte } from './byte-set.ts';
import type { WordStarts } from './prefilter.ts';
import { MATCH_BYTES_MAX, type ScanTables, type TakeToken } from './scan.ts';
import {
  type Addresses,
  ANYWHERE_AT,
  BLOCK_BYTES,
  CLASSES_AT,
  LOCALS,
  PARAMETER_COUNT,
  RUNS_AT,
  RUNS_BYTES,
  SORTS_AT,
  STARTS_AT,
  STARTS_BYTES,
  scanCode,
  TABLE_AT,
  TOKEN_BYTES,
  TOKENS_AT,
  TOKENS_MAX,
  WIDE_AT,
  WORD_BYTES_AT,
} from './scan-code.ts';
import { BEFORE_REACH, LABEL_REACH } from './token-needs.ts';
import { encodeModule } from './wasm-assembler.ts';

/** Bytes copied into the scanner's memory at a time. */
const WINDOW_BYTES = 65_536;

/** Behind a window what may belong to its last match: whether a word ends there depends on the byte behind. */
const BEHIND_BYTES = MATCH_BYTES_MAX + LABEL_REACH + 1;

/** WebAssembly as far as it is used here; the types that come with Node.js leave it out. */
interface WasmRuntime {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object) => { readonly exports: ScannerExports };
}

interface ScannerExports {
  /** Looks from `from` to `limit` in the bytes from `begin` to `end`; returns where it stopped for want of room. */
  readonly scan: (this: void, from: number, limit: number, end: number, begin: number) => number;
  readonly memory: { readonly buffer: ArrayBuffer };
}

/** `scan`, compiled to WebAssembly for one set of tables. Has memory of its own: one per process will do. */
export class WasmScanner {
  readonly #scan: ScannerExports['scan'];
  readonly #memory: Buffer;
  readonly #tokens: Uint32Array;
  readonly #count: Uint32Array;
  /** The first byte of a window. */
  readonly #inputAt: number;

  constructor(tables: ScanTables) {
    const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: WasmRuntime };
    const { dfa, words } = tables;
    const slotsAt = TABLE_AT + 4 * dfa.table.length;
    const needsAt = slotsAt + 4 * words.slots.length;
    this.#inputAt = needsAt + dfa.needsOfKind.length + BLOCK_BYTES;
    const bytes = this.#inputAt + WINDOW_BYTES + BEHIND_BYTES + 2 * BLOCK_BYTES;
    const module = encodeModule({
      name: 'scan',
      parameterCount: PARAMETER_COUNT,
      locals: LOCALS,
      body: scanCode(tables, { slotsAt, needsAt }),
      memoryPages: Math.ceil(bytes / 65_536),
    });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module));
    this.#scan = exports.scan;
    const { buffer } = exports.memory;
    this.#memory = Buffer.from(buffer);
    this.#count = new Uint32Array(buffer, 0, 1);
    this.#tokens = new Uint32Array(buffer, TOKENS_AT, (TOKENS_MAX * TOKEN_BYTES) / 4);
    writeTables(buffer, tables, { slotsAt, needsAt });
  }

  /** As `scan`. */
  scan(bytes: Uint8Array, start: number, end: number, take: TakeToken): void {
    const source = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let from = start; from < end; from += WINDOW_BYTES) {
      const begin = Math.max(start, from - BEFORE_REACH);
      const limit = Math.min(end, from + WINDOW_BYTES);
      this.#scanWindow(
        source,
        { begin, from, limit, end: Math.min(end, limit + BEHIND_BYTES) },
        take,
      );
    }
  }

  #scanWindow(
    source: Buffer,
    at: {
      readonly begin: number;
      readonly from: number;
      readonly limit: number;
      readonly end: number;
    },
    take: TakeToken,
  ): void {
    const shift = at.from - this.#inputAt;
    const begin = at.begin - shift;
    const end = at.end - shift;
    const limit = at.limit - shift;
    // Faster than `set` of a subarray, which is an object to make, and than a loop.
    source.copy(this.#memory, begin, at.begin, at.end);
    // No word goes on before the text, nor behind it.
    this.#memory[begin - 1] = 0;
    this.#memory[end] = 0;
    let from = this.#inputAt;
    while (from < limit) {
      from = this.#scan(from, limit, end, begin);
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

function writeTables(
  buffer: ArrayBuffer,
  { dfa, words }: ScanTables,
  { slotsAt, needsAt }: Addresses,
): void {
  const { prefilter, rowLength } = dfa;
  const classes = new Uint16Array(buffer, CLASSES_AT, 256);
  const wordBytes = new Uint8Array(buffer, WORD_BYTES_AT, 256);
  for (let byte = 0; byte < 256; byte++) {
    classes[byte] = 4 * (dfa.classOfByte[byte] as number);
    wordBytes[byte] = isWordByte(byte) ? 4 : 0;
  }
  const table = new Uint32Array(buffer, TABLE_AT, dfa.table.length);
  for (const [index, entry] of dfa.table.entries()) {
    table[index] = index % rowLength < rowLength - 2 ? 4 * entry : entry;
  }
  const write = (at: number, values: Uint32Array): void =>
    new Uint32Array(buffer, at, values.length).set(values);
  for (const [behind, starts] of prefilter.starts.entries()) {
    write(STARTS_AT + behind * STARTS_BYTES, inPairs(starts));
    write(RUNS_AT + behind * RUNS_BYTES, starts.runs);
  }
  write(ANYWHERE_AT, prefilter.anywhere);
  write(WIDE_AT, prefilter.wide);
  write(slotsAt, words.slots);
  new Uint8Array(buffer, SORTS_AT, 256).set(prefilter.sortOfByte);
  new Uint8Array(buffer, needsAt, dfa.needsOfKind.length).set(dfa.needsOfKind);
}

function inPairs({ ofWord, ofFewWords }: WordStarts): Uint32Array {
  const pairs = new Uint32Array(2 * ofWord.length);
  for (let index = 0; index < ofWord.length; index++) {
    pairs[2 * index] = ofWord[index] as number;
    pairs[2 * index + 1] = ofFewWords[index] as number;
  }
  return pairs;
}
