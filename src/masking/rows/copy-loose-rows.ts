import { Ascii } from './ascii.ts';
import { unescapeField } from './copy-text-rows.ts';
import type { Findings } from './findings.ts';

/**
 * Masks a row of a COPY whose delimiters, quotes and escapes are not known: as it is, and as what it would
 * be in `text` and in `csv` format. The server sends each row in a message of its own.
 *
 * @returns The masked row; undefined: as it is; null: something in it can be seen but not be taken out.
 */
export function maskLooseRow(row: Buffer, findings: Findings): Buffer | null | undefined {
  const masked = findings.redact(row, 0, row.length);
  const shown = masked ?? row;
  const readings = [unescapeField(shown, 0, shown.length), withoutQuotes(shown)];
  const isClean = readings.every(
    (reading) =>
      reading.length === shown.length || findings.redact(reading, 0, reading.length) === undefined,
  );
  return isClean ? masked : null;
}

/** Each quote goes, and of two together one stays. */
function withoutQuotes(row: Buffer): Buffer {
  const result = Buffer.allocUnsafe(row.length);
  let length = 0;
  for (let offset = 0; offset < row.length; offset++) {
    if (row[offset] === Ascii.quote) offset += 1;
    if (offset < row.length) result[length++] = row[offset] as number;
  }
  return result.subarray(0, length);
}
