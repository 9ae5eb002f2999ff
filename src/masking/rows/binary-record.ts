import { withLength } from './binary-array.ts';
import type { FieldMask, MaskedValue } from './field-mask.ts';
import { Splices } from './splices.ts';

/** Type and length. */
const FIELD_HEADER_BYTES = 8;

/**
 * Looks through the fields of a row in binary format, which says the type of each.
 *
 * @param maskOf The mask for values of a type; undefined: they hold nothing.
 * @returns Null if it is not such a row.
 * @see record_send in https://github.com/postgres/postgres/blob/master/src/backend/utils/adt/rowtypes.c
 */
export function maskBinaryRecord(
  bytes: Buffer,
  start: number,
  end: number,
  maskOf: (typeOid: number) => FieldMask | undefined,
): MaskedValue {
  if (end - start < 4) return null;
  const fields = bytes.readInt32BE(start);
  let offset = start + 4;
  if (fields < 0) return null;
  let splices: Splices | undefined;
  for (let index = 0; index < fields; index++) {
    if (end - offset < FIELD_HEADER_BYTES) return null;
    const typeOid = bytes.readUInt32BE(offset);
    const length = bytes.readInt32BE(offset + 4);
    const valueStart = offset + FIELD_HEADER_BYTES;
    const valueEnd = valueStart + Math.max(length, 0);
    if (length < -1 || valueEnd > end) return null;
    const masked = length === -1 ? undefined : maskOf(typeOid)?.(bytes, valueStart, valueEnd);
    if (masked !== undefined) {
      splices ??= new Splices();
      splices.add(offset + 4, valueEnd, withLength(masked));
    }
    offset = valueEnd;
  }
  return offset === end ? splices?.apply(bytes, start, end) : null;
}
