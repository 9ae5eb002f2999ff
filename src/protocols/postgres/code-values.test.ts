import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import fc from 'fast-check';
import { buildCatalog } from '../../sql/postgres/build-catalog.ts';
import { loadParser, type SqlParser } from '../../sql/postgres/parser.ts';
import { classifyLiterals } from './classify-literals.ts';

let parser: SqlParser;

/** The text as somebody is shown it who may see no values. */
function show(text: string): string {
  const catalog = buildCatalog({ serverVersion: 150000, relations: [], userFunctions: [] });
  const context = { parser, catalog, classification: undefined, relations: [] };
  let shown = '';
  let offset = 0;
  for (const { start, end, className } of classifyLiterals(text, context).literals) {
    assert.ok(start >= offset && end > start, 'spans follow each other');
    assert.equal(className, undefined);
    shown += `${text.slice(offset, start)}•`;
    offset = end;
  }
  return shown + text.slice(offset);
}

describe('findCodeValues', () => {
  before(async () => {
    parser = await loadParser();
  });

  it('shows the code of DO and hides its values and comments', () => {
    assert.equal(
      show(`DO $x$ BEGIN -- for Maria
        UPDATE p SET ssn = '123-45-6789' WHERE mrn = 4711; /* Ann */ PERFORM f($$Ann$$, E'A\\'n'); END $x$`),
      `DO $x$ BEGIN •
        UPDATE p SET ssn = • WHERE mrn = •; • PERFORM f(•, •); END $x$`,
    );
  });

  it('shows the code of functions and procedures, however it is quoted', () => {
    assert.equal(
      show(
        `CREATE FUNCTION f(a text DEFAULT 'Ann') RETURNS int LANGUAGE 'sql' AS $$ SELECT 1 + 'Ann' $$`,
      ),
      `CREATE FUNCTION f(a text DEFAULT •) RETURNS int LANGUAGE • AS $$ SELECT • + • $$`,
    );
    assert.equal(
      show(`CREATE PROCEDURE f() AS 'DELETE FROM p WHERE n = ''Ann'' AND m = 2' LANGUAGE plpgsql`),
      `CREATE PROCEDURE f() AS 'DELETE FROM p WHERE n = • AND m = •' LANGUAGE plpgsql`,
    );
    assert.equal(
      show(`CREATE FUNCTION f() RETURNS text RETURN 'Ann'; DO 'BEGIN x(''Ann''); END'`),
      `CREATE FUNCTION f() RETURNS text RETURN •; DO 'BEGIN x(•); END'`,
    );
  });

  it('shows the beginning of what EXECUTE runs as code too', () => {
    assert.equal(
      show(`DO $x$ BEGIN EXECUTE 'DELETE FROM p WHERE n = ''' || 'Ann' || ''''; END $x$`),
      `DO $x$ BEGIN EXECUTE 'DELETE FROM p WHERE n = •' || • || •; END $x$`,
    );
    assert.equal(
      show(`DO $x$ BEGIN EXECUTE format($q$DROP TABLE %I -- Ann$q$, 'Ann') USING 'Ann'; END $x$`),
      `DO $x$ BEGIN EXECUTE format($q$DROP TABLE %I •$q$, •) USING •; END $x$`,
    );
  });

  it('hides all code where it is not certain where its values end', () => {
    for (const [text, shown] of [
      [`DO LANGUAGE plpython3u $$ x = "Ann" $$`, 'DO LANGUAGE plpython3u •'],
      [`CREATE FUNCTION f() RETURNS int LANGUAGE plperl AS $$ Ann $$`, undefined],
      [`CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'Ann', 'Bob'`, undefined],
      [`DO E'BEGIN x(\\'Ann\\'); END'`, 'DO •'],
      [`DO $$ BEGIN x('\\', ' Ann '); END $$`, 'DO •'],
    ] as const) {
      assert.doesNotMatch(show(text), /Ann|Bob/u);
      if (shown !== undefined) assert.equal(show(text), shown);
    }
    assert.doesNotMatch(show(`DO $$ BEGIN x('Ann) $$`), /Ann/u);
  });

  it('never shows what stands in a constant, whatever stands around it', () => {
    const parts = fc.constantFrom(
      ...["'Ann'", "'it''s Ann'", '$q$Ann$q$', "E'\\'Ann'", '/* Ann */', '-- Ann\n'],
      ...['x := ', '(', ')', ' ', ';', '"name"', '1', '$1', '::', "'", '$', '\\', 'format('],
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 12 }), (pieces) => {
        // Words in constants are hidden unless an odd quote before them makes code of them.
        const body = pieces.join(' ');
        const isOdd = pieces.includes("'") || pieces.includes('$');
        if (!isOdd) assert.doesNotMatch(show(`DO $body$ ${body} $body$`), /Ann/u);
        show(`DO '${body.replaceAll("'", "''")}'`);
      }),
    );
  });
});
