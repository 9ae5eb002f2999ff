import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { ExportRecord } from '../export-record.ts';
import { SinkError } from '../sink.ts';

/** Records after which others get their turn: sessions may be served by the same process. */
const SLICE_RECORDS = 16;

/**
 * Formats records, in order, a few at a time.
 *
 * @throws {SinkError} `ERR_SINK_REFUSED` if one cannot be formatted: it must not hold up the others.
 */
export async function formatRecords<Formatted>(
  records: readonly ExportRecord[],
  format: (record: ExportRecord) => Formatted,
): Promise<Formatted[]> {
  const formatted: Formatted[] = [];
  for (const [index, record] of records.entries()) {
    if (index > 0 && index % SLICE_RECORDS === 0) await yieldToOthers();
    try {
      formatted.push(format(record));
    } catch (cause) {
      throw new SinkError('ERR_SINK_REFUSED', 'an entry cannot be formatted', { cause });
    }
  }
  return formatted;
}
