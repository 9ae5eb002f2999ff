import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildCatalog, describeTable } from '../../sql/postgres/build-catalog.ts';
import type { NameContext } from '../../sql/postgres/catalog.ts';
import { session } from '../../sql/postgres/hospital.fixture.ts';
import { loadParser } from '../../sql/postgres/parser.ts';
import type { MaskPlan } from '../mask-plan.ts';
import { HOSPITAL_PLAN } from './hospital-plan.fixture.ts';
import { type Rewrite, rewriteText } from './rewrite.ts';

const parser = await loadParser();

const sequence = (oid: number, name: string, relation: number, column: string) =>
  describeTable({ oid, schema: 'public', name }, ['last_value'], {
    kind: 'S',
    numbers: [{ relation, column }],
  });

const CATALOG = buildCatalog({
  serverVersion: 150_018,
  relations: [
    describeTable({ oid: 10, schema: 'public', name: 'admissions' }, ['id', 'mrn']),
    describeTable({ oid: 11, schema: 'public', name: 'staging' }, ['id']),
    sequence(2, 'mrn_seq', 10, 'mrn'),
    sequence(3, 'id_seq', 10, 'id'),
    sequence(4, 'mrn_seq_', 11, 'id'),
    describeTable({ oid: 12, schema: 'front', name: 'mrn_seq' }, ['last_value'], { kind: 'S' }),
  ],
  userFunctions: [],
});

/** The sequence `mrn_seq` is masked, if `hides`. */
function rewrite(text: string, hides = true, context: Partial<NameContext> = {}): Rewrite {
  const relation = CATALOG.findRelation('public', 'mrn_seq');
  const customers = HOSPITAL_PLAN.find(1);
  assert(relation !== undefined && customers !== undefined);
  const plan: MaskPlan = {
    key: 'sequences',
    catalog: CATALOG,
    find: (oid) => (hides && oid === relation.oid ? { ...customers, relation } : undefined),
  };
  return rewriteText(text, { parser, plan, names: session(context) });
}

