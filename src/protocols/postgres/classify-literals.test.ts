import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { Classification, ClassifiedColumn } from '../../masking/classification.ts';
import { buildCatalog, describeTable } from '../../sql/postgres/build-catalog.ts';
import type { Catalog } from '../../sql/postgres/catalog.ts';
import { loadParser, type SqlParser } from '../../sql/postgres/parser.ts';
import { classifyLiterals } from './classify-literals.ts';

let parser: SqlParser;

const PATIENTS = describeTable({ oid: 1, schema: 'public', name: 'patients' }, [
  ...['id', 'last', 'ssn', 'status', 'visits'],
]);
const catalog: Catalog = buildCatalog({
  serverVersion: 150000,
  relations: [PATIENTS],
  userFunctions: [],
});
const classification: Classification = {
  version: '1',
  classNames: new Set(['name', 'ssn']),
  find: (oid) =>
    oid === 1
      ? {
          relation: PATIENTS,
          columns: new Map([
            ['last', { classes: ['name'] } as unknown as ClassifiedColumn],
            ['ssn', { classes: ['ssn'] } as unknown as ClassifiedColumn],
          ]),
          patientKey: 'id',
        }
      : undefined,
};

/** Each value that is hidden, with its class. */
function hidden(text: string): readonly string[] {
  const context = { parser, catalog, classification, relations: [PATIENTS] };
  return classifyLiterals(text, context).literals.map(
    ({ start, end, className }) => `${text.slice(start, end)} ${className ?? '?'}`,
  );
}

describe('classifyLiterals', () => {
  before(async () => {
    parser = await loadParser();
  });

  it('gives a value the class of the column it is compared with', () => {
    assert.deepEqual(
      hidden("SELECT * FROM patients WHERE last = 'Ödön' AND ssn LIKE '123%' AND status = 'open'"),
      ["'Ödön' name", "'123%' ssn"],
    );
    assert.deepEqual(hidden("SELECT 1 FROM patients WHERE lower(last) IN ('a', E'b\\'c')"), [
      '1 ?',
      "'a' name",
      "E'b\\'c' name",
    ]);
    assert.deepEqual(hidden("DELETE FROM patients WHERE ssn BETWEEN '1' AND '2' OR visits = -3"), [
      "'1' ssn",
      "'2' ssn",
    ]);
  });

  it('gives a value the class of the column it is written to', () => {
    assert.deepEqual(
      hidden("INSERT INTO patients (status, ssn) VALUES ('open', '1'), (DEFAULT, '2')"),
      ["'1' ssn", "'2' ssn"],
    );
    assert.deepEqual(hidden("INSERT INTO patients VALUES (1, 'x', '2', 'open', 3)"), [
      "'x' name",
      "'2' ssn",
    ]);
    assert.deepEqual(hidden("UPDATE patients SET last = 'x', visits = visits + 1 WHERE id = 7"), [
      "'x' name",
    ]);
    assert.deepEqual(
      hidden(
        "INSERT INTO patients (last) SELECT 'x' UNION SELECT 'y' ON CONFLICT (id) DO UPDATE SET ssn = 'z'",
      ),
      ["'x' name", "'y' name", "'z' ssn"],
    );
    assert.deepEqual(
      hidden(
        "MERGE INTO patients USING patients s ON true WHEN MATCHED THEN UPDATE SET last = 'x' WHEN NOT MATCHED THEN INSERT (ssn) VALUES ('y')",
      ),
      ["'x' name", "'y' ssn"],
    );
  });

  it('leaves counts alone', () => {
    assert.deepEqual(
      hidden('SELECT id::varchar(10) FROM patients GROUP BY 1 ORDER BY 1 LIMIT 5 OFFSET 10'),
      [],
    );
  });

  it('has no class where it is not certain', () => {
    assert.deepEqual(hidden("SELECT 'x', last || 'y' FROM patients -- Smith's"), [
      "'x' ?",
      "'y' name",
      "-- Smith's ?",
    ]);
    assert.deepEqual(hidden("UPDATE patients SET (last, ssn) = ('x', 'y')"), ["'x' ?", "'y' ?"]);
    assert.deepEqual(hidden("SELECT * FROM patients WHERE last || ssn = 'x'"), ["'x' ?"]);
    // The column called status is an SSN here.
    assert.deepEqual(
      hidden("SELECT id FROM (SELECT id, ssn AS status FROM patients) p WHERE status = 'x'"),
      ["'x' ?"],
    );
    assert.deepEqual(
      hidden(
        "WITH p (id, status) AS (SELECT id, ssn FROM patients) SELECT * FROM p WHERE status = 'x'",
      ),
      ["'x' ?"],
    );
    assert.deepEqual(hidden("this is 'no' SQL 1"), ["'no' ?", '1 ?']);
  });

  it('classifies parameters alike', () => {
    const context = { parser, catalog, classification, relations: [PATIENTS] };
    const text = 'UPDATE patients SET last = $2 WHERE ssn = $1 AND status = $3 AND $4::text <> $2';
    const { parameters, literals } = classifyLiterals(text, context);
    assert.deepEqual(literals, []);
    assert.deepEqual(parameters, ['ssn', 'name', undefined, undefined]);
  });

  it('knows no column without the relation', () => {
    const text = "SELECT * FROM elsewhere WHERE last = 'x'";
    const context = { parser, catalog, classification, relations: [] };
    assert.deepEqual(classifyLiterals(text, context).literals.length, 1);
  });
});
