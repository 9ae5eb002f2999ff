import { ByteReader } from '../byte-reader.ts';
import { ProtocolError } from '../protocol-error.ts';
import { BackendType, finishMessage, startMessage } from './message-framing.ts';

export interface DataRow {
  readonly type: 'DataRow';
  /** They share the body's memory; null for SQL null. */
  readonly fields: readonly (Buffer | null)[];
}

/** Decodes the body of a `DataRow` (`D`) message. Where rows are many, see {@link findFields}. */
export function decodeDataRow(body: Buffer): DataRow {
  const reader = new ByteReader(body, 'DataRow');
  const fieldCount = reader.uint16();
  const fields: (Buffer | null)[] = [];
  for (let index = 0; index < fieldCount; index++) fields.push(reader.nullableBytes());
  reader.expectEnd();
  return { type: 'DataRow', fields };
}

/**
 * Finds the fields of a `DataRow` without allocating.
 *
 * @param start Offset of the body in `buffer`.
 * @param end Offset behind the body.
 * @param ranges Receives two numbers per field: its offset in `buffer` and its length in bytes, -1
 *   for null. Fields beyond its capacity are checked but not stored.
 * @returns How many fields the row has.
 * @throws {ProtocolError} If the fields do not fill the body exactly.
 */
export function findFields(buffer: Buffer, start: number, end: number, ranges: Int32Array): number {
  if (end - start < 2) throw new ProtocolError('DataRow', 'ends inside a field at byte 0');
  const fieldCount = buffer.readUInt16BE(start);
  let offset = start + 2;
  for (let index = 0; index < fieldCount; index++) {
    if (end - offset < 4) throw cutAt(offset - start);
    const length = buffer.readInt32BE(offset);
    offset += 4;
    if (length < -1) {
      throw new ProtocolError('DataRow', `field of negative length at byte ${offset - start}`);
    }
    // Writes past the end of a typed array are ignored.
    ranges[2 * index] = offset;
    ranges[2 * index + 1] = length;
    if (length === -1) continue;
    if (length > end - offset) throw cutAt(offset - start);
    offset += length;
  }
  if (offset !== end) {
    throw new ProtocolError('DataRow', `${end - offset} bytes after the last field`);
  }
  return fieldCount;
}

function cutAt(offset: number): ProtocolError {
  return new ProtocolError('DataRow', `ends inside a field at byte ${offset}`);
}

/** Encodes a whole `DataRow` (`D`) message. */
export function encodeDataRow(fields: readonly (Uint8Array | null)[]): Buffer {
  const writer = startMessage(BackendType.DataRow).uint16(fields.length);
  for (const field of fields) writer.nullableBytes(field);
  return finishMessage(writer);
}
