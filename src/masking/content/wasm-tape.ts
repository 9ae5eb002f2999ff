import { encodeModule } from '../detectors/wasm-assembler.ts';
import { HEX_DIGITS, SHORT_ESCAPES, sortOf } from './json-grammar.ts';
import type { KeyNames } from './key-names.ts';
import {
  ESCAPES_AT,
  Escape,
  Flag,
  LOCALS,
  NAME_BYTES_MAX,
  PARAMETER_COUNT,
  SAID_AT,
  SLOTS_AT,
  SORTS_AT,
  type TapeAddresses,
  TOKENS_MAX,
  tapeCode,
} from './tape-code.ts';

/** Bytes looked at together; longer values are read elsewhere. */
const WINDOW_BYTES = 256 * 1024;
/** Behind the window may be read, but not what stands there. */
const PADDING_BYTES = 64;
const PAGE_BYTES = 65_536;

/** WebAssembly as far as it is used here; the types that come with Node.js leave it out. */
interface WasmRuntime {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object) => { readonly exports: TapeExports };
}

interface TapeExports {
  readonly read: (this: void, at: number, end: number, shift: number) => number;
  readonly memory: { readonly buffer: ArrayBuffer };
}

/** Tokens as `JsonTape` has them. */
export interface Tokens {
  readonly kinds: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly links: Int32Array;
}

/**
 * Reads objects that are there as a whole, as `JsonTape` does, in a fraction of the time; what is rare it leaves to it.
 * Has memory of its own: one per set of names will do. What it read last is there until it reads again.
 */
export class WasmTape {
  readonly tokens: Tokens;
  readonly #read: TapeExports['read'];
  readonly #memory: Buffer;
  readonly #said: Uint32Array;
  readonly #inputAt: number;
  /** The bytes in memory, and where they were. */
  #source: Buffer | undefined;
  #from = 0;
  #to = 0;

  constructor(names: KeyNames) {
    const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: WasmRuntime };
    const layout = layOut(names);
    this.#inputAt = layout.endAt + PADDING_BYTES;
    const memoryBytes = this.#inputAt + WINDOW_BYTES + PADDING_BYTES;
    const module = encodeModule({
      name: 'read',
      parameterCount: PARAMETER_COUNT,
      locals: LOCALS,
      body: tapeCode(layout),
      memoryPages: Math.ceil(memoryBytes / PAGE_BYTES),
    });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module));
    const { buffer } = exports.memory;
    this.#read = exports.read;
    this.#memory = Buffer.from(buffer);
    this.#said = new Uint32Array(buffer, SAID_AT, 2);
    writeTables(buffer, names, layout);
    this.tokens = {
      kinds: new Uint8Array(buffer, layout.kindsAt, TOKENS_MAX),
      starts: new Int32Array(buffer, layout.startsAt, TOKENS_MAX),
      ends: new Int32Array(buffer, layout.endsAt, TOKENS_MAX),
      links: new Int32Array(buffer, layout.linksAt, TOKENS_MAX),
    };
  }

  /** Of what was read last. */
  get size(): number {
    return this.#said[0] as number;
  }

  /** Whether bytes beyond ASCII may be in what was read last. */
  get mayBeyondAscii(): boolean {
    return ((this.#said[1] as number) & Flag.mayBeyondAscii) !== 0;
  }

  /** Whether what was read last has keys that are none of the names; it has no name twice in one object. */
  get hasUnknownKeys(): boolean {
    return ((this.#said[1] as number) & Flag.hasUnknownKey) !== 0;
  }

  /** The bytes that were looked at so far may be others now. */
  forget(): void {
    this.#source = undefined;
  }

  /**
   * Reads the object at `start`, whose bytes end in front of `end`. Until {@link forget}, bytes that were looked at stay.
   *
   * @returns Where it ends; 0 if it is not all there, or has to be read elsewhere.
   */
  read(bytes: Buffer, start: number, end: number): number {
    const isThere = bytes === this.#source && start >= this.#from && start < this.#to;
    if (isThere) {
      const close = this.#readHere(start);
      if (close !== 0 || this.#to === end) return close;
    }
    this.#source = bytes;
    this.#from = start;
    this.#to = Math.min(end, start + WINDOW_BYTES);
    bytes.copy(this.#memory, this.#inputAt, this.#from, this.#to);
    return this.#readHere(start);
  }

  #readHere(start: number): number {
    const shift = this.#from - this.#inputAt;
    const close = this.#read(start - shift, this.#to - shift, shift);
    return close === 0 ? 0 : close + shift;
  }
}

interface Layout extends TapeAddresses {
  /** Behind all of them. */
  readonly endAt: number;
}

function layOut(names: KeyNames): Layout {
  const { slots } = names.tables;
  const lengthsAt = SLOTS_AT + slots.byteLength;
  const namesAt = align(lengthsAt + names.size);
  const kindsAt = namesAt + names.size * NAME_BYTES_MAX;
  const startsAt = kindsAt + align(TOKENS_MAX);
  const endsAt = startsAt + 4 * TOKENS_MAX;
  const linksAt = endsAt + 4 * TOKENS_MAX;
  const endAt = linksAt + 4 * TOKENS_MAX;
  const slotMask = slots.length - 1;
  return { lengthsAt, namesAt, kindsAt, startsAt, endsAt, linksAt, endAt, slotMask };
}

function align(address: number): number {
  return Math.ceil(address / 64) * 64;
}

function writeTables(buffer: ArrayBuffer, names: KeyNames, layout: Layout): void {
  const memory = Buffer.from(buffer);
  const { names: bytesOfNames, slots } = names.tables;
  new Uint16Array(buffer, SLOTS_AT, slots.length).set(slots);
  for (const [id, bytes] of bytesOfNames.entries()) {
    memory[layout.lengthsAt + id] = bytes.length;
    bytes.copy(memory, layout.namesAt + id * NAME_BYTES_MAX);
  }
  for (let byte = 0; byte < 256; byte++) {
    memory[SORTS_AT + byte] = sortOf(byte);
    memory[ESCAPES_AT + byte] =
      (SHORT_ESCAPES.includes(byte) ? Escape.short : 0) |
      (HEX_DIGITS.includes(byte) ? Escape.digit : 0);
  }
}
