import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildCatalog, describeTable } from '../../sql/postgres/build-catalog.ts';
import type { Catalog, CatalogRelation } from '../../sql/postgres/catalog.ts';
import { session } from '../../sql/postgres/hospital.fixture.ts';
import { loadParser } from '../../sql/postgres/parser.ts';
import type { MaskedColumn, MaskPlan } from '../mask-plan.ts';
import { describeKeyed } from '../vault/keyed-form.ts';
import { HOSPITAL_PLAN, planOf } from './hospital-plan.fixture.ts';
import { rewriteText } from './rewrite.ts';

const parser = await loadParser();

function table(
  oid: number,
  name: string,
  columns: readonly string[],
  more: Partial<CatalogRelation> = {},
): CatalogRelation {
  return { ...describeTable({ oid, schema: 'public', name }, columns), ...more };
}

/** Customers, a view over them and a parent of them that hide nothing, and a table with row security. */
const PLAN = planOf(
  buildCatalog({
    serverVersion: 150_018,
    relations: [
      table(1, 'customers', ['id', 'name', 'ssn'], { parents: [3] }),
      table(2, 'customer_ids', ['id'], { kind: 'v', dependsOn: [1] }),
      table(3, 'beings', ['id'], { children: [1] }),
      table(4, 'guarded', ['id'], { hasHiddenCode: true }),
      table(5, 'staging', ['id']),
    ],
    userFunctions: [],
  }),
);

/** Its dates are shifted by the number of days of the patient of their row. */
function shiftedByPatient(catalog: Catalog): MaskPlan {
  const base = planOf(catalog);
  return {
    ...base,
    find(oid) {
      const found = base.find(oid);
      const columns = [...(found?.columns ?? [])].map(
        ([name, one]) => [name, { ...one, isKeyed: true, shiftedBy: 'patient' }] as const,
      );
      return found && { ...found, columns: new Map(columns) };
    },
  };
}

/** Of each statement of a text: `T` if it touches what is classified, `C` if code may run that it does not show. */
function see(text: string, plan: MaskPlan = PLAN): string {
  const rewrite = rewriteText(text, { parser, plan, names: session() });
  assert.equal(rewrite.kind, 'run', text);
  return rewrite.statements
    .map((one) => `${one.touchesClassified ? 'T' : ''}${one.mayRunHiddenCode ? 'C' : ''}`)
    .join(' ');
}

describe('rewriteText, of what errors may quote', () => {
  it('takes what lies beneath and around a relation for touched', () => {
    assert.equal(see('SELECT ssn FROM customers'), 'T');
    assert.equal(see('SELECT id FROM customer_ids'), 'T');
    assert.equal(see('SELECT id FROM beings'), 'T');
    assert.equal(see('DELETE FROM customer_ids'), 'TC');
    assert.equal(see('REFRESH MATERIALIZED VIEW customer_ids'), 'TC');
    assert.equal(see('SELECT id FROM staging'), '');
  });

  it('takes what is vacuumed for touched: what is counted in indexes tells what was written over what', () => {
    assert.equal(see('VACUUM (VERBOSE) customers'), 'TC');
    assert.equal(see('VACUUM staging, public.customers'), 'TC');
    assert.equal(see('VACUUM VERBOSE beings'), 'TC');
    assert.equal(see('VACUUM VERBOSE'), 'TC');
    assert.equal(see('ANALYZE VERBOSE unknown'), 'TC');
    assert.equal(see('VACUUM VERBOSE staging'), 'C');
  });

  it('knows that writes, policies and the ends of transactions run code', () => {
    assert.equal(see('DELETE FROM staging'), 'C');
    assert.equal(see('WITH d AS (DELETE FROM staging RETURNING id) SELECT * FROM d'), 'C');
    assert.equal(see('EXPLAIN ANALYZE DELETE FROM staging'), 'C');
    assert.equal(see('COPY staging FROM STDIN'), 'C');
    assert.equal(see('COPY staging TO STDOUT'), '');
    assert.equal(see('SELECT id FROM guarded'), 'C');
    for (const text of ['COMMIT', 'SET CONSTRAINTS ALL IMMEDIATE', `PREPARE TRANSACTION 'x'`]) {
      assert.equal(see(text), 'C');
    }
  });

  it('takes the last statement of a text for the end of its transaction', () => {
    assert.equal(see('SELECT 1; DELETE FROM staging; SELECT 1'), ' C C');
  });
});

