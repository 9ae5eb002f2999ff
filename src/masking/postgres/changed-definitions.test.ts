import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildCatalog, describeTable } from '../../sql/postgres/build-catalog.ts';
import type { CatalogType } from '../../sql/postgres/catalog.ts';
import { session } from '../../sql/postgres/hospital.fixture.ts';
import { loadParser } from '../../sql/postgres/parser.ts';
import type { MaskPlan } from '../mask-plan.ts';
import { HOSPITAL_PLAN, planOf } from './hospital-plan.fixture.ts';
import { rewriteText } from './rewrite.ts';

const parser = await loadParser();

const TEXT_DOMAIN: Omit<CatalogType, 'oid' | 'name'> = {
  ...{ kind: 'd', innerOid: 25, isArray: false, innerModifier: -1, labels: [], fields: [] },
};

/** A masked and another column of domains. */
const WITH_DOMAINS = planOf(
  buildCatalog({
    serverVersion: 150_018,
    relations: [
      describeTable({ oid: 1, schema: 'public', name: 'customers' }, [
        { name: 'id', typeOid: 20_002 },
        { name: 'ssn', typeOid: 20_001 },
      ]),
    ],
    userFunctions: [],
    types: [
      { ...TEXT_DOMAIN, oid: 20_001, name: 'public.ssn' },
      { ...TEXT_DOMAIN, oid: 20_002, name: 'public.number' },
    ],
  }),
);

function reasonOf(text: string, plan: MaskPlan = HOSPITAL_PLAN): string | undefined {
  const rewrite = rewriteText(text, { parser, plan, names: session() });
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

  it('refuses to choose by a domain what a masked column is given, or to give that domain another name', () => {
    for (const text of [
      `ALTER DOMAIN ssn SET DEFAULT '1'`,
      `ALTER DOMAIN public.ssn SET DEFAULT '1'`,
      `ALTER DOMAIN renamed SET DEFAULT '1'`,
      'ALTER DOMAIN ssn RENAME TO number',
      'ALTER TYPE ssn RENAME TO number',
      'ALTER DOMAIN ssn SET SCHEMA elsewhere',
      'ALTER TYPE ssn SET SCHEMA elsewhere',
    ]) {
      const reason = reasonOf(text, WITH_DOMAINS) ?? '';
      assert.match(reason, /change the domain of public\.customers\.ssn, which is masked/, text);
    }
    for (const text of [
      `ALTER DOMAIN number SET DEFAULT '1'`,
      'ALTER DOMAIN ssn DROP DEFAULT',
      'ALTER DOMAIN number RENAME TO n',
      'ALTER TYPE pair RENAME TO two',
      'ALTER TYPE number SET SCHEMA elsewhere',
    ]) {
      assert.equal(reasonOf(text, WITH_DOMAINS), undefined, text);
    }
    assert.equal(reasonOf(`ALTER DOMAIN renamed SET DEFAULT '1'`), undefined);
  });
});
