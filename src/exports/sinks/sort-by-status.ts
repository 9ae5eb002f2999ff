import type { ExportRecord } from '../export-record.ts';
import type { Delivery } from '../sink.ts';

/**
 * Sorts records by what a sink answered for each of them: a malformed one never gets better; everything else may, and one
 * without an answer may have been lost.
 *
 * @param statuses Of HTTP, in the order of the records.
 */
export function sortByStatus(
  records: readonly ExportRecord[],
  statuses: readonly (number | undefined)[],
): Delivery {
  const again: ExportRecord[] = [];
  const refused: ExportRecord[] = [];
  for (const [index, record] of records.entries()) {
    const status = statuses[index] ?? 0;
    if (status >= 200 && status < 300) continue;
    if (status === 400 || status === 413 || status === 422) refused.push(record);
    else again.push(record);
  }
  return { again, refused, refusedUnnamed: 0 };
}
