import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildCatalog, describeTable } from '../../sql/postgres/build-catalog.ts';
import { session } from '../../sql/postgres/hospital.fixture.ts';
import { loadParser } from '../../sql/postgres/parser.ts';
import type { MaskedColumn, MaskPlan } from '../mask-plan.ts';
import { checkRewrite } from './check-rewrite.ts';
import { rewriteText } from './rewrite.ts';

const parser = await loadParser();

const HIDDEN: MaskedColumn = {
  name: 'label',
  classes: ['name'],
  expression: () => `'X'::pg_catalog.text`,
  keylessExpression: () => `'X'::pg_catalog.text`,
  inspect: undefined,
  because: 'a test says so',
};

/** `books`, which hides a label, and `wards` have columns that are called like a function of somebody's; `plain` has not. */
const PLAN: MaskPlan = (() => {
  const table = (oid: number, name: string) => ({ oid, schema: 'public', name });
  const catalog = buildCatalog({
    serverVersion: 150_018,
    relations: [
      describeTable(table(1, 'books'), ['id', 'isbn', 'label']),
      describeTable(table(2, 'wards'), ['id', 'isbn']),
      describeTable(table(3, 'plain'), ['id']),
      describeTable({ ...table(4, 'wards'), schema: 'app' }, ['id']),
    ],
    userFunctions: [
      { schema: 'public', name: 'isbn' },
      { schema: 'public', name: 'pages' },
    ],
  });
  return {
    key: 'called',
    catalog,
    find: (oid) => {
      const relation = oid === 1 ? catalog.getRelation(oid) : undefined;
      return relation && { relation, columns: new Map([['label', HIDDEN]]) };
    },
  };
})();

const options = { parser, plan: PLAN, names: session() };

function check(text: string): string {
  const checked = checkRewrite(text, options);
  return checked.kind === 'sound' ? 'sound' : checked.reason;
}

describe('a column that is called like a function', () => {
  it('is read by whatever its table goes by', () => {
    for (const text of [
      'SELECT * FROM books',
      'SELECT b.* FROM books b',
      'SELECT b.isbn FROM books b JOIN wards w ON w.isbn = b.isbn',
      'SELECT x.isbn FROM (SELECT * FROM books b, plain) x',
      'SELECT x.isbn FROM (SELECT id, upper(label) AS isbn FROM books UNION SELECT 1, 2) x',
      'WITH x AS (SELECT isbn FROM books), y (isbn) AS (SELECT 1) SELECT x.isbn, y.isbn FROM x, y',
      'SELECT x.isbn FROM (VALUES (1)) AS x (isbn)',
      'SELECT public.wards.isbn FROM public.wards',
      'UPDATE wards w SET id = 1 WHERE w.isbn = 2 RETURNING w.isbn, *',
      'SELECT w.isbn FROM wards w, generate_series(1, 2) FOR UPDATE OF w',
    ]) {
      const rewritten = rewriteText(text, options);
      assert.equal(rewritten.kind === 'run' && check(rewritten.text), 'sound', text);
    }
  });

  it('is none where there may be no such column', () => {
    for (const text of [
      'SELECT p.isbn FROM plain p',
      'SELECT w.pages FROM wards w',
      'SELECT w.isbn FROM wards AS w (a, b)',
      'SELECT x.isbn FROM (SELECT id FROM wards) x',
      'SELECT x.isbn FROM (SELECT w.* FROM plain w, wards) x',
      'SELECT (SELECT x.isbn FROM plain x) FROM wards x',
      'SELECT (SELECT generate_series.isbn FROM generate_series(1, 2)) FROM wards generate_series',
      'SELECT j.isbn FROM (wards a JOIN wards b USING (id) AS j), LATERAL (SELECT j.isbn FROM wards j) k',
      'WITH wards AS (SELECT 1 AS id) SELECT wards.isbn FROM wards',
      'WITH RECURSIVE x AS (SELECT * FROM x) SELECT x.isbn FROM x',
      'INSERT INTO wards (id) SELECT 1 ON CONFLICT (id) DO UPDATE SET id = (SELECT excluded.isbn FROM wards excluded)',
      'SELECT missing.isbn',
      `SELECT plain.isbn FROM CAST('(1)' AS plain), (SELECT 1 FROM (SELECT 1 AS isbn) plain) x`,
      'SELECT "coalesce".isbn FROM coalesce(NULL::plain), (SELECT 1 FROM wards "coalesce") x',
      `SELECT xmltable.isbn FROM XMLTABLE('a' PASSING '<a/>' COLUMNS id int), (SELECT 1 FROM wards "xmltable") x`,
      'VALUES (1) ORDER BY "*VALUES*".isbn, (SELECT 1 FROM wards "*VALUES*")',
      'SELECT x.isbn FROM (SELECT app.wards.* FROM app.wards, public.wards) x',
      'CREATE TEMP TABLE wards (id int, CHECK (wards.isbn = 1))',
      'CREATE TEMP TABLE x (id int); SELECT x.isbn FROM x, (WITH x AS (SELECT 1 AS isbn) SELECT * FROM x) y',
      'CREATE TEMP TABLE wards (id int); SELECT wards.isbn FROM wards',
      'DROP TYPE isbn CASCADE; SELECT wards.isbn FROM wards',
      'ALTER TABLE plain DROP COLUMN id; SELECT wards.isbn FROM wards',
      `SELECT set_config('search_path', 'other', false); SELECT wards.isbn FROM wards`,
    ])
      assert.equal(check(text), 'a function is called that is not built in', text);
  });

  it('may be gone with what the session dropped or changed, but not by what it made', () => {
    const text = 'SELECT wards.isbn FROM public.wards';
    const after = (name: string): string =>
      checkRewrite(text, { ...options, names: session({ overlay: [{ schema: undefined, name }] }) })
        .kind;
    assert.deepEqual(['', 'plain', 'fresh'].map(after), ['unsound', 'unsound', 'sound']);
  });

  it('is looked for once in each query, however often others read it', () => {
    const queries = Array.from(
      { length: 100 },
      (_, index) => `x${index + 1} AS (SELECT * FROM x${index} a JOIN x${index} b USING (isbn))`,
    );
    const text = `WITH x0 AS (SELECT 1 AS isbn), ${queries.join(', ')} SELECT x.isbn FROM x100 x`;
    assert.equal(check(text), 'sound');
  });
});
