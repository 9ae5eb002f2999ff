import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HOSPITAL } from '../../sql/postgres/hospital.fixture.ts';
import type { Column } from '../../wire/postgres/row-description.ts';
import type { Classification } from '../classification.ts';
import type { OutputColumn } from '../postgres/output-column.ts';
import { findPatientKeys } from './find-patient-keys.ts';

/** Customers are patients; visits say whose they are; employees are nobody's. */
const KEYS = new Map([
  [1, 'id'],
  [7, 'customer_id'],
  [10, undefined],
]);
const CLASSIFICATION: Classification = {
  version: '1',
  classNames: new Set(),
  find: (oid) => {
    const relation = HOSPITAL.getRelation(oid);
    if (relation === undefined || !KEYS.has(oid)) return undefined;
    return { relation, columns: new Map(), patientKey: KEYS.get(oid) };
  },
};

function column(tableOid: number, attributeNumber: number, formatCode = 0): Column {
  return {
    name: 'renamed',
    tableOid,
    attributeNumber,
    typeOid: 23,
    typeSize: 4,
    typeModifier: -1,
    formatCode,
  };
}

function output(relationOid: number, name: string, ...masked: string[]): OutputColumn {
  return { relationOid, column: name, masked, inspect: 'none' };
}

describe('findPatientKeys', () => {
  it('goes by the origin that the server states where nothing was rewritten', () => {
    const columns = [column(0, 0), column(1, 2), column(7, 2, 1), column(10, 1), column(1, 1)];
    assert.deepEqual(findPatientKeys(columns, undefined, CLASSIFICATION), [
      { index: 2, typeOid: 23, isBinary: true, isMasked: false },
      { index: 4, typeOid: 23, isBinary: false, isMasked: false },
    ]);
  });

  it('goes by the first net where a statement was rewritten', () => {
    const columns = [column(1, 1), column(0, 0)];
    const outputs = [output(0, ''), output(1, 'id', 'mrn')];
    assert.deepEqual(findPatientKeys(columns, outputs, CLASSIFICATION), [
      { index: 1, typeOid: 23, isBinary: false, isMasked: true },
    ]);
  });
});
