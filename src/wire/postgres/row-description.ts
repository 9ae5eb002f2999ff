import { ByteReader } from '../byte-reader.ts';
import { BackendType, finishMessage, startMessage } from './message-framing.ts';

/** One column of a result, as the server describes it before the first row. */
export interface Column {
  readonly name: string;
  /** OID of the table the column comes from, or 0 if it is an expression. */
  readonly tableOid: number;
  /** 1-based position in that table, or 0 if it is an expression. */
  readonly attributeNumber: number;
  readonly typeOid: number;
  /** Bytes per value. Negative when the type has no fixed width. */
  readonly typeSize: number;
  readonly typeModifier: number;
  /** 0 = text, 1 = binary. Always 0 in the answer to Describe of a statement. */
  readonly formatCode: number;
}

export interface RowDescription {
  readonly type: 'RowDescription';
  readonly columns: readonly Column[];
}

/**
 * Decodes the body of a `RowDescription` (`T`) message.
 *
 * @param body The message without its 1-byte type and 4-byte length.
 * @throws {ProtocolError} If `body` is truncated or has bytes left over.
 * @see https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export function decodeRowDescription(body: Buffer): RowDescription {
  const reader = new ByteReader(body, 'RowDescription');
  const columnCount = reader.uint16();
  const columns: Column[] = [];
  for (let index = 0; index < columnCount; index++) {
    columns.push({
      name: reader.cString(),
      tableOid: reader.uint32(),
      attributeNumber: reader.int16(),
      typeOid: reader.uint32(),
      typeSize: reader.int16(),
      typeModifier: reader.int32(),
      formatCode: reader.int16(),
    });
  }
  reader.expectEnd();
  return { type: 'RowDescription', columns };
}

/** Encodes a whole `RowDescription` (`T`) message. */
export function encodeRowDescription(columns: readonly Column[]): Buffer {
  const writer = startMessage(BackendType.RowDescription).uint16(columns.length);
  for (const column of columns) {
    writer.cString(column.name).uint32(column.tableOid).int16(column.attributeNumber);
    writer.uint32(column.typeOid).int16(column.typeSize).int32(column.typeModifier);
    writer.int16(column.formatCode);
  }
  return finishMessage(writer);
}