describe('rewriteText on columns that are shown by stand-ins', () => {
  const withKeyed = (details: Pick<MaskedColumn, 'isKeyed' | 'keyed' | 'shiftedBy'>): MaskPlan => ({
    ...HOSPITAL_PLAN,
    find(oid) {
      const found = HOSPITAL_PLAN.find(oid);
      const columns = [...(found?.columns.values() ?? [])];
      const changed = columns.map((one) => (one.name === 'name' ? { ...one, ...details } : one));
      return found && { ...found, columns: new Map(changed.map((one) => [one.name, one])) };
    },
  });
  /** As dates are shifted. */
  const keyed = withKeyed({ isKeyed: true });

  it('refuses to write them, for their stand-ins could be read back', () => {
    for (const text of [
      'INSERT INTO customers (id, name) VALUES (1, $1)',
      'INSERT INTO customers VALUES (1, $1)',
      'INSERT INTO customers SELECT id, $1 FROM staging',
      'UPDATE customers SET name = $1 WHERE id = 1',
      'INSERT INTO customers (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET name = excluded.name',
      'MERGE INTO customers c USING staging s ON c.id = s.id WHEN MATCHED THEN UPDATE SET name = $1',
      'COPY customers (id, name) FROM STDIN',
      'COPY customers FROM STDIN',
    ]) {
      const rewrite = rewriteText(text, { parser, plan: keyed, names: session() });
      assert.equal(rewrite.kind, 'refuse', text);
      assert.match(rewrite.reason, /public\.customers\.name, which is shown by a stand-in/u);
    }
  });

  it('lets DEFAULT be written, which chooses no value', () => {
    const pseudonyms = withKeyed({
      isKeyed: true,
      keyed: describeKeyed('pseudonym', 'name', { kind: 'prefixed' }),
    });
    for (const text of [
      'INSERT INTO customers (id, name) VALUES (1, DEFAULT)',
      'INSERT INTO customers VALUES (1, DEFAULT), (2, DEFAULT)',
      'UPDATE customers SET name = DEFAULT WHERE id = 1',
      'UPDATE customers SET (id, name) = (1, DEFAULT) WHERE id = 1',
      'UPDATE customers SET (id, name) = ROW (1, DEFAULT) WHERE id = 1',
      'INSERT INTO customers (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET name = DEFAULT',
      `MERGE INTO customers c USING staging s ON c.id = s.id WHEN MATCHED THEN UPDATE SET name = DEFAULT
       WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, DEFAULT)`,
      `MERGE INTO customers c USING staging s ON c.id = s.id WHEN NOT MATCHED THEN INSERT VALUES (s.id, DEFAULT)`,
      `MERGE INTO customers c USING staging s ON c.id = s.id WHEN NOT MATCHED THEN INSERT DEFAULT VALUES`,
    ]) {
      assert.equal(see(text, pseudonyms), 'TC', text);
    }
    for (const text of [
      'INSERT INTO customers (id, name) VALUES (1, DEFAULT), (2, $1)',
      'INSERT INTO customers (name, id) VALUES ($1, DEFAULT)',
      'UPDATE customers SET (id, name) = (DEFAULT, $1) WHERE id = 1',
      'UPDATE customers SET id = DEFAULT, name = $1 WHERE id = 1',
      'UPDATE customers SET name[1] = DEFAULT WHERE id = 1',
    ]) {
      const rewrite = rewriteText(text, { parser, plan: pseudonyms, names: session() });
      assert.equal(rewrite.kind, 'refuse', text);
    }
  });

  it('counts no bytes of rows with masked columns', () => {
    for (const text of [
      'EXPLAIN (ANALYZE, WAL) UPDATE customers SET id = 1',
      'EXPLAIN (WAL on, ANALYZE) DELETE FROM beings',
      'EXPLAIN (ANALYZE, WAL) SELECT id FROM customers',
    ]) {
      const rewrite = rewriteText(text, { parser, plan: PLAN, names: session() });
      assert(rewrite.kind === 'refuse', text);
      assert.match(rewrite.reason, /would count the bytes of rows/u, text);
    }
    assert.equal(see('EXPLAIN (ANALYZE, WAL off) DELETE FROM customers'), 'TC');
    assert.equal(see('EXPLAIN (ANALYZE, BUFFERS) SELECT id FROM customers'), 'T');
    assert.equal(see('EXPLAIN (ANALYZE, WAL) UPDATE staging SET id = 1'), 'C');
  });

  it('lets nobody see by DEFAULT how the dates of a row that is there are shifted', () => {
    const update = 'UPDATE customers SET name = DEFAULT WHERE id = 1';
    const rewrite = rewriteText(update, { parser, plan: keyed, names: session() });
    assert.equal(rewrite.kind, 'refuse');
    assert.equal(see('INSERT INTO customers (id, name) VALUES (1, DEFAULT)', keyed), 'TC');
  });

  it("lets nobody make a row another patient's, whose dates are shifted otherwise", () => {
    const shifted = withKeyed({ isKeyed: true, shiftedBy: 'id' });
    for (const text of [
      'UPDATE customers SET id = $1 WHERE id = 1',
      'UPDATE customers SET (ssn, id) = ($1, DEFAULT)',
      'INSERT INTO customers (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET id = excluded.id + 1',
      'MERGE INTO customers c USING staging s ON c.id = s.id WHEN MATCHED THEN UPDATE SET id = $1',
      'UPDATE customer_names SET id = $1',
    ]) {
      const rewrite = rewriteText(text, { parser, plan: shifted, names: session() });
      assert.equal(rewrite.kind, 'refuse', text);
      assert.match(rewrite.reason, /it may change whose rows of public\.customers are/u);
    }
    assert.equal(see('UPDATE customers SET ssn = $1 WHERE id = 1', shifted), 'TC');
    assert.equal(see('INSERT INTO customers (id) VALUES (1)', shifted), 'TC');
  });

  it('lets nobody change it where one key follows another', () => {
    const key = (referencedRelation: number, column: string) => ({
      ...{ columns: ['patient'], referencedRelation, referencedColumns: [column] },
      onUpdate: 'cascade' as const,
    });
    const table = (oid: number, name: string) => ({ oid, schema: 'public', name });
    const catalog = buildCatalog({
      serverVersion: 150_018,
      userFunctions: [],
      relations: [
        describeTable(table(40, 'people'), ['id', 'ward']),
        describeTable(table(41, 'stays'), ['id', 'patient'], { foreignKeys: [key(40, 'id')] }),
        describeTable(table(7, 'visits'), ['id', 'patient', 'at'], {
          foreignKeys: [key(41, 'patient')],
        }),
      ],
    });
    const plan = shiftedByPatient(catalog);
    const rewrite = rewriteText('UPDATE people SET id = 2', { parser, plan, names: session() });
    assert(rewrite.kind === 'refuse');
    assert.match(rewrite.reason, /it may change whose rows of public\.visits are/u);
    const other = rewriteText('UPDATE people SET ward = $1', { parser, plan, names: session() });
    assert.equal(other.kind, 'run');
  });

  it('lets nobody delete what two keys of a patient refer to, of which one names another', () => {
    const key = (onDelete: 'null' | 'default') => ({
      ...{ columns: ['patient'], referencedRelation: 40, referencedColumns: ['id'] },
      onDelete,
    });
    const deleteUnder = (...foreignKeys: readonly ReturnType<typeof key>[]): string => {
      const catalog = buildCatalog({
        serverVersion: 150_018,
        userFunctions: [],
        relations: [
          table(40, 'people', ['id', 'ward']),
          table(7, 'visits', ['id', 'patient', 'at'], { foreignKeys }),
        ],
      });
      const plan = shiftedByPatient(catalog);
      const rewrite = rewriteText('DELETE FROM people', { parser, plan, names: session() });
      return rewrite.kind === 'refuse' ? rewrite.reason : rewrite.kind;
    };
    const refusal = /it may change whose rows of public\.visits are/u;
    assert.equal(deleteUnder(key('null'), key('null')), 'run');
    assert.match(deleteUnder(key('default'), key('null')), refusal);
    assert.match(deleteUnder(key('null'), key('default')), refusal);
  });

  it('lets nobody change what the patient of a row refers to', () => {
    const catalog = buildCatalog({
      serverVersion: 150_018,
      userFunctions: [],
      relations: [
        describeTable({ oid: 40, schema: 'public', name: 'people' }, ['id', 'ward'], {
          uniqueKeys: [['id']],
        }),
        describeTable({ oid: 7, schema: 'public', name: 'visits' }, ['id', 'patient', 'at'], {
          foreignKeys: [
            { columns: ['patient'], referencedRelation: 40, referencedColumns: ['id'] },
          ],
        }),
      ],
    });
    const plan = shiftedByPatient(catalog);
    const kindOf = (text: string): string =>
      rewriteText(text, { parser, plan, names: session() }).kind;
    assert.equal(kindOf('UPDATE people SET id = 5 WHERE id = 1'), 'refuse');
    assert.equal(kindOf('UPDATE visits SET patient = 5 WHERE id = 1'), 'refuse');
    assert.equal(kindOf(`UPDATE people SET ward = 'x' WHERE id = 1`), 'run');
    assert.equal(kindOf('UPDATE visits SET id = 5 WHERE id = 1'), 'run');
  });

  it('lets everything else of their relation be written', () => {
    assert.equal(see('INSERT INTO customers (id) VALUES (1)', keyed), 'TC');
    assert.equal(see('UPDATE customers SET ssn = $1 WHERE id = 1', keyed), 'TC');
    assert.equal(see('COPY customers (id) FROM STDIN', keyed), 'TC');
  });
});
