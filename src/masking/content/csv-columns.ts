import type { DataMapPath } from '../../configuration/data-map.ts';
import type { ContentFormat, MappedContent } from '../../configuration/mapped-content.ts';
import { ContentFormatError } from '../content-masker.ts';
import type { FieldMask } from '../rows/field-mask.ts';
import type { CsvColumns } from './csv-masker.ts';

/** Stands for every column that no other entry names. */
const ANY_COLUMN = '*';
const UNDECIDED = { dataClass: 'unmapped' };

/** What an entry says of a column. */
export type ColumnField = Pick<DataMapPath, 'dataClass' | 'mask'>;

/**
 * Finds the mask of each column. Names are compared without case and the space around them; a file without names numbers its
 * columns from 1. Where a column that is mapped is not there it was most likely renamed: then nobody has looked at those that
 * are there under no name of the data map.
 *
 * @param names Of the first row; for a file without names only their number counts.
 * @throws {ContentFormatError} If none of the mapped columns is there: the first row may hold values.
 */
export function chooseCsvColumns(
  names: readonly string[],
  { fields, hasHeader, patientKey }: MappedContent<ContentFormat>,
  compile: (field: ColumnField) => FieldMask | undefined,
): CsvColumns {
  const columns = names.map((name, index) => (hasHeader ? normalize(name) : String(index + 1)));
  const named = new Map(fields.map((field) => [normalize(field.path), field]));
  const missing = fields.filter(
    ({ path, dataClass }) =>
      path !== ANY_COLUMN && dataClass !== 'none' && !columns.includes(normalize(path)),
  );
  const known = columns.filter((column) => column !== ANY_COLUMN && named.has(column));
  if (hasHeader && known.length === 0 && named.size > (named.has(ANY_COLUMN) ? 1 : 0)) {
    throw new ContentFormatError('CSV', 'the first row names none of the mapped columns');
  }
  const others: ColumnField = missing.length > 0 ? UNDECIDED : (named.get(ANY_COLUMN) ?? UNDECIDED);
  return {
    masks: columns.map((column) =>
      compile((column === ANY_COLUMN ? undefined : named.get(column)) ?? others),
    ),
    patientColumn: patientKey === undefined ? -1 : columns.indexOf(normalize(patientKey)),
  };
}

function normalize(name: string): string {
  return name.trim().toLowerCase();
}
