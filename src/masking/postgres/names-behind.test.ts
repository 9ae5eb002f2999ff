import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildCatalog, describeTable } from '../../sql/postgres/build-catalog.ts';
import type { NameContext } from '../../sql/postgres/catalog.ts';
import { HOSPITAL, session } from '../../sql/postgres/hospital.fixture.ts';
import { loadParser } from '../../sql/postgres/parser.ts';
import { checkRewrite } from './check-rewrite.ts';
import { HOSPITAL_PLAN, planOf } from './hospital-plan.fixture.ts';
import { type Rewrite, rewriteText } from './rewrite.ts';

const parser = await loadParser();

/** `research.customers` hides nothing, and stands before `public.customers`, which does. */
const BEFORE: NameContext = session({ searchPaths: [['research', 'public']] });

function rewrite(text: string, names: NameContext): Rewrite {
  return rewriteText(text, { parser, plan: HOSPITAL_PLAN, names });
}

describe('a name with a classified relation behind what it stands for', () => {
  const TEXTS = [
    'SELECT upper(cohort) FROM customers',
    'TABLE customers',
    'COPY customers TO STDOUT',
    'CREATE TABLE t AS SELECT cohort FROM customers',
    'UPDATE customers SET cohort = 1 WHERE cohort = 2',
    'INSERT INTO customers SELECT 1',
    'ALTER TABLE customers RENAME COLUMN cohort TO name',
    'CREATE TABLE t () INHERITS (customers)',
    'DROP TABLE customers',
  ];

  it('is refused: what stands before it may be gone when the server looks', () => {
    for (const text of TEXTS) {
      const result = rewrite(text, BEFORE);
      assert.equal(result.kind, 'refuse', text);
      assert.match(result.reason, /customers may come to mean public\.customers/u);
      assert.match(result.hint, /^Qualify it with its schema: research\.customers\.$/u);
      // To the other check, a write that names nothing hidden is sound whatever it writes.
      if (/^(?:UPDATE|INSERT)/u.test(text)) continue;
      const check = checkRewrite(text, { parser, plan: HOSPITAL_PLAN, names: BEFORE });
      assert.equal(check.kind, 'unsound', text);
    }
  });

  it('may be qualified', () => {
    for (const text of TEXTS) {
      const qualified = text.replace('customers', 'research.customers');
      const result = rewrite(qualified, BEFORE);
      assert.equal(result.kind, 'run', qualified);
      assert.equal(result.text, qualified);
      const check = checkRewrite(qualified, { parser, plan: HOSPITAL_PLAN, names: BEFORE });
      assert.equal(check.kind, 'sound', qualified);
    }
  });

  it('is refused where that is a view over one, or runs code', () => {
    const names = ['customer_initials', 'scored'];
    const own = names.map((name, at) =>
      describeTable({ oid: 900 + at, schema: 'research', name }, ['id']),
    );
    const { serverVersion } = HOSPITAL;
    const catalog = buildCatalog({
      serverVersion,
      relations: [...HOSPITAL.listRelations(), ...own],
      userFunctions: [{ schema: 'public', name: 'score' }],
    });
    for (const name of names) {
      const result = rewriteText(`TABLE ${name}`, { parser, plan: planOf(catalog), names: BEFORE });
      assert.equal(result.kind, 'refuse', name);
      assert.match(result.reason, /may come to mean/u);
    }
  });

  it('is none where a classified one stands first, or on another path', () => {
    const names = session({ searchPaths: [['public', 'research']] });
    assert.equal(rewrite('TABLE customers', names).kind, 'run');
    assert.equal(rewrite('TABLE customers', session({ searchPaths: [['research']] })).kind, 'run');
  });
});
