import { ProtocolError } from '../../wire/protocol-error.ts';
import type { FieldMask } from './field-mask.ts';
import type { Splices } from './splices.ts';

/** The rows of one COPY in one format. Knows how far it has looked at a row that comes in pieces. */
export interface CopyRows {
  /**
   * Finds the end of the row that begins at `start`. A row that is not whole is asked for again, maybe
   * at another offset, with more bytes behind it.
   *
   * @returns The offset behind the row, or -1 while it is not whole.
   * @throws {ProtocolError} If these are no rows of this format.
   */
  findEnd(bytes: Buffer, start: number, end: number): number;
  /**
   * Masks a whole row: adds what is to be replaced.
   *
   * @throws {ProtocolError} If the row has other fields than the result has columns.
   */
  mask(bytes: Buffer, start: number, end: number, splices: Splices): void;
}

/** What is done with each column; undefined where values stay as they are. */
export type ColumnMasks = readonly (FieldMask | undefined)[];

/** @throws {ProtocolError} If a row has other fields than the result has columns. */
export function expectFields(count: number, masks: ColumnMasks): void {
  if (count === masks.length) return;
  const reason = `${count} fields in a row where ${masks.length} were described`;
  throw new ProtocolError('CopyData', reason);
}
