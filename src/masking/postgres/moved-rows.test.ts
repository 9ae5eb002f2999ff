import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildCatalog, describeTable } from '../../sql/postgres/build-catalog.ts';
import { session } from '../../sql/postgres/hospital.fixture.ts';
import { loadParser } from '../../sql/postgres/parser.ts';
import type { MaskedColumn, MaskPlan } from '../mask-plan.ts';
import { rewriteText } from './rewrite.ts';

const parser = await loadParser();

const HIDDEN: MaskedColumn = {
  name: 'bed',
  classes: ['name'],
  expression: () => `'X'::pg_catalog.text`,
  keylessExpression: () => `'X'::pg_catalog.text`,
  inspect: undefined,
  because: 'a test says so',
};

/** `stays.bed`, which is hidden, refers to rows of one partition of `beds`. */
function planFor(serverVersion: number): MaskPlan {
  const table = (oid: number, name: string) => ({ oid, schema: 'public', name });
  const key = { columns: ['bed'], referencedRelation: 2, referencedColumns: ['id'] };
  const relations = [
    describeTable(table(1, 'beds'), ['id', 'ward'], {
      kind: 'p',
      children: [2],
      partitionKey: ['ward'],
    }),
    describeTable(table(2, 'beds_east'), ['id', 'ward'], { parents: [1], uniqueKeys: [['id']] }),
    describeTable(table(3, 'stays'), ['id', 'bed'], { foreignKeys: [key] }),
  ];
  const catalog = buildCatalog({ serverVersion, relations, userFunctions: [] });
  return {
    key: 'moved',
    catalog,
    find: (oid) => {
      const relation = oid === 3 ? catalog.getRelation(oid) : undefined;
      return relation && { relation, columns: new Map([['bed', HIDDEN]]) };
    },
  };
}

function rewrite(text: string, serverVersion: number): string {
  const options = { parser, plan: planFor(serverVersion), names: session() };
  const rewritten = rewriteText(text, options);
  return rewritten.kind === 'refuse' ? rewritten.reason : rewritten.kind;
}

describe('a row that moves to another partition', () => {
  it('is deleted where it was before PostgreSQL 15, which tells who refers to it', () => {
    const text = `UPDATE beds SET ward = 'west' WHERE id = 1`;
    assert.match(
      rewrite(text, 140_012),
      /moves what public\.stays\.bed refers to, which is masked/u,
    );
    // From then on the server refuses it, whether somebody refers to it or not.
    assert.equal(rewrite(text, 150_018), 'run');
  });

  it('is not told from others where none moves', () => {
    assert.equal(rewrite(`UPDATE beds_east SET ward = 'west' WHERE id = 1`, 140_012), 'run');
  });
});
