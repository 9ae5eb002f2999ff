import { isUtf8 } from 'node:buffer';
import type { ByteReader } from '../byte-reader.ts';
import type { ByteWriter } from '../byte-writer.ts';

/** Reads a `string` of RFC 4251: a length and as many bytes. Shares the message's memory. */
export function readString(reader: ByteReader): Buffer {
  return reader.bytes(reader.uint32());
}

/** Reads a `string` that is text. Bytes that are not UTF-8 are refused, so equal means equal bytes. */
export function readText(reader: ByteReader): string {
  const start = reader.offset;
  const bytes = readString(reader);
  if (!isUtf8(bytes)) throw reader.error(`string at byte ${start} is not UTF-8`);
  return bytes.toString('utf8');
}

/** Reads a `boolean`: every value but 0 is true. */
export function readBoolean(reader: ByteReader): boolean {
  return reader.byte() !== 0;
}

/** Reads a `name-list`: names between commas, or none at all. */
export function readNameList(reader: ByteReader): readonly string[] {
  const text = readText(reader);
  return text === '' ? [] : text.split(',');
}

/** Writes a `string` of RFC 4251; text as UTF-8. */
export function writeString(writer: ByteWriter, value: Uint8Array | string): ByteWriter {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return writer.uint32(bytes.length).bytes(bytes);
}

export function writeBoolean(writer: ByteWriter, value: boolean): ByteWriter {
  return writer.byte(value ? 1 : 0);
}

export function writeNameList(writer: ByteWriter, names: readonly string[]): ByteWriter {
  return writeString(writer, names.join(','));
}
