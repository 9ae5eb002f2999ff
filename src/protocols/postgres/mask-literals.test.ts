import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { Classification, ClassifiedColumn } from '../../masking/classification.ts';
import { buildCatalog, describeTable } from '../../sql/postgres/build-catalog.ts';
import { loadParser, type SqlParser } from '../../sql/postgres/parser.ts';
import { type MaskLiteralsContext, maskLiterals } from './mask-literals.ts';

const PATIENTS = describeTable({ oid: 1, schema: 'public', name: 'patients' }, [
  ...['id', 'ssn', 'status'],
]);
const SSN = { classes: ['ssn'] } as unknown as ClassifiedColumn;
const classification: Classification = {
  version: '1',
  classNames: new Set(['ssn']),
  find: (oid) =>
    oid === 1
      ? { relation: PATIENTS, columns: new Map([['ssn', SSN]]), patientKey: 'id' }
      : undefined,
};
const known = {
  catalog: buildCatalog({ serverVersion: 150000, relations: [PATIENTS], userFunctions: [] }),
  classification,
};
const TEXT = "SELECT * FROM patients WHERE ssn = '123-45-6789' AND status = 'open' LIMIT 5";

describe('maskLiterals', () => {
  let parser: SqlParser;
  before(async () => {
    parser = await loadParser();
  });
  const mask = (text: string, changes: Partial<MaskLiteralsContext> = {}) =>
    maskLiterals(text, { parser, known, relations: ['public.patients'], ...changes });

  it('hides values of a class, and shows those of columns that have none', () => {
    assert.equal(
      mask(TEXT),
      "SELECT * FROM patients WHERE ssn = '•••' AND status = 'open' LIMIT 5",
    );
  });

  it('hides every value while nothing is known of the target', () => {
    const hidden = "SELECT * FROM patients WHERE ssn = '•••' AND status = '•••' LIMIT 5";
    assert.equal(mask(TEXT, { known: undefined }), hidden);
    assert.equal(mask(TEXT, { relations: ['public.gone'] }), hidden);
  });

  it('hides comments, and what it cannot place', () => {
    assert.equal(mask("SELECT 'Ruiz' -- Ruiz"), "SELECT '•••' •••");
  });

  it('says nothing of what is no SQL', () => {
    for (const text of ["SELECT 'open", 'DELETE patients WHERE', '\u0000', 'ssn 123-45-6789']) {
      assert.equal(mask(text), undefined);
    }
  });
});
