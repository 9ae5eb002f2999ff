import { ByteReader } from '../byte-reader.ts';
import { ByteWriter } from '../byte-writer.ts';
import { type Field, FieldList } from '../http/field-list.ts';

/** Of one block. */
const FIELDS_MAX = 100;

/** Between the values of one name. */
const SEPARATOR = '\0';

/**
 * Decodes names and values, unpacked (SPDY/3 section 2.6.10).
 *
 * @throws {ProtocolError} If they are not in that form, are too many, or could not stand in HTTP.
 */
export function decodeHeaderBlock(block: Buffer): FieldList {
  const reader = new ByteReader(block, 'SPDY headers');
  const count = reader.uint32();
  if (count > FIELDS_MAX) throw reader.error(`hold more than ${FIELDS_MAX} names`);
  const fields: Field[] = [];
  const names = new Set<string>();
  for (let at = 0; at < count; at += 1) {
    const name = reader.bytes(reader.uint32()).toString('latin1');
    if (names.has(name)) throw reader.error('hold a name twice');
    names.add(name);
    const values = reader.bytes(reader.uint32()).toString('latin1').split(SEPARATOR, FIELDS_MAX);
    for (const value of values) fields.push([name, value]);
  }
  reader.expectEnd();
  if (fields.length > FIELDS_MAX) throw reader.error(`hold more than ${FIELDS_MAX} fields`);
  return FieldList.of(fields);
}

/** Encodes names and values. */
export function encodeHeaderBlock(fields: FieldList): Buffer {
  const names = new Set([...fields].map(([name]) => name));
  const writer = new ByteWriter().uint32(names.size);
  for (const name of names) {
    const value = fields.all(name).join(SEPARATOR);
    writer.uint32(name.length).bytes(Buffer.from(name, 'latin1'));
    writer.uint32(value.length).bytes(Buffer.from(value, 'latin1'));
  }
  return writer.toBuffer();
}
