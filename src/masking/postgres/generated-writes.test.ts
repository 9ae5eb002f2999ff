import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildCatalog, describeTable } from '../../sql/postgres/build-catalog.ts';
import type { CatalogRelation } from '../../sql/postgres/catalog.ts';
import { session } from '../../sql/postgres/hospital.fixture.ts';
import { loadParser } from '../../sql/postgres/parser.ts';
import type { MaskPlan } from '../mask-plan.ts';
import { planOf } from './hospital-plan.fixture.ts';
import { rewriteText } from './rewrite.ts';

const parser = await loadParser();

/** A hidden column generated from others, of which `name` is hidden, too. */
function planWith(details: Partial<CatalogRelation>, sources = ['name', 'other']): MaskPlan {
  const columns = [
    ...['id', 'name', 'other'],
    { name: 'ssn', isGenerated: true, generatedFrom: sources },
  ];
  const relation = describeTable({ oid: 1, schema: 'public', name: 'customers' }, columns, details);
  return planOf(buildCatalog({ serverVersion: 150_018, relations: [relation], userFunctions: [] }));
}

function reasonOf(text: string, plan: MaskPlan): string {
  const rewrite = rewriteText(text, { parser, plan, names: session() });
  return rewrite.kind === 'refuse' ? rewrite.reason : '';
}

const INSERT = 'INSERT INTO customers (id, name) VALUES (1, $1)';
const UPDATE = 'UPDATE customers SET other = $1';
const UNIQUE = { uniqueKeys: [['ssn']], comparedColumns: ['ssn'] };

describe('rewriteText on what is generated from what a statement writes', () => {
  it('takes it for written', () => {
    const key = { columns: ['ssn'], referencedRelation: 1, referencedColumns: ['ssn'] };
    for (const text of [INSERT, UPDATE])
      assert.match(reasonOf(text, planWith(UNIQUE)), /customers\.ssn, which .* to be unique/u);
    const keys = { foreignKeys: [key] };
    assert.match(reasonOf(INSERT, planWith(keys)), /refers to a masked/u);
    const visible = 'INSERT INTO customers (other) VALUES ($1)';
    assert.match(reasonOf(visible, planWith(keys, ['other'])), /refers to a masked/u);
    assert.match(reasonOf(UPDATE, planWith({ checks: [['id', 'ssn']] })), /puts what it writes/u);
  });

  it('lets pass what tells nothing', () => {
    for (const text of [INSERT, UPDATE]) assert.equal(reasonOf(text, planWith({})), '');
    for (const text of ['UPDATE customers SET id = 1', 'INSERT INTO customers (id) VALUES (1)'])
      assert.equal(reasonOf(text, planWith(UNIQUE)), '');
    const both = 'UPDATE customers SET other = $1, name = $2';
    assert.equal(reasonOf(both, planWith({ checks: [['id', 'ssn']] })), '');
    // All that it is computed from can be seen.
    assert.equal(reasonOf(UPDATE, planWith(UNIQUE, ['other'])), '');
  });
});