describe('checkSequence', () => {
  it('takes a name for a sequence that stands behind another, too', () => {
    const searchPaths = [['front', 'public']];
    const result = rewrite(`SELECT nextval('mrn_seq')`, true, { searchPaths });
    assert.equal(result.kind, 'refuse');
    assert.match(result.reason, /may show the value of public\.mrn_seq/u);
    assert.equal(rewrite(`SELECT nextval('front.mrn_seq')`, true, { searchPaths }).kind, 'run');
    assert.equal(rewrite(`SELECT nextval('id_seq')`, true, { searchPaths }).kind, 'run');
  });

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
      `SELECT nextval(pg_get_serial_sequence('admissions', 'mrn'))`,
      `SELECT currval(pg_catalog.pg_get_serial_sequence('public."admissions"', 'mrn')::regclass)`,
      `SELECT nextval(pg_get_serial_sequence('admissions', 'unheard_of'))`,
      `SELECT nextval(pg_get_serial_sequence(x, 'id')) FROM (VALUES ('admissions')) v(x)`,
      'SELECT nextval($1)',
    ]) {
      const result = rewrite(text);
      assert.equal(result.kind, 'refuse', text);
      assert.match(result.reason, /may show the value of public\.mrn_seq/, text);
      assert.equal(rewrite(text, false).kind, 'run', text);
    }
  });

  it('says what to do about a sequence of one’s own that the catalog does not show', () => {
    const overlay = [{ schema: 'pg_temp', name: 'visits' }];
    for (const text of [
      `SELECT nextval('new_seq')`,
      `SELECT currval(pg_get_serial_sequence('visits', 'id'))`,
    ]) {
      const result = rewrite(text, true, { overlay });
      assert.equal(result.kind, 'refuse', text);
      assert.match(
        result.hint,
        /a moment ago is known once .*; of a temporary table, use RETURNING/u,
      );
    }
  });

  it('refuses what sets a sequence that numbers a masked column: the next numbers would be known', () => {
    for (const text of [
      `SELECT setval('mrn_seq', 41)`,
      `SELECT setval('public.mrn_seq'::regclass, max(id), true) FROM staging`,
      `SELECT setval(pg_get_serial_sequence('admissions', 'mrn'), 41, false)`,
      'SELECT setval($1, 41)',
    ]) {
      const result = rewrite(text);
      assert.equal(result.kind, 'refuse', text);
      assert.match(result.reason, /setval\(\) may set the value of public\.mrn_seq/, text);
      assert.equal(rewrite(text, false).kind, 'run', text);
    }
    for (const text of [
      'TRUNCATE admissions RESTART IDENTITY',
      'TRUNCATE staging, public.admissions RESTART IDENTITY',
      'TRUNCATE staging RESTART IDENTITY CASCADE',
    ]) {
      const result = rewrite(text);
      assert.equal(result.kind, 'refuse', text);
      assert.match(result.reason, /may restart public\.mrn_seq, which numbers a masked/, text);
      assert.equal(rewrite(text, false).kind, 'run', text);
    }
  });

  it('leaves no definition by which such a sequence could be set', () => {
    for (const text of [
      'ALTER SEQUENCE mrn_seq RESTART WITH 41',
      'ALTER SEQUENCE IF EXISTS public.mrn_seq INCREMENT 7',
      'ALTER SEQUENCE mrn_seq RENAME TO other_seq',
      'ALTER TABLE mrn_seq RENAME TO other_seq',
      'DROP SEQUENCE id_seq, mrn_seq',
    ]) {
      const result = rewrite(text);
      assert.equal(result.kind, 'refuse', text);
      assert.match(result.reason, /change or use the definition of public\.mrn_seq/, text);
    }
    assert.equal(rewrite('ALTER SEQUENCE id_seq RESTART WITH 41').kind, 'run');
  });

  it('does not take a constant for a name that a cast may cut short', () => {
    for (const text of [
      `SELECT nextval('mrn_seq_'::varchar(7))`,
      `SELECT nextval('mrn_seq_'::varchar(7)::regclass)`,
      `SELECT nextval('mrn_seq_'::public.regclass)`,
      `SELECT nextval('mrn_seq_'::"pg_catalog.regclass")`,
    ]) {
      assert.equal(rewrite(text).kind, 'refuse', text);
    }
    for (const name of ['regclass', 'text']) {
      const text = `SELECT nextval('mrn_seq_'::${name})`;
      assert.equal(rewrite(text).kind, 'run', text);
      const own = { overlay: [{ schema: 'pg_temp', name }] };
      assert.equal(rewrite(text, true, own).kind, 'refuse', text);
    }
  });

  it('says what to do where the sequence is not certain', () => {
    const hintOf = (text: string): string => {
      const result = rewrite(text);
      assert(result.kind === 'refuse', text);
      return result.hint;
    };
    assert.match(hintOf('SELECT lastval()'), /RETURNING, or currval/);
    assert.match(hintOf('SELECT nextval($1)'), /as a constant, or by pg_get_serial_sequence/);
    assert.match(hintOf(`SELECT nextval('mrn_seq')`), /its default; RETURNING/);
  });

  it('lets other sequences show theirs', () => {
    for (const text of [
      `SELECT currval(pg_get_serial_sequence('admissions', 'id'))`,
      `SELECT setval(pg_get_serial_sequence('"staging"', 'id'), coalesce(max(id), 1)) FROM staging`,
      `SELECT nextval('mrn_seq_'::regclass), nextval('mrn_seq_'::pg_catalog.regclass)`,
      `SELECT nextval('mrn_seq_'::pg_catalog.text), nextval('mrn_seq_'::varchar)`,
      'TRUNCATE staging RESTART IDENTITY',
      'TRUNCATE admissions CASCADE',
      `SELECT nextval('id_seq'), currval('public.id_seq'::regclass)`,
      `SELECT setval('id_seq', 4)`,
      'SELECT last_value FROM id_seq',
    ]) {
      assert.equal(rewrite(text).kind, 'run', text);
    }
  });

  it('looks for the hidden sequences of a plan once', () => {
    let asked = 0;
    const plan: MaskPlan = {
      key: 'sequences',
      catalog: CATALOG,
      find() {
        asked += 1;
        return undefined;
      },
    };
    for (const text of [`SELECT nextval('id_seq')`, `SELECT nextval('mrn_seq')`])
      assert.equal(rewriteText(text, { parser, plan, names: session() }).kind, 'run');
    assert.equal(asked, 4);
  });
});
