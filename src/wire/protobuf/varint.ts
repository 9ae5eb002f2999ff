import { ProtocolError } from '../protocol-error.ts';

/** Seven bits in each, 64 in all. */
const VARINT_BYTES_MAX = 10;
const CONTINUES = 0x80;

/** Where the varint ends that starts at `start`. @throws {ProtocolError} If it is cut or has more than 64 bits. */
export function findVarintEnd(bytes: Buffer, start: number): number {
  for (let at = start; at < start + VARINT_BYTES_MAX; at += 1) {
    const byte = bytes[at];
    if (byte === undefined) throw new ProtocolError('protobuf varint', 'is cut');
    if (byte >= CONTINUES) continue;
    if (at === start + VARINT_BYTES_MAX - 1 && byte > 1) break;
    return at + 1;
  }
  throw new ProtocolError('protobuf varint', 'has more than 64 bits');
}

/** The value of the varint from `start` to `end`, without a sign. */
export function decodeVarint(bytes: Buffer, start: number, end: number): bigint {
  let value = 0n;
  for (let at = end - 1; at >= start; at -= 1) {
    value = (value << 7n) | BigInt((bytes[at] ?? 0) & ~CONTINUES);
  }
  return value;
}

/** Encodes a value without a sign, below 2^64, in its shortest form. */
export function encodeVarint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | CONTINUES);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}
