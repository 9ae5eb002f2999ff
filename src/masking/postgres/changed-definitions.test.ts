import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { session } from '../../sql/postgres/hospital.fixture.ts';
import { loadParser } from '../../sql/postgres/parser.ts';
import { HOSPITAL_PLAN } from './hospital-plan.fixture.ts';
import { rewriteText } from './rewrite.ts';

const parser = await loadParser();

function reasonOf(text: string): string | undefined {
  const rewrite = rewriteText(text, { parser, plan: HOSPITAL_PLAN, names: session() });
  return rewrite.kind === 'refuse' ? rewrite.reason : undefined;
}

describe('rewriteText and definitions that are changed', () => {
  it('refuses functions that may read anything in defaults that ALTER sets', () => {
    for (const text of [
      `ALTER TABLE staging ALTER COLUMN name SET DEFAULT query_to_xml('TABLE customers', true, true, '')`,
      `ALTER TABLE staging ALTER name SET DEFAULT coalesce(NULL, public.score(1))`,
      `ALTER DOMAIN badge SET DEFAULT public.score(1)`,
      `ALTER TABLE staging ALTER COLUMN name TYPE text USING public.score(1)`,
    ]) {
      assert.match(reasonOf(text) ?? '', /the function \S+ may read data that is masked/, text);
    }
  });

  it('lets other changes pass', () => {
    for (const text of [
      `ALTER TABLE staging ALTER COLUMN name SET DEFAULT lower('A'), ALTER id SET STATISTICS 5`,
      'ALTER TABLE staging ALTER name DROP DEFAULT, ADD COLUMN n numeric(4,2) DEFAULT 1',
      'ALTER TABLE staging ADD UNIQUE (id), SET (fillfactor = 70), REPLICA IDENTITY FULL',
      'ALTER TABLE staging ALTER id ADD GENERATED ALWAYS AS IDENTITY, ALTER name SET STORAGE MAIN',
      `ALTER DOMAIN badge SET DEFAULT 'x'`,
      'ALTER DOMAIN badge DROP DEFAULT',
    ]) {
      assert.equal(reasonOf(text), undefined, text);
    }
  });
});
