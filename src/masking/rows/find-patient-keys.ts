import type { Column } from '../../wire/postgres/row-description.ts';
import type { Classification } from '../classification.ts';
import type { OutputColumn } from '../postgres/output-column.ts';
import type { PatientKeyColumn } from './result-evidence.ts';

/**
 * Finds the columns of a result that say whose rows they are, by what the first net knows of them, or
 * else by where the server says that they come from.
 */
export function findPatientKeys(
  columns: readonly Column[],
  outputs: readonly OutputColumn[] | undefined,
  classification: Classification,
): readonly PatientKeyColumn[] {
  const known = outputs?.length === columns.length ? outputs : undefined;
  const keys: PatientKeyColumn[] = [];
  for (const [index, { tableOid, attributeNumber, typeOid, formatCode }] of columns.entries()) {
    const output = known?.[index];
    const relationOid = output === undefined ? tableOid : output.relationOid;
    const classified = relationOid === 0 ? undefined : classification.find(relationOid);
    if (classified?.patientKey === undefined) continue;
    const name =
      output?.column ??
      classified.relation.attributes.find(({ number }) => number === attributeNumber)?.name;
    if (name !== classified.patientKey) continue;
    const isMasked = (output?.masked.length ?? 0) > 0;
    keys.push({ index, typeOid, isBinary: formatCode !== 0, isMasked });
  }
  return keys;
}
