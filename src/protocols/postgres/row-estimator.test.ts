import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { analyze } from '../../sql/postgres/analyze.ts';
import { buildCatalog, describeTable } from '../../sql/postgres/build-catalog.ts';
import type { NameContext } from '../../sql/postgres/catalog.ts';
import { loadParser, type SqlParser } from '../../sql/postgres/parser.ts';
import type { Analysis } from '../../sql/statement.ts';
import type { TextRow } from './catalog-reader.ts';
import { EstimateSlots, RowEstimator } from './row-estimator.ts';

const CATALOG = buildCatalog({
  serverVersion: 150000,
  relations: [describeTable({ oid: 1, schema: 'public', name: 't' }, ['n'])],
  userFunctions: [{ schema: 'public', name: 'noisy' }],
});
const NAMES: NameContext = {
  searchPaths: [['public']],
  overlay: [],
  functionsAllowed: new Set(['public.noisy']),
  standardConformingStrings: true,
  clientEncoding: 'UTF8',
};
const PLAN = JSON.stringify([{ Plan: { 'Node Type': 'Seq Scan', 'Plan Rows': 7 } }]);
const WRITE = JSON.stringify([
  {
    Plan: {
      ...{ 'Node Type': 'ModifyTable', 'Plan Rows': 0 },
      Plans: [{ 'Node Type': 'Seq Scan', 'Plan Rows': 5 }],
    },
  },
]);

let parser: SqlParser;

function analysisOf(text: string): Analysis {
  return analyze(text, parser, CATALOG, NAMES);
}

describe('RowEstimator', () => {
  before(async () => {
    parser = await loadParser();
  });

  it('asks the planner in a transaction that can change nothing, and adds up', async () => {
    const asked: string[] = [];
    const estimator = new RowEstimator(new EstimateSlots(), async (sql) => {
      asked.push(sql);
      return [[PLAN], [WRITE]];
    });
    const text = 'SELECT * FROM t; DELETE FROM t -- all';
    const plan = estimator.plan(analysisOf(text), text, ['public', 'a"b']);
    assert.equal(await plan?.(), 12);
    assert.match(asked[0] ?? '', /^BEGIN READ ONLY;/);
    assert.match(asked[0] ?? '', /SET LOCAL search_path = "public", "a""b";/);
    assert.match(asked[0] ?? '', /EXPLAIN \(FORMAT JSON\) SELECT \* FROM t\n;EXPLAIN/);
    assert.doesNotMatch(asked[0] ?? '', /ANALYZE/i);
  });

  it('asks nothing where planning could do more than plan, or there is nothing to plan', () => {
    const estimator = new RowEstimator(new EstimateSlots(), () => assert.fail('it is asked'));
    for (const text of [
      ...['SELECT noisy() FROM t', 'DROP TABLE t', 'EXECUTE p', 'CALL p()', 'broken', ''],
      "SELECT query_to_xml('SELECT 1', true, true, '')",
    ]) {
      assert.equal(estimator.plan(analysisOf(text), text, ['public']), undefined, text);
    }
  });

  it('knows nothing where the target does not say', async () => {
    const text = 'SELECT * FROM t';
    const answers: (() => Promise<readonly TextRow[]>)[] = [
      () => Promise.reject(new Error('away')),
      () => Promise.resolve([]),
      () => Promise.resolve([['no JSON']]),
    ];
    for (const answer of answers) {
      const estimator = new RowEstimator(new EstimateSlots(), answer);
      assert.equal(await estimator.plan(analysisOf(text), text, [])?.(), undefined);
    }
  });

  it('makes few at once: the rest do without', async () => {
    const slots = new EstimateSlots();
    const waiting = Promise.withResolvers<number | undefined>();
    const running = Array.from({ length: 4 }, () => slots.run(() => waiting.promise));
    assert.equal(await slots.run(async () => 1), undefined);
    waiting.resolve(3);
    assert.deepEqual(await Promise.all(running), [3, 3, 3, 3]);
    assert.equal(await slots.run(async () => 1), 1);
  });
});
