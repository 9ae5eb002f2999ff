import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { analyze } from '../../sql/postgres/analyze.ts';
import { HOSPITAL, session } from '../../sql/postgres/hospital.fixture.ts';
import { loadParser } from '../../sql/postgres/parser.ts';
import { OperationDescriber } from './operation-describer.ts';

const parser = await loadParser();
const describer = new OperationDescriber({ findHeld: () => undefined });

function textInLedger(text: string): string {
  const analysis = analyze(text, parser, HOSPITAL, session());
  assert.equal(analysis.syntaxError, undefined, text);
  return describer.describe(analysis, text, undefined).text;
}

describe('what the ledger keeps of a text', () => {
  for (const text of [
    `CREATE ROLE r PASSWORD 's3cret'`,
    `ALTER USER r PASSWORD 's3cret'`,
    `CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (password 's3cret')`,
    `CREATE USER MAPPING FOR r SERVER s OPTIONS (user 'r', password 's3cret')`,
    `ALTER USER MAPPING FOR r SERVER s OPTIONS (SET password 's3cret')`,
    `CREATE FOREIGN DATA WRAPPER w OPTIONS (password 's3cret')`,
    `ALTER FOREIGN DATA WRAPPER w OPTIONS (SET password 's3cret')`,
    `CREATE FOREIGN TABLE t (a int) SERVER s OPTIONS (password 's3cret')`,
    `ALTER FOREIGN TABLE t OPTIONS (SET password 's3cret')`,
    `ALTER TABLE t OPTIONS (SET password 's3cret')`,
    `ALTER TABLE t ALTER COLUMN a OPTIONS (ADD password 's3cret')`,
    `IMPORT FOREIGN SCHEMA f FROM SERVER s INTO public OPTIONS (password 's3cret')`,
    `CREATE SUBSCRIPTION s CONNECTION 'password=s3cret' PUBLICATION p`,
    `ALTER SUBSCRIPTION s CONNECTION 'password=s3cret'`,
    `ALTER SYSTEM SET primary_conninfo = 'password=s3cret'`,
  ])
    it(`has no password: ${text}`, () => {
      const kept = textInLedger(text);
      assert.doesNotMatch(kept, /s3cret/u);
      assert.match(kept, /'…'/u);
    });

  it('is the whole text where no password can be', () => {
    for (const text of [
      `SELECT name FROM customers WHERE id = '7'`,
      `DROP USER MAPPING FOR r SERVER s`,
      `CREATE TABLE t (a text DEFAULT 'x')`,
      `ALTER SYSTEM SET work_mem = '1MB'`,
    ])
      assert.equal(textInLedger(text), text);
  });
});
