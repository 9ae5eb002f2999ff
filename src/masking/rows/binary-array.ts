import type { FieldMask, MaskedValue } from './field-mask.ts';
import { Splices } from './splices.ts';

/** `MAXDIM` in c.h. */
const DIMENSIONS_MAX = 6;
/** Dimensions, flags, element type. */
const HEADER_BYTES = 12;
const HAS_NULL_OFFSET = 4;
const DIMENSION_BYTES = 8;

/**
 * Looks through the elements of an array in binary format.
 *
 * @param maskOf The mask for elements of a type; undefined: they hold nothing.
 * @returns Null if it is not such an array.
 * @see array_send in https://github.com/postgres/postgres/blob/master/src/backend/utils/adt/arrayfuncs.c
 */
export function maskBinaryArray(
  bytes: Buffer,
  start: number,
  end: number,
  maskOf: (elementOid: number) => FieldMask | undefined,
): MaskedValue {
  if (end - start < HEADER_BYTES) return null;
  const dimensions = bytes.readInt32BE(start);
  let offset = start + HEADER_BYTES + dimensions * DIMENSION_BYTES;
  if (dimensions < 0 || dimensions > DIMENSIONS_MAX || offset > end) return null;
  const mask = maskOf(bytes.readUInt32BE(start + 8));
  if (mask === undefined) return undefined;

  let elements = dimensions === 0 ? 0 : 1;
  for (let index = 0; index < dimensions; index++) {
    elements *= bytes.readUInt32BE(start + HEADER_BYTES + index * DIMENSION_BYTES);
  }
  let splices: Splices | undefined;
  let hasNewNull = false;
  // Each turn reads four bytes at least, so a false count ends where the value does.
  for (let index = 0; index < elements; index++) {
    if (end - offset < 4) return null;
    const length = bytes.readInt32BE(offset);
    const valueStart = offset + 4;
    const valueEnd = valueStart + Math.max(length, 0);
    if (length < -1 || valueEnd > end) return null;
    const masked = length === -1 ? undefined : mask(bytes, valueStart, valueEnd);
    if (masked !== undefined) {
      splices ??= new Splices();
      splices.add(offset, valueEnd, withLength(masked));
      hasNewNull ||= masked === null;
    }
    offset = valueEnd;
  }
  if (offset !== end) return null;
  const result = splices?.apply(bytes, start, end);
  if (hasNewNull) result?.writeInt32BE(1, HAS_NULL_OFFSET);
  return result;
}

/** A value as it stands in messages, arrays and records: its length and its bytes, or -1 for NULL. */
export function withLength(value: Buffer | null): Buffer {
  const result = Buffer.allocUnsafe(4 + (value?.length ?? 0));
  result.writeInt32BE(value?.length ?? -1, 0);
  value?.copy(result, 4);
  return result;
}
