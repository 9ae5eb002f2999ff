import { ProtocolError } from '../protocol-error.ts';
import { decodeVarint, encodeVarint, findVarintEnd } from './varint.ts';

/** How the value of a field is written. Groups (3 and 4) are not read: nobody has sent any for long. */
export const WireType = { varint: 0, fixed64: 1, lengthDelimited: 2, fixed32: 5 } as const;

/** How many messages may be within each other; protobuf's own libraries stop at 100. */
export const DEPTH_MAX = 100;

const FIELD_NUMBER_MAX: number = 2 ** 29 - 1;

/** One field of a message, where it is. */
export interface WireField {
  readonly number: number;
  readonly wireType: number;
  /** Where its tag starts in the message. */
  readonly start: number;
  /** Where its value starts, behind tag and length. */
  readonly valueStart: number;
  readonly end: number;
}

/**
 * Reads the fields of a message in order, without copying.
 *
 * @param depth How many messages this one is in.
 * @throws {ProtocolError} If the bytes are no message, hold a group, or are too deep.
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export function* readFields(message: Buffer, depth: number): Generator<WireField, void> {
  if (depth > DEPTH_MAX) throw violation('is within too many others');
  let start = 0;
  while (start < message.length) {
    const tagEnd = findVarintEnd(message, start);
    const tag = decodeVarint(message, start, tagEnd);
    const number = Number(tag >> 3n);
    const wireType = Number(tag & 7n);
    if (number === 0 || number > FIELD_NUMBER_MAX) throw violation('has a field without a number');
    const lengthEnd =
      wireType === WireType.lengthDelimited ? findVarintEnd(message, tagEnd) : tagEnd;
    const end = findValueEnd(message, wireType, tagEnd, lengthEnd);
    yield { number, wireType, start, valueStart: lengthEnd, end };
    start = end;
  }
}

/**
 * Writes a message anew with some fields changed.
 *
 * @param rewrite The bytes that stand in the place of a field (none to leave it out); undefined keeps it.
 * @returns The message itself if every field was kept.
 * @throws {ProtocolError} As {@link readFields}.
 */
export function rewriteFields(
  message: Buffer,
  depth: number,
  rewrite: (field: WireField) => Buffer | undefined,
): Buffer {
  const pieces: Buffer[] = [];
  let keptFrom = 0;
  for (const field of readFields(message, depth)) {
    const replacement = rewrite(field);
    if (replacement === undefined) continue;
    pieces.push(message.subarray(keptFrom, field.start), replacement);
    keptFrom = field.end;
  }
  return pieces.length === 0 ? message : Buffer.concat([...pieces, message.subarray(keptFrom)]);
}

/** Encodes a field of bytes, text, or another message. */
export function encodeBytesField(number: number, value: Uint8Array): Buffer {
  const tag = encodeTag(number, WireType.lengthDelimited);
  return Buffer.concat([tag, encodeVarint(BigInt(value.length)), value]);
}

/** Encodes a field that is a varint; negative numbers of `int32` and `int64` in two's complement. */
export function encodeVarintField(number: number, value: bigint): Buffer {
  return Buffer.concat([encodeTag(number, WireType.varint), encodeVarint(value)]);
}

function encodeTag(number: number, wireType: number): Buffer {
  return encodeVarint((BigInt(number) << 3n) | BigInt(wireType));
}

function findValueEnd(
  message: Buffer,
  wireType: number,
  tagEnd: number,
  lengthEnd: number,
): number {
  const end = valueEndOf(message, wireType, tagEnd, lengthEnd);
  if (end > message.length) throw violation('ends inside a field');
  return end;
}

function valueEndOf(message: Buffer, wireType: number, tagEnd: number, lengthEnd: number): number {
  switch (wireType) {
    case WireType.varint:
      return findVarintEnd(message, tagEnd);
    case WireType.fixed64:
      return tagEnd + 8;
    case WireType.fixed32:
      return tagEnd + 4;
    case WireType.lengthDelimited:
      return lengthEnd + Number(decodeVarint(message, tagEnd, lengthEnd));
    default:
      throw violation('holds a group, or what is no field');
  }
}

function violation(reason: string): ProtocolError {
  return new ProtocolError('protobuf message', reason);
}
