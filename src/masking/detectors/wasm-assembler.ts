/** Part of a WebAssembly function: the bytes of its instructions. */
export type Code = readonly number[];

/** What a local holds; `v128` is 16 bytes that are worked on at once. */
export type LocalType = 'i32' | 'i64' | 'v128';

const TYPE_CODES: Readonly<Record<LocalType, number>> = { i32: 0x7f, i64: 0x7e, v128: 0x7b };
const NO_RESULT = 0x40;

/**
 * The instructions of WebAssembly that are needed here, each written as its operands, then itself. Those without
 * a width in their name are of `i32`, those that end in `64` of `i64`, those of `bytes` of 16 bytes at once.
 *
 * @see https://webassembly.github.io/spec/core/binary/instructions.html
 */
export const op = {
  const: (value: number): Code => [0x41, ...signed(value)],
  get: (local: number): Code => [0x20, ...unsigned(local)],
  set: (local: number, value: Code): Code => [...value, 0x21, ...unsigned(local)],
  /** Sets and leaves the value. */
  tee: (local: number, value: Code): Code => [...value, 0x22, ...unsigned(local)],
  add: (left: Code, right: Code): Code => [...left, ...right, 0x6a],
  subtract: (left: Code, right: Code): Code => [...left, ...right, 0x6b],
  multiply: (left: Code, right: Code): Code => [...left, ...right, 0x6c],
  and: (left: Code, right: Code): Code => [...left, ...right, 0x71],
  or: (left: Code, right: Code): Code => [...left, ...right, 0x72],
  xor: (left: Code, right: Code): Code => [...left, ...right, 0x73],
  shiftLeft: (left: Code, right: Code): Code => [...left, ...right, 0x74],
  shiftRight: (left: Code, right: Code): Code => [...left, ...right, 0x76],
  divide: (left: Code, right: Code): Code => [...left, ...right, 0x6e],
  isZero: (value: Code): Code => [...value, 0x45],
  equal: (left: Code, right: Code): Code => [...left, ...right, 0x46],
  /** Unsigned comparisons. */
  less: (left: Code, right: Code): Code => [...left, ...right, 0x49],
  notLess: (left: Code, right: Code): Code => [...left, ...right, 0x4f],
  /** Of any type. */
  select: (ifTrue: Code, ifFalse: Code, condition: Code): Code => [
    ...ifTrue,
    ...ifFalse,
    ...condition,
    0x1b,
  ],
  load: (address: Code, base: number): Code => [...address, 0x28, 0x02, ...unsigned(base)],
  loadByte: (address: Code, base = 0): Code => [...address, 0x2d, 0x00, ...unsigned(base)],
  loadShort: (address: Code, base: number): Code => [...address, 0x2f, 0x01, ...unsigned(base)],
  store: (address: Code, value: Code, base: number): Code => [
    ...address,
    ...value,
    0x36,
    0x02,
    ...unsigned(base),
  ],
  storeByte: (address: Code, value: Code, base: number): Code => [
    ...address,
    ...value,
    0x3a,
    0x00,
    ...unsigned(base),
  ],
  /** The number of the lowest bit that is set. */
  lowestBit: (value: Code): Code => [...value, 0x68],
  /** How many bits above the highest that is set are not. */
  leadingZeros: (value: Code): Code => [...value, 0x67],

  const64: (value: number): Code => [0x42, ...signed(value)],
  load64: (address: Code, base: number): Code => [...address, 0x29, 0x03, ...unsigned(base)],
  /** Of an `i32` that counts as unsigned, and back. */
  widen: (value: Code): Code => [...value, 0xad],
  narrow: (value: Code): Code => [...value, 0xa7],
  isZero64: (value: Code): Code => [...value, 0x50],
  /** The number of the lowest bit that is set. */
  lowestBit64: (value: Code): Code => [...value, 0x7a],
  subtract64: (left: Code, right: Code): Code => [...left, ...right, 0x7d],
  and64: (left: Code, right: Code): Code => [...left, ...right, 0x83],
  or64: (left: Code, right: Code): Code => [...left, ...right, 0x84],
  xor64: (left: Code, right: Code): Code => [...left, ...right, 0x85],
  shiftLeft64: (left: Code, right: Code): Code => [...left, ...right, 0x86],
  shiftRight64: (left: Code, right: Code): Code => [...left, ...right, 0x88],

  /** At any address: alignment is a hint. */
  loadBytes: (address: Code, base = 0): Code => [...address, 0xfd, 0x00, 0x00, ...unsigned(base)],
  constBytes: (bytes: readonly number[]): Code => [0xfd, 0x0c, ...bytes],
  eachByte: (value: number): Code => [0xfd, 0x0c, ...Array.from({ length: 16 }, () => value)],
  /** For each byte of `indexes` the byte of `table` there; 0 from 16 on. */
  lookUpBytes: (table: Code, indexes: Code): Code => [...table, ...indexes, 0xfd, 0x0e],
  equalBytes: (left: Code, right: Code): Code => [...left, ...right, 0xfd, 0x23],
  notEqualBytes: (left: Code, right: Code): Code => [...left, ...right, 0xfd, 0x24],
  notMoreBytes: (left: Code, right: Code): Code => [...left, ...right, 0xfd, 0x2a],
  andBytes: (left: Code, right: Code): Code => [...left, ...right, 0xfd, 0x4e],
  orBytes: (left: Code, right: Code): Code => [...left, ...right, 0xfd, 0x50],
  subtractBytes: (left: Code, right: Code): Code => [...left, ...right, 0xfd, 0x71],
  /** Of pairs of bytes: the bits of the higher one come into the lower one. */
  shiftRightPairs: (value: Code, bits: number): Code => [
    ...value,
    0x41,
    ...signed(bits),
    0xfd,
    0x8d,
    0x01,
  ],
  /** An `i32` with one bit for each byte, its highest. */
  highestBits: (value: Code): Code => [...value, 0xfd, 0x64],

  /** `branch(0)` in it goes behind it. */
  block: (...body: readonly Code[]): Code => [0x02, NO_RESULT, ...body.flat(), 0x0b],
  /** `branch(0)` in it goes back to its start. */
  loop: (...body: readonly Code[]): Code => [0x03, NO_RESULT, ...body.flat(), 0x0b],
  when: (condition: Code, ...body: readonly Code[]): Code => [
    ...condition,
    0x04,
    NO_RESULT,
    ...body.flat(),
    0x0b,
  ],
  /** Leaves the function. */
  return: (value: Code): Code => [...value, 0x0f],
  /** Goes to the block or loop that is `depth` levels out. */
  branch: (depth: number): Code => [0x0c, ...unsigned(depth)],
  branchIf: (depth: number, condition: Code): Code => [...condition, 0x0d, ...unsigned(depth)],
} as const;

