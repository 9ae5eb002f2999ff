import { type ExportRecord, shortenStatement } from '../export-record.ts';

/** Steps in which a statement gets shorter before it is left out. */
const STEPS_MAX = 6;

/**
 * Encodes a record so that it takes at most so many bytes: first its statement is cut, then left out, then what the entry
 * says beside it. The digest of the statement stays.
 *
 * @param bytesMax At least 2048: the rest of a record fits in that, unless names are absurd; then it takes more.
 */
export function fitRecord(
  record: ExportRecord,
  bytesMax: number,
  encode: (record: ExportRecord) => string,
): string {
  let encoded = encode(record);
  let textBytes = Buffer.byteLength(record.statement?.text ?? '');
  for (let step = 0; step < STEPS_MAX && textBytes > 0; step++) {
    const bytes = Buffer.byteLength(encoded);
    if (bytes <= bytesMax) return encoded;
    // What is escaped takes several bytes, so it may need another step.
    textBytes = Math.max(0, Math.floor(Math.min(textBytes - (bytes - bytesMax), textBytes * 0.9)));
    encoded = encode(shortenStatement(record, textBytes));
  }
  if (Buffer.byteLength(encoded) <= bytesMax) return encoded;
  return encode(withoutDetail(record));
}

/** Who, when and where, with the digest of what. */
function withoutDetail(record: ExportRecord): ExportRecord {
  const { statement, session } = record;
  return {
    ...record,
    ...(statement !== undefined && { statement: { ...statement, text: undefined, isCut: true } }),
    ...(session !== undefined && { session: { ...session, groups: [] } }),
    fields: { detailLeftOut: true },
  };
}
