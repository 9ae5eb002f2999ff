import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildCatalog, describeTable } from '../../sql/postgres/build-catalog.ts';
import { session } from '../../sql/postgres/hospital.fixture.ts';
import { loadParser } from '../../sql/postgres/parser.ts';
import type { MaskPlan } from '../mask-plan.ts';
import { HOSPITAL_PLAN } from './hospital-plan.fixture.ts';
import { type Rewrite, rewriteText } from './rewrite.ts';

const parser = await loadParser();

const sequence = (oid: number, name: string, column: string) =>
  describeTable({ oid, schema: 'public', name }, ['last_value'], {
    kind: 'S',
    numbers: [{ relation: 1, column }],
  });

const CATALOG = buildCatalog({
  serverVersion: 150_018,
  relations: [sequence(2, 'mrn_seq', 'mrn'), sequence(3, 'id_seq', 'id')],
  userFunctions: [],
});

/** The sequence `mrn_seq` is masked, if `hides`. */
function rewrite(text: string, hides = true): Rewrite {
  const relation = CATALOG.findRelation('public', 'mrn_seq');
  const customers = HOSPITAL_PLAN.find(1);
  assert(relation !== undefined && customers !== undefined);
  const plan: MaskPlan = {
    key: 'sequences',
    catalog: CATALOG,
    find: (oid) => (hides && oid === relation.oid ? { ...customers, relation } : undefined),
  };
  return rewriteText(text, { parser, plan, names: session() });
}

describe('checkSequence', () => {
  it('refuses what shows the value of a sequence that numbers a masked column, or may', () => {
    for (const text of [
      `SELECT nextval('mrn_seq')`,
      `SELECT currval('public.mrn_seq'::regclass)`,
      `SELECT nextval(' PUBLIC . "mrn_seq" ')`,
      'SELECT lastval()',
      'SELECT pg_sequence_last_value(2)',
      `SELECT pg_catalog.pg_sequence_last_value('mrn_seq')`,
      'SELECT s.* FROM id_seq, pg_get_sequence_data(2) s',
      `SELECT nextval(x) FROM (VALUES ('mrn_seq')) v(x)`,
      `SELECT nextval(seqrelid => 'id_seq')`,
      `SELECT ('mrn_seq'::regclass).nextval`,
      `CREATE TABLE t (a int DEFAULT nextval('mrn_seq'))`,
    ]) {
      const result = rewrite(text);
      assert.equal(result.kind, 'refuse', text);
      assert.match(result.reason, /may show the value of public\.mrn_seq/, text);
      assert.equal(rewrite(text, false).kind, 'run', text);
    }
  });

  it('lets other sequences show theirs', () => {
    for (const text of [
      `SELECT nextval('id_seq'), currval('public.id_seq'::regclass)`,
      `SELECT setval('id_seq', 4)`,
      'SELECT last_value FROM id_seq',
    ]) {
      assert.equal(rewrite(text).kind, 'run', text);
    }
  });
});