/** One exported function over `i32` that returns an `i32`, and the exported memory it works in. */
export interface WasmFunction {
  readonly name: string;
  readonly parameterCount: number;
  /** Beyond the parameters; they start as 0. */
  readonly locals: readonly LocalType[];
  readonly body: Code;
  /** Pages of 64 KiB; the memory never grows. */
  readonly memoryPages: number;
}

/**
 * Encodes a module of one function.
 *
 * @see https://webassembly.github.io/spec/core/binary/modules.html
 */
export function encodeModule(wanted: WasmFunction): Uint8Array<ArrayBuffer> {
  const { name, parameterCount, locals, body, memoryPages } = wanted;
  const parameters = Array.from({ length: parameterCount }, () => TYPE_CODES.i32);
  const declared = locals.flatMap((type) => [1, TYPE_CODES[type]]);
  const code = [...unsigned(locals.length), ...declared, ...body, 0x0b];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [1, 0x60, ...counted(parameters), 1, TYPE_CODES.i32]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0x01, ...unsigned(memoryPages), ...unsigned(memoryPages)]),
    ...section(7, [2, ...named(name), 0x00, 0, ...named('memory'), 0x02, 0]),
    ...section(10, [1, ...counted(code)]),
  ]);
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...counted(content)];
}

function named(name: string): number[] {
  return counted([...Buffer.from(name)]);
}

function counted(bytes: readonly number[]): number[] {
  return [...unsigned(bytes.length), ...bytes];
}

/** LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return [...bytes, rest];
}

/** LEB128 of a 32-bit number with its sign. */
function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  for (; rest < -0x40 || rest > 0x3f; rest >>= 7) bytes.push((rest & 0x7f) | 0x80);
  return [...bytes, rest & 0x7f];
}
