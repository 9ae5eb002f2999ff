/** Part of a WebAssembly function: the bytes of its instructions. */
export type Code = readonly number[];

/** Value type `i32`, the only one used here. */
const I32 = 0x7f;
const NO_RESULT = 0x40;

/**
 * The instructions of WebAssembly that the scanner needs, each written as its operands, then itself.
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
  divide: (left: Code, right: Code): Code => [...left, ...right, 0x6e],
  isZero: (value: Code): Code => [...value, 0x45],
  equal: (left: Code, right: Code): Code => [...left, ...right, 0x46],
  /** Unsigned comparisons. */
  less: (left: Code, right: Code): Code => [...left, ...right, 0x49],
  notLess: (left: Code, right: Code): Code => [...left, ...right, 0x4f],
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
  /** Goes to the block or loop that is `depth` levels out. */
  branch: (depth: number): Code => [0x0c, ...unsigned(depth)],
  branchIf: (depth: number, condition: Code): Code => [...condition, 0x0d, ...unsigned(depth)],
} as const;

/** One exported function over `i32` that returns an `i32`, and the exported memory it works in. */
export interface WasmFunction {
  readonly name: string;
  readonly parameterCount: number;
  /** Beyond the parameters; they start as 0. */
  readonly localCount: number;
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
  const { name, parameterCount, localCount, body, memoryPages } = wanted;
  const parameters = Array.from({ length: parameterCount }, () => I32);
  const code = [1, ...unsigned(localCount), I32, ...body, 0x0b];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [1, 0x60, ...counted(parameters), 1, I32]),
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
