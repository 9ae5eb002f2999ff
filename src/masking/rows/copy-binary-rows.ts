import { ProtocolError } from '../../wire/protocol-error.ts';
import { withLength } from './binary-array.ts';
import { type ColumnMasks, type CopyRows, expectFields } from './copy-rows.ts';
import type { Splices } from './splices.ts';

const SIGNATURE: Buffer = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
/** Signature, flags, length of the extension. */
const HEADER_BYTES: number = SIGNATURE.length + 8;
const TRAILER_COUNT = -1;

/**
 * Rows of a COPY in `binary` format; what stands before and behind them counts as a row without fields.
 *
 * @see https://www.postgresql.org/docs/current/sql-copy.html (Binary Format)
 */
export class CopyBinaryRows implements CopyRows {
  readonly #masks: ColumnMasks;
  #state: 'header' | 'rows' | 'end' = 'header';
  /** Whether the row found last has fields. */
  #hasFields = false;

  constructor(masks: ColumnMasks) {
    this.#masks = masks;
  }

  findEnd(bytes: Buffer, start: number, end: number): number {
    if (start === end) return -1;
    this.#hasFields = false;
    switch (this.#state) {
      case 'header':
        return this.#findHeaderEnd(bytes, start, end);
      case 'rows':
        return this.#findRowEnd(bytes, start, end);
      case 'end':
        throw malformed('bytes behind the trailer');
    }
  }

  mask(bytes: Buffer, start: number, _end: number, splices: Splices): void {
    if (!this.#hasFields) return;
    const count = bytes.readInt16BE(start);
    expectFields(count, this.#masks);
    let offset = start + 2;
    for (let index = 0; index < count; index++) {
      const length = bytes.readInt32BE(offset);
      const valueStart = offset + 4;
      const valueEnd = valueStart + Math.max(length, 0);
      const masked = length === -1 ? undefined : this.#masks[index]?.(bytes, valueStart, valueEnd);
      if (masked !== undefined) splices.add(offset, valueEnd, withLength(masked));
      offset = valueEnd;
    }
  }

  #findHeaderEnd(bytes: Buffer, start: number, end: number): number {
    if (end - start < HEADER_BYTES) return -1;
    if (SIGNATURE.compare(bytes, start, start + SIGNATURE.length) !== 0) {
      throw malformed('no signature');
    }
    const extension = bytes.readInt32BE(start + HEADER_BYTES - 4);
    if (extension < 0) throw malformed('extension of negative length');
    if (extension > end - start - HEADER_BYTES) return -1;
    this.#state = 'rows';
    return start + HEADER_BYTES + extension;
  }

  #findRowEnd(bytes: Buffer, start: number, end: number): number {
    if (end - start < 2) return -1;
    const count = bytes.readInt16BE(start);
    if (count === TRAILER_COUNT) {
      this.#state = 'end';
      return start + 2;
    }
    if (count < 0) throw malformed('row with a negative number of fields');
    let offset = start + 2;
    for (let index = 0; index < count; index++) {
      if (end - offset < 4) return -1;
      const length = bytes.readInt32BE(offset);
      if (length < -1) throw malformed('field of negative length');
      offset += 4 + Math.max(length, 0);
      if (offset > end) return -1;
    }
    this.#hasFields = true;
    return offset;
  }
}

function malformed(reason: string): ProtocolError {
  return new ProtocolError('CopyData', reason);
}
